//! The signed element is there, and the reader finds another: wrapping, additions, moved signatures, confused
//! identifiers.

use super::attack;
use super::identifiers::identifiers;
use crate::base::*;
use crate::book::Book;
use crate::keys::Keys;
use crate::manifest::Fixture;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    wrapped_responses(book, keys);
    wrapped_assertions(book, keys);
    assertions_beside(book, keys);
    moved_signatures(book, keys);
    identifiers(book, keys);
}

/// The pieces of a soundly signed response, and the attacker's copies of them.
pub(super) struct Pieces {
    /// The signed response.
    pub(super) signed: String,
    /// Its signed assertion, and that without its signature.
    pub(super) assertion: String,
    pub(super) bare: String,
    pub(super) signature: String,
    /// The attacker's assertion: another name and another ID, no signature.
    pub(super) evil: String,
}

impl Pieces {
    pub(super) fn assertion_signed(keys: &Keys) -> Pieces {
        let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
        let assertion = span(&signed, "<Assertion ", "</Assertion>").to_owned();
        let signature = span(&signed, "<Signature ", "</Signature>").to_owned();
        let bare = assertion.replace(&signature, "");
        let evil = bare.replace(VICTIM, ADMIN).replace(ASSERTION, EVIL);
        Pieces {
            signed,
            assertion,
            bare,
            signature,
            evil,
        }
    }

    /// The response with this in place of its assertion.
    pub(super) fn with(&self, assertion: &str) -> String {
        edit(&self.signed, &self.assertion, assertion)
    }
}

fn wrapped_responses(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), RESPONSE);
    let signature = span(&signed, "<Signature ", "</Signature>");
    let original = signed.replace(signature, "");
    let evil = signed
        .replace(VICTIM, ADMIN)
        .replace(ASSERTION, EVIL)
        .replacen(RESPONSE, "_evil-response", 1);
    let mut add = |file: &str, shows: &str, content: String| {
        let fixture = attack(&["A01"], file, shows, "assertion-repeated", &["structure"]);
        book.add(
            Fixture {
                control: Some("responses/response-signed.xml".to_owned()),
                ..fixture
            },
            content,
        );
    };
    add(
        "a01-xsw1",
        "the signed response inside the signature of the attacker's",
        edit(
            &evil,
            "</KeyInfo>",
            &format!("</KeyInfo><Object>{original}</Object>"),
        ),
    );
    add(
        "a01-xsw2",
        "the signed response beside the signature",
        edit(&evil, "<Signature ", &format!("{original}<Signature ")),
    );
    add(
        "a01-original-last",
        "the signed response at the end of the attacker's",
        edit(
            &evil,
            "</samlp:Response>",
            &format!("{signed}</samlp:Response>").replacen(RESPONSE, RESPONSE, 1),
        ),
    );
    let extensions = format!("<samlp:Extensions>{original}</samlp:Extensions><samlp:Status>");
    add(
        "a01-extensions",
        "the signed response in the extensions of the attacker's",
        edit(&evil, "<samlp:Status>", &extensions),
    );
    let around = format!(
        "<samlp:Response ID=\"_o\" Version=\"2.0\" IssueInstant=\"{ISSUED}\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{signed}</samlp:Response>"
    );
    let fixture = attack(
        &["A01"],
        "a01-response-in-response",
        "the signed response, whole, within another",
        "response-malformed",
        &["structure"],
    );
    book.add(
        Fixture {
            control: Some("responses/response-signed.xml".to_owned()),
            ..fixture
        },
        around,
    );
}

fn wrapped_assertions(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        assertion,
        bare,
        signature,
        evil,
        ..
    } = &pieces;
    let evil_with = |inner: &str| evil.replacen("<Subject>", &format!("{inner}<Subject>"), 1);
    let object = |inner: &str| {
        signature.replacen(
            "</Signature>",
            &format!("<Object>{inner}</Object></Signature>"),
            1,
        )
    };
    let mut add = |file: &str, shows: &str, content: String| {
        book.add(
            attack(&["A02"], file, shows, "assertion-repeated", &["structure"]),
            content,
        );
    };
    add(
        "a02-xsw3",
        "the attacker's assertion before the signed one",
        pieces.with(&format!("{evil}{assertion}")),
    );
    add(
        "a02-xsw4",
        "the signed assertion inside the attacker's",
        pieces.with(&evil.replacen("</Assertion>", &format!("{assertion}</Assertion>"), 1)),
    );
    add(
        "a02-xsw5",
        "the signature moved into the attacker's assertion, the original at the end",
        pieces.with(&format!("{}{bare}", evil_with(signature))),
    );
    add(
        "a02-xsw6",
        "the original inside the signature that was moved",
        pieces.with(&evil_with(&signature.replacen(
            "<KeyInfo>",
            &format!("{bare}<KeyInfo>"),
            1,
        ))),
    );
    add(
        "a02-xsw7",
        "the attacker's assertion in the extensions",
        edit(
            &pieces.signed,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{evil}</samlp:Extensions><samlp:Status>"),
        ),
    );
    add(
        "a02-xsw8",
        "the original in an object of the signature that was moved",
        pieces.with(&evil_with(&object(bare))),
    );
    add(
        "a02-advice",
        "the attacker's assertion as advice in the signed one",
        pieces.with(&assertion.replacen(
            "<AttributeStatement>",
            &format!("<Advice>{evil}</Advice><AttributeStatement>"),
            1,
        )),
    );
    add(
        "a02-in-claim",
        "the signed assertion as the value of a claim of the attacker's",
        pieces.with(&evil.replacen(
            "<AttributeValue>Adele</AttributeValue>",
            &format!("<AttributeValue>{assertion}</AttributeValue>"),
            1,
        )),
    );
    let wrapped = edit(
        &pieces.signed,
        assertion,
        &format!("<x xmlns=\"urn:x\">{assertion}</x>"),
    );
    book.add(
        attack(
            &["A02"],
            "a02-deeper",
            "the signed assertion a level deeper",
            "response-malformed",
            &["structure"],
        ),
        wrapped,
    );
}

