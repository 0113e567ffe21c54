//! One response for each reason, which fails the check of that reason and no other.

use super::base::*;
use super::book::Book;
use super::controls::trusting;
use super::encrypted::encrypted_for;
use super::encrypted::for_sp;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::TrustIn;
use super::seal::Seal;
use crate::assertion_checks::assertion;
use crate::assertion_checks::two_proofs;
use crate::document_checks::encoding;
use crate::document_checks::structure;
use crate::document_checks::xml;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    encoding(book, keys);
    xml(book, keys);
    structure(book, keys);
    signature(book, keys);
    envelope(book, keys);
    assertion(book, keys);
    decryption(book, keys);
    circumstances(book, keys);
}

fn signature(book: &mut Book, keys: &Keys) {
    let sound = Seal::new(&keys.idp);
    let sign = |seal: &Seal<'_>| seal.sign(&unsigned(), ASSERTION);
    let changed = |change: &dyn Fn(&mut Seal<'_>)| {
        let mut seal = sound.clone();
        change(&mut seal);
        sign(&seal)
    };
    let signed = sign(&sound);
    let signature = span(&signed, "<Signature ", "</Signature>");
    let mut add = |code: &str, shows: &str, content: String| {
        book.add(check(code, "signature", shows), content)
    };
    add("signature-missing", "nothing is signed", unsigned());
    add(
        "signature-misplaced",
        "the signature stands in the subject",
        edit(
            &signed.replace(signature, ""),
            "<Subject>",
            &format!("<Subject>{signature}"),
        ),
    );
    add(
        "signature-malformed",
        "a value that is not base64",
        edit(&signed, "<SignatureValue>", "<SignatureValue>!"),
    );
    add(
        "signature-algorithm-weak",
        "RSA with SHA-1",
        changed(&|seal| "http://www.w3.org/2000/09/xmldsig#rsa-sha1".clone_into(&mut seal.method)),
    );
    add(
        "signature-algorithm-unknown",
        "an algorithm that nobody knows",
        changed(&|seal| "urn:example:algorithm".clone_into(&mut seal.method)),
    );
    add(
        "signature-transform",
        "inclusive canonicalisation",
        changed(
            &|seal| seal.canonicalization = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>",
        ),
    );
    add(
        "signature-reference",
        "a reference to the response, by a signature in the assertion",
        changed(&|seal| seal.uri = Some(format!("#{RESPONSE}"))),
    );
    add(
        "signature-digest",
        "one letter changed",
        signed.replacen("Adele Vance", "Adele Vancf", 1),
    );
    add(
        "signature-invalid",
        "another key",
        sign(&Seal::new(&keys.other)),
    );
    let bytes = format!("{}{}", "<n:a/>".repeat(9_000), "");
    let long = format!(
        "<AttributeValue xmlns:n=\"urn:{}\">{bytes}</AttributeValue>",
        "n".repeat(1_000)
    );
    add(
        "signature-canonical-form",
        "a canonical form a hundred times as long as the text",
        sound.sign(
            &unsigned().replacen("<AttributeValue>Adele</AttributeValue>", &long, 1),
            ASSERTION,
        ),
    );

    let pinned = |code: &str, shows: &str| Fixture {
        trust: TrustIn::Fingerprint {
            fingerprint: keys.idp.certificate.fingerprint().to_string(),
            entity_id: IDP.to_owned(),
        },
        ..check(code, "signature", shows)
    };
    book.add(
        pinned(
            "signature-certificate-missing",
            "trust by fingerprint, and no certificate",
        ),
        changed(&|seal| seal.key_info.clear()),
    );
    book.add(
        pinned(
            "signature-certificate-not-pinned",
            "trust by fingerprint, and another certificate",
        ),
        sign(&Seal::new(&keys.other)),
    );
}

/// Checks on what the envelope says; the response is signed, so that it counts.
fn envelope(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let mut add = |code: &str, name: &str, shows: &str, from: &str, to: &str| {
        book.add(
            check(code, name, shows),
            seal.sign(&unsigned().replacen(from, to, 1), RESPONSE),
        );
    };
    add(
        "status-not-success",
        "status",
        "a status that reports an error beside an assertion",
        "status:Success",
        "status:Responder",
    );
    add(
        "response-issuer-mismatch",
        "response-issuer",
        "the response has another issuer than its assertion",
        &format!(">{IDP}<"),
        ">https://sts.windows.net/other/<",
    );
    add(
        "destination-mismatch",
        "destination",
        "another destination",
        &format!("Destination=\"{ACS}"),
        "Destination=\"https://other.example.com/acs",
    );
    add(
        "response-in-response-to-mismatch",
        "response-in-response-to",
        "the response answers another request than its assertion",
        REQUEST,
        "id-other",
    );
    add(
        "issued-in-the-future",
        "issue-instant",
        "the response was issued in an hour",
        ISSUED,
        "2026-11-22T11:00:00Z",
    );
}

fn decryption(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let for_another = encrypted_for(&keys.other, &signed);
    book.add(
        for_sp(check(
            "decryption-failed",
            "decryption",
            "encrypted for another service provider",
        )),
        for_another,
    );
}

/// Faults that are not in the message but around it.
fn circumstances(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    book.add(
        Fixture {
            authn_since: Some("2026-11-22T10:10:00Z".parse().expect("a time")),
            at: "2026-11-22T10:10:05Z".parse().expect("a time"),
            ..check(
                "authn-too-old",
                "authn-freshness",
                "the person signed in before a new proof was asked for",
            )
        },
        &signed,
    );
    two_proofs(book, keys);
    book.add(
        Fixture {
            posted_before: 1,
            ..refused(
                accepted("checks/replayed.xml", "posted a second time"),
                "replayed",
                &[],
            )
        },
        &signed,
    );
    book.add(
        trusting(
            refused(
                accepted(
                    "checks/key-of-tenant.xml",
                    "trust by the metadata address without appid",
                ),
                "signature-invalid",
                &["signature"],
            ),
            "metadata/entra-without-appid.xml",
        ),
        &signed,
    );
    book.add(
        Fixture {
            tenant: Some("ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8".to_owned()),
            ..refused(
                accepted(
                    "checks/tenant-pinned.xml",
                    "the connection pins another tenant",
                ),
                "tenant-mismatch",
                &["tenant"],
            )
        },
        &signed,
    );
    book.add(
        trusting(
            refused(
                accepted(
                    "checks/issuer-common.xml",
                    "the common metadata's placeholder",
                ),
                "response-issuer-mismatch",
                &["response-issuer", "issuer", "tenant"],
            ),
            "metadata/entra-common.xml",
        ),
        &signed,
    );
}

pub(crate) fn check(code: &str, check: &str, shows: &str) -> Fixture {
    refused(
        accepted(&format!("checks/{code}.xml"), shows),
        code,
        &[check],
    )
}
