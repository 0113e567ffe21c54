//! Attacks on what is signed, by what, and how: wrapping, exclusion, confusion of keys and algorithms, and all
//! that a signature may say beyond what SAML needs.

use entrada::crypto::SignatureAlgorithm;

use super::attacks::attack;
use super::base::*;
use super::book::Book;
use super::controls::trusting;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::TrustIn;
use super::seal::Seal;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    wrapped_responses(book, keys);
    wrapped_assertions(book, keys);
    assertions_beside(book, keys);
    moved_signatures(book, keys);
    identifiers(book, keys);
    signed_info(book, keys);
    transforms(book, keys);
    foreign_keys(book, keys);
    algorithms(book, keys);
}

/// The pieces of a soundly signed response, and the attacker's copies of them.
struct Pieces {
    /// The signed response.
    signed: String,
    /// Its signed assertion, and that without its signature.
    assertion: String,
    bare: String,
    signature: String,
    /// The attacker's assertion: another name and another ID, no signature.
    evil: String,
}

impl Pieces {
    fn assertion_signed(keys: &Keys) -> Pieces {
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
    fn with(&self, assertion: &str) -> String {
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
    let beside = pieces.with(&format!("{assertion}{encrypted}"));
    book.add(
        attack(
            &["A03"],
            "a03-encrypted-beside",
            "an encrypted assertion beside the signed one",
            "assertion-encrypted",
            &["structure"],
        ),
        beside,
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
    // After the subject, where the schema does not have it: what was signed is sound, its order is not.
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

fn identifiers(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        signed,
        assertion,
        evil,
        ..
    } = &pieces;
    let extensions = |content: &str| {
        edit(
            signed,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{content}</samlp:Extensions><samlp:Status>"),
        )
    };
    for (rows, file, shows, code, check, content) in [
        (
            "A10",
            "a10-duplicate-id",
            "the attacker's assertion with the same ID",
            "xml-duplicate-id",
            "xml",
            pieces.with(&format!("{}{assertion}", evil.replace(EVIL, ASSERTION))),
        ),
        (
            "A10",
            "a10-duplicate-in-other-case",
            "the same identifier as `Id`",
            "xml-duplicate-id",
            "xml",
            extensions(&format!("<x xmlns=\"urn:x\" Id=\"{ASSERTION}\"/>")),
        ),
        (
            "A10",
            "a10-duplicate-xml-id",
            "the same identifier as `xml:id`",
            "xml-duplicate-id",
            "xml",
            extensions(&format!("<x xmlns=\"urn:x\" xml:id=\"{ASSERTION}\"/>")),
        ),
        (
            "A10",
            "a10-dangling",
            "a reference to nothing",
            "signature-reference",
            "signature",
            Seal {
                uri: Some("#_nowhere".to_owned()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A10",
            "a10-whole-document",
            "a reference to the whole document",
            "signature-reference",
            "signature",
            Seal {
                uri: Some(String::new()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A24",
            "a24-xpointer",
            "a reference by XPointer",
            "signature-reference",
            "signature",
            Seal {
                uri: Some(format!("#xpointer(id('{ASSERTION}'))")),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A24",
            "a24-remote",
            "a reference to another server",
            "signature-reference",
            "signature",
            Seal {
                uri: Some("https://evil.example/assertion.xml".to_owned()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A24",
            "a24-file",
            "a reference to a file",
            "signature-reference",
            "signature",
            Seal {
                uri: Some("file:///etc/hostname".to_owned()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A09",
            "a09-prefixed-id",
            "the identifier in a namespace of its own",
            "signature-reference",
            "signature",
            edit(
                signed,
                &format!("<Assertion ID=\"{ASSERTION}\""),
                &format!("<Assertion xmlns:x=\"urn:x\" x:ID=\"{ASSERTION}\""),
            ),
        ),
        (
            "A09",
            "a09-other-spelling",
            "the identifier as `Id`",
            "signature-reference",
            "signature",
            edit(
                signed,
                &format!("<Assertion ID=\"{ASSERTION}\""),
                &format!("<Assertion Id=\"{ASSERTION}\""),
            ),
        ),
        (
            "A09",
            "a09-two-spellings",
            "another `Id` beside the signed `ID`",
            "signature-digest",
            "signature",
            edit(
                signed,
                &format!("<Assertion ID=\"{ASSERTION}\""),
                &format!("<Assertion Id=\"_x\" ID=\"{ASSERTION}\""),
            ),
        ),
        (
            "A09",
            "a09-attribute-twice",
            "one attribute under two prefixes",
            "xml-duplicate-attribute",
            "xml",
            extensions("<x xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:y=\"1\" b:y=\"2\"/>"),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &[check]), content);
    }
}

fn signed_info(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        signed, signature, ..
    } = &pieces;
    let info = span(signature, "<SignedInfo>", "</SignedInfo>").to_owned();
    let reference = span(signature, "<Reference ", "</Reference>").to_owned();
    let digest = span(signature, "<DigestValue>", "</DigestValue>").to_owned();
    let evil_digest = "<DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</DigestValue>";
    let digest_text = digest
        .replace("<DigestValue>", "")
        .replace("</DigestValue>", "");
    let two_references = Seal {
        after_reference: reference
            .replace("<Reference", "<ds:Reference")
            .replace("</Reference", "</ds:Reference")
            .replace("<Tr", "<ds:Tr")
            .replace("</Tr", "</ds:Tr")
            .replace("<Digest", "<ds:Digest")
            .replace("</Digest", "</ds:Digest"),
        ..Seal::new(&keys.idp)
    };
    for (rows, file, shows, code, content) in [
        (
            "A11",
            "a11-digest-in-object",
            "a digest outside SignedInfo",
            "signature-malformed",
            edit(
                signed,
                "</KeyInfo>",
                &format!("</KeyInfo><Object>{evil_digest}</Object>"),
            ),
        ),
        (
            "A11",
            "a11-digest-in-status",
            "a digest in the extensions of the response",
            "signature-digest",
            {
                let changed = signed.replacen("Adele Vance", "Adele Vancf", 1);
                edit(
                    &changed,
                    "<samlp:Status>",
                    &format!(
                        "<samlp:Extensions><x:DigestValue xmlns:x=\"http://www.w3.org/2000/09/xmldsig#\">{digest_text}</x:DigestValue></samlp:Extensions><samlp:Status>"
                    ),
                )
            },
        ),
        (
            "A12",
            "a12-two-signed-infos",
            "two SignedInfo",
            "signature-malformed",
            edit(
                signed,
                &info,
                &format!("{}{info}", info.replace(&digest, evil_digest)),
            ),
        ),
        (
            "A12",
            "a12-second-inside",
            "a SignedInfo within SignedInfo",
            "signature-malformed",
            edit(signed, &reference, &format!("{reference}{info}")),
        ),
        (
            "A12",
            "a12-element-in-digest",
            "an element in the digest",
            "signature-malformed",
            edit(
                signed,
                &digest,
                &digest.replacen("<DigestValue>", "<DigestValue><x/>", 1),
            ),
        ),
        (
            "A13",
            "a13-two-references",
            "two references, soundly signed",
            "signature-malformed",
            two_references.sign(&unsigned(), ASSERTION),
        ),
        (
            "A13",
            "a13-no-reference",
            "no reference",
            "signature-malformed",
            edit(signed, &reference, ""),
        ),
        (
            "A13",
            "a13-manifest",
            "a reference within a manifest",
            "signature-malformed",
            edit(
                signed,
                "</KeyInfo>",
                &format!("</KeyInfo><Object><Manifest>{reference}</Manifest></Object>"),
            ),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &["signature"]), content);
    }
    // A comment in the digest: canonicalisation drops it, so the signature holds, and the text is whole.
    let commented = digest.replacen(
        &digest_text,
        &format!("{}<!-- x -->{}", &digest_text[..8], &digest_text[8..]),
        1,
    );
    let tampered = edit(
        &signed.replacen("Adele Vance", "Adele Vancf", 1),
        &digest,
        &commented,
    );
    book.add(
        attack(
            &["A12"],
            "a12-comment-in-digest",
            "a comment in the digest, and a changed claim",
            "signature-digest",
            &["signature"],
        ),
        tampered,
    );
}

fn transforms(book: &mut Book, keys: &Keys) {
    let enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let exclusive = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let comments =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"/>";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"><xsl:template match=\"/\">x</xsl:template></xsl:stylesheet></ds:Transform>";
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(self::Subject)</ds:XPath></ds:Transform>";
    let base64 = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"/>";
    for (file, shows, code, transforms) in [
        (
            "a24-xslt",
            "an XSLT transform",
            "signature-transform",
            format!("{xslt}{exclusive}"),
        ),
        (
            "a24-xslt-third",
            "an XSLT transform after the usual ones",
            "signature-malformed",
            format!("{enveloped}{exclusive}{xslt}"),
        ),
        (
            "a24-xpath",
            "an XPath transform that leaves the subject out",
            "signature-transform",
            format!("{xpath}{exclusive}"),
        ),
        (
            "a24-base64",
            "a base64 transform",
            "signature-transform",
            format!("{enveloped}{base64}"),
        ),
        (
            "a24-none",
            "no transforms",
            "signature-malformed",
            String::new(),
        ),
        (
            "a24-enveloped-alone",
            "no canonicalisation",
            "signature-malformed",
            enveloped.to_owned(),
        ),
        (
            "a24-with-comments",
            "a canonicalisation that keeps comments",
            "signature-transform",
            format!("{enveloped}{comments}"),
        ),
        (
            "a24-reversed",
            "canonicalisation before the signature is left out",
            "signature-transform",
            format!("{exclusive}{enveloped}"),
        ),
        (
            "a24-parameter",
            "the usual transform with a parameter",
            "signature-malformed",
            format!(
                "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"><ds:XPath>1</ds:XPath></ds:Transform>{exclusive}"
            ),
        ),
    ] {
        let seal = Seal {
            transforms: Some(transforms),
            ..Seal::new(&keys.idp)
        };
        book.add(
            attack(&["A24"], file, shows, code, &["signature"]),
            seal.sign(&unsigned(), ASSERTION),
        );
    }
}

fn foreign_keys(book: &mut Book, keys: &Keys) {
    let other = Seal::new(&keys.other);
    let draft = unsigned();
    let data = |key: &super::keys::Key| {
        format!(
            "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
            key.base64()
        )
    };
    let info = |content: &str| format!("<ds:KeyInfo>{content}</ds:KeyInfo>");
    for (rows, file, shows, key_info) in [
        (
            "A19",
            "a19-own-certificate",
            "the attacker's key and certificate",
            info(&data(&keys.other)),
        ),
        (
            "A19",
            "a19-faked-certificate",
            "the attacker's key under the trusted certificate",
            info(&data(&keys.idp)),
        ),
        (
            "A19",
            "a19-without-certificate",
            "the attacker's key, and no KeyInfo",
            String::new(),
        ),
        (
            "A20",
            "a20-two-certificates",
            "two certificates, the attacker's and the trusted one",
            info(&format!("{}{}", data(&keys.other), data(&keys.idp))),
        ),
        (
            "A20",
            "a20-name-and-certificate",
            "a key name that another resolver may prefer",
            info(&format!(
                "<ds:KeyName>idp</ds:KeyName>{}",
                data(&keys.other)
            )),
        ),
        (
            "A20",
            "a20-retrieval",
            "a certificate to be fetched",
            info(
                "<ds:RetrievalMethod URI=\"https://evil.example/key\" Type=\"http://www.w3.org/2000/09/xmldsig#rawX509Certificate\"/>",
            ),
        ),
    ] {
        let seal = Seal {
            key_info,
            ..other.clone()
        };
        book.add(
            attack(&[rows], file, shows, "signature-invalid", &["signature"]),
            seal.sign(&draft, ASSERTION),
        );
    }
    let pinned = |fixture: Fixture| Fixture {
        trust: TrustIn::Fingerprint {
            fingerprint: keys.idp.certificate.fingerprint().to_string(),
            entity_id: IDP.to_owned(),
        },
        control: Some("responses/pinned-fingerprint.xml".to_owned()),
        ..fixture
    };
    let seal = Seal {
        key_info: info(&data(&keys.idp)),
        ..other.clone()
    };
    book.add(
        pinned(attack(
            &["A19"],
            "a19-pinned-certificate-shown",
            "the pinned certificate beside a signature of another key",
            "signature-invalid",
            &["signature"],
        )),
        seal.sign(&draft, ASSERTION),
    );
    let seal = Seal {
        key_info: info(&format!("{}{}", data(&keys.other), data(&keys.idp))),
        ..other
    };
    book.add(
        pinned(attack(
            &["A19", "A20"],
            "a19-pinned-second",
            "the attacker's certificate before the pinned one",
            "signature-certificate-not-pinned",
            &["signature"],
        )),
        seal.sign(&draft, ASSERTION),
    );
}

fn algorithms(book: &mut Book, keys: &Keys) {
    let claiming = |key, algorithm, method: &str| {
        Seal {
            method: method.to_owned(),
            ..Seal::with(key, algorithm)
        }
        .sign(&unsigned(), ASSERTION)
    };
    let rsa = SignatureAlgorithm::RsaSha256;
    for (rows, file, shows, code, method) in [
        (
            "A22",
            "a22-hmac",
            "HMAC, whose key would be the public key",
            "signature-algorithm-unknown",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        ),
        (
            "A22",
            "a22-hmac-sha1",
            "HMAC with SHA-1",
            "signature-algorithm-weak",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        ),
        (
            "A22",
            "a22-pss-over-pkcs1",
            "a signature of another padding than it says",
            "signature-invalid",
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        ),
        (
            "A22",
            "a22-ecdsa-over-rsa",
            "an algorithm of another type of key",
            "signature-invalid",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        ),
        (
            "A22",
            "a22-other-digest",
            "a signature of another digest than it says",
            "signature-invalid",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        ),
        (
            "A23",
            "a23-md5",
            "RSA with MD5",
            "signature-algorithm-weak",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        ),
        (
            "A23",
            "a23-dsa",
            "DSA",
            "signature-algorithm-weak",
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        ),
        (
            "A23",
            "a23-none",
            "no algorithm",
            "signature-algorithm-unknown",
            "",
        ),
        (
            "A23",
            "a23-letter-case",
            "an algorithm in capitals",
            "signature-algorithm-unknown",
            "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
        ),
    ] {
        book.add(
            attack(&[rows], file, shows, code, &["signature"]),
            claiming(&keys.idp, rsa, method),
        );
    }
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let truncated = edit(
        &signed,
        "rsa-sha256\"/>",
        "hmac-sha256\"><HMACOutputLength>0</HMACOutputLength></SignatureMethod>",
    );
    book.add(
        attack(
            &["A22"],
            "a22-truncated",
            "HMAC cut to no bits at all",
            "signature-malformed",
            &["signature"],
        ),
        truncated,
    );
    let weak_digest = edit(&signed, "xmlenc#sha256", "xmlenc#sha1")
        .replace("2001/04/xmlenc#sha1", "2000/09/xmldsig#sha1");
    book.add(
        attack(
            &["A23"],
            "a23-sha1-digest",
            "a digest with SHA-1",
            "signature-algorithm-weak",
            &["signature"],
        ),
        weak_digest,
    );
    let unlisted = trusting(
        attack(
            &["A22"],
            "a22-curve-not-listed",
            "an EC key that this identity provider does not list",
            "signature-invalid",
            &["signature"],
        ),
        METADATA,
    );
    let unlisted = Fixture {
        file: "responses/attacks/a22-randomised-curve-not-listed.xml".to_owned(),
        ..unlisted
    };
    book.add(
        unlisted,
        Seal::with(&keys.p256, SignatureAlgorithm::EcdsaSha256).sign(&unsigned(), ASSERTION),
    );
    let key_value = Seal {
        key_info: "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQ==</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>".to_owned(),
        ..Seal::new(&keys.other)
    };
    book.add(
        attack(
            &["A19"],
            "a19-key-value",
            "a key in the message, with the exponent 1",
            "signature-invalid",
            &["signature"],
        ),
        key_value.sign(&unsigned(), ASSERTION),
    );
}

const EVIL: &str = "_evil-assertion";