fn assertions_beside(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        assertion, evil, ..
    } = &pieces;
    let mut add = |file: &str, shows: &str, content: String| {
        book.add(
            attack(&["A03"], file, shows, "assertion-repeated", &["structure"]),
            content,
        );
    };
    add(
        "a03-unsigned-after",
        "an unsigned assertion after the signed one",
        pieces.with(&format!("{assertion}{evil}")),
    );
    let encrypted = evil
        .replacen("<Assertion ", "<EncryptedAssertion ", 1)
        .replacen("</Assertion>", "</EncryptedAssertion>", 1);
    add(
        "a03-encrypted-beside",
        "an encrypted assertion beside the signed one",
        pieces.with(&format!("{assertion}{encrypted}")),
    );
    let both = Seal::new(&keys.idp).sign(&pieces.signed, RESPONSE);
    let swapped = both.replace(assertion, evil);
    book.add(
        Fixture {
            control: Some("responses/both-signed.xml".to_owned()),
            ..attack(
                &["A15"],
                "a15-inner-swapped",
                "the assertion of a signed response swapped for an unsigned one",
                "signature-digest",
                &["signature"],
            )
        },
        swapped,
    );
    let renamed = both.replacen("Destination=", "Consent=\"\" Destination=", 1);
    book.add(
        Fixture {
            control: Some("responses/both-signed.xml".to_owned()),
            ..attack(
                &["A15"],
                "a15-outer-broken",
                "the inner signature holds, the outer one does not",
                "signature-digest",
                &["signature"],
            )
        },
        renamed,
    );
    let inner_broken = Seal::new(&keys.idp).sign(
        &pieces.signed.replacen("Adele Vance", "Adele Vancf", 1),
        RESPONSE,
    );
    book.add(
        Fixture {
            control: Some("responses/both-signed.xml".to_owned()),
            ..attack(
                &["A15"],
                "a15-inner-broken",
                "the outer signature holds, the inner one does not",
                "signature-digest",
                &["signature"],
            )
        },
        inner_broken,
    );
}

fn moved_signatures(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        signed,
        signature,
        bare,
        ..
    } = &pieces;
    let without = signed.replace(signature, "");
    let seal = Seal::new(&keys.idp);
    for (rows, file, shows, code, content) in [
        (
            "A14",
            "a14-in-subject",
            "the signature in the subject",
            "signature-misplaced",
            edit(&without, "<Subject>", &format!("<Subject>{signature}")),
        ),
        (
            "A14",
            "a14-in-status",
            "the signature in the status",
            "signature-misplaced",
            edit(
                &without,
                "</samlp:Status>",
                &format!("{signature}</samlp:Status>"),
            ),
        ),
        (
            "A14",
            "a14-on-response",
            "the assertion's signature as the response's",
            "signature-reference",
            edit(
                &without,
                "<samlp:Status>",
                &format!("{signature}<samlp:Status>"),
            ),
        ),
        (
            "A14",
            "a14-twice",
            "the same signature twice",
            "signature-misplaced",
            edit(signed, signature, &format!("{signature}{signature}")),
        ),
        (
            "A29",
            "a29-two-values",
            "two signature values",
            "signature-malformed",
            {
                let value = span(signature, "<SignatureValue>", "</SignatureValue>").to_owned();
                edit(signed, &value, &format!("{value}{value}"))
            },
        ),
        (
            "A29",
            "a29-object",
            "an object in the signature",
            "signature-malformed",
            edit(signed, "</KeyInfo>", "</KeyInfo><Object/>"),
        ),
        (
            "A17",
            "a17-signature-removed",
            "the signature taken out",
            "signature-missing",
            pieces.with(bare),
        ),
        (
            "A17",
            "a17-other-namespace",
            "a signature of another namespace",
            "signature-missing",
            signed.replacen(
                "2000/09/xmldsig#\"><SignedInfo>",
                "2000/09/xmldsig\"><SignedInfo>",
                1,
            ),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &["signature"]), content);
    }
    // After the subject, where the schema does not have it: the signed content is valid, its order is not.
    let late = edit(
        &unsigned(),
        "<Conditions ",
        &format!("{}<Conditions ", seal.template(ASSERTION)),
    );
    book.add(
        attack(
            &["A14"],
            "a14-out-of-order",
            "a sound signature behind the subject",
            "signature-misplaced",
            &["signature"],
        ),
        seal.fill(&late, ASSERTION),
    );
}

pub(super) const EVIL: &str = "_evil-assertion";
