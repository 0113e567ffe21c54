//! Nothing where something is expected, and the unexpected where nothing is.

use super::attack;
use crate::base::*;
use crate::book::Book;
use crate::keys::Keys;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    structure(book, keys);
    mandatory_parts(book, keys);
    confirmations(book, keys);
}

/// Nothing where something is expected, and the unexpected where nothing is.
fn structure(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let assertion = span(&signed, "<Assertion ", "</Assertion>").to_owned();
    let status = span(&signed, "<samlp:Status>", "</samlp:Status>").to_owned();
    for (rows, file, shows, code, check, content) in [
        (
            "A48",
            "a48-nothing",
            "an empty message",
            "xml-not-well-formed",
            "xml",
            String::new(),
        ),
        (
            "A48",
            "a48-empty-response",
            "a response without anything",
            "response-malformed",
            "structure",
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>".to_owned(),
        ),
        (
            "A48",
            "a48-assertion-alone",
            "an assertion without a response",
            "not-a-response",
            "structure",
            assertion.clone(),
        ),
        (
            "A48",
            "a48-without-status",
            "a response without a status",
            "response-malformed",
            "structure",
            signed.replace(&status, ""),
        ),
        (
            "A48",
            "a48-empty-status",
            "a status without a code",
            "response-malformed",
            "structure",
            signed.replace(&status, "<samlp:Status/>"),
        ),
        (
            "A48",
            "a48-empty-signature",
            "a signature without anything",
            "signature-malformed",
            "signature",
            signed.replace(
                span(&signed, "<Signature ", "</Signature>"),
                "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>",
            ),
        ),
        (
            "A48",
            "a48-empty-assertion",
            "an assertion without anything",
            "signature-missing",
            "signature",
            signed.replace(
                &assertion,
                "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>",
            ),
        ),
        (
            "A09",
            "a09-other-namespace",
            "an assertion of another namespace",
            "response-malformed",
            "structure",
            in_saml_1(&signed),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &[check]), content);
    }
    for (file, shows, from, to) in [
        (
            "a21-version",
            "an assertion of version 1.1",
            "Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>",
            "Version=\"1.1\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>",
        ),
        (
            "a21-two-subjects",
            "two subjects",
            "<Subject>",
            "<Subject><NameID>admin@contoso.com</NameID></Subject><Subject>",
        ),
        (
            "a21-two-names",
            "two names",
            "<NameID ",
            "<NameID>admin@contoso.com</NameID><NameID ",
        ),
        (
            "a21-unknown-statement",
            "an element that the schema does not have",
            "<AttributeStatement>",
            "<Statement/><AttributeStatement>",
        ),
        (
            "a21-text-between",
            "text between the elements",
            "<Subject>",
            "admin<Subject>",
        ),
        (
            "a21-local-time",
            "a time without a zone",
            "NotBefore=\"2026-11-22T09:55:00.123Z\"",
            "NotBefore=\"2026-11-22T09:55:00.123\"",
        ),
        (
            "a21-issuer-format",
            "an issuer that is an e-mail address",
            "urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>https",
            "urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">https",
        ),
        (
            "a21-two-confirmation-data",
            "a confirmation with two sets of data",
            "<SubjectConfirmationData ",
            "<SubjectConfirmationData/><SubjectConfirmationData ",
        ),
        (
            "a21-two-contexts",
            "a sign-in with two contexts",
            "<AuthnContext>",
            "<AuthnContext/><AuthnContext>",
        ),
        (
            "a21-stranger-in-restriction",
            "a restriction with an element that the schema does not have",
            "<AudienceRestriction>",
            "<AudienceRestriction><Everybody/>",
        ),
        (
            "a21-attribute-without-name",
            "an attribute without a name",
            "<Attribute Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name\">",
            "<Attribute>",
        ),
    ] {
        let draft = match file {
            "a21-version" | "a21-issuer-format" => {
                let usual = unsigned();
                let at = usual.find("<Assertion ").expect("the assertion is there");
                format!("{}{}", &usual[..at], usual[at..].replacen(from, to, 1))
            }
            _ => edit(&unsigned(), from, to),
        };
        book.add(
            attack(&["A21"], file, shows, "assertion-malformed", &["assertion"]),
            seal.sign(&draft, ASSERTION),
        );
    }
}

fn mandatory_parts(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let usual = unsigned();
    let confirmation = span(&usual, "<SubjectConfirmation ", "</SubjectConfirmation>");
    let data = span(&usual, "<SubjectConfirmationData ", "/>");
    let restriction = span(&usual, "<AudienceRestriction>", "</AudienceRestriction>");
    let conditions = span(&usual, "<Conditions ", "</Conditions>");
    let subject = span(&usual, "<Subject>", "</Subject>");
    for (file, shows, code, checks, from, to) in [
        (
            "a31-no-confirmation-deadline",
            "a confirmation for ever",
            "confirmation-expired",
            &["confirmation-deadline"][..],
            " NotOnOrAfter=\"2026-11-22T11:00:00.123Z\" Recipient",
            " Recipient",
        ),
        (
            "a31-no-recipient",
            "a confirmation for anybody",
            "recipient-mismatch",
            &["recipient"],
            &format!(" Recipient=\"{ACS}\""),
            "",
        ),
        (
            "a31-no-audience-restriction",
            "an assertion for anybody",
            "audience-mismatch",
            &["audience"],
            restriction,
            "",
        ),
        (
            "a31-empty-restriction",
            "a restriction without an audience",
            "audience-mismatch",
            &["audience"],
            restriction,
            "<AudienceRestriction/>",
        ),
        (
            "a31-no-conditions",
            "an assertion without conditions",
            "conditions-missing",
            &["conditions"],
            conditions,
            "",
        ),
        (
            "a31-no-confirmation",
            "a subject that nobody confirms",
            "subject-confirmation-missing",
            &["subject-confirmation"],
            confirmation,
            "",
        ),
        (
            "a31-no-confirmation-data",
            "a confirmation without data",
            "recipient-mismatch",
            &["recipient", "confirmation-deadline", "in-response-to"],
            data,
            "",
        ),
        (
            "a31-no-subject",
            "an assertion about nobody",
            "name-id-missing",
            &["subject", "subject-confirmation"],
            subject,
            "",
        ),
        (
            "a31-blank-name",
            "a name of white space",
            "name-id-missing",
            &["subject"],
            &format!(">{VICTIM}</NameID>"),
            "> \n</NameID>",
        ),
    ] {
        book.add(
            attack(&["A31"], file, shows, code, checks),
            seal.sign(&edit(&usual, from, to), ASSERTION),
        );
    }
}

fn confirmations(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let usual = unsigned();
    let bearer = span(&usual, "<SubjectConfirmation ", "</SubjectConfirmation>").to_owned();
    let other_recipient = bearer.replace(ACS, "https://other.example.com/acs");
    let expired = bearer.replace("2026-11-22T11:00:00.123Z", "2026-11-22T09:00:00Z");
    book.add(
        attack(
            &["A32"],
            "a32-halves",
            "two confirmations, each wrong in its own way",
            "recipient-mismatch",
            &["recipient"],
        ),
        seal.sign(
            &edit(&usual, &bearer, &format!("{other_recipient}{expired}")),
            ASSERTION,
        ),
    );
    book.add(
        attack(
            &["A32"],
            "a32-halves-swapped",
            "the same in the other order",
            "confirmation-expired",
            &["confirmation-deadline"],
        ),
        seal.sign(
            &edit(&usual, &bearer, &format!("{expired}{other_recipient}")),
            ASSERTION,
        ),
    );
    for method in ["holder-of-key", "sender-vouches"] {
        book.add(
            attack(
                &["A32"],
                &format!("a32-{method}"),
                "all that a bearer confirmation has, by another method",
                "subject-confirmation-missing",
                &["subject-confirmation"],
            ),
            seal.sign(
                &edit(&usual, "cm:bearer", &format!("cm:{method}")),
                ASSERTION,
            ),
        );
    }
}

/// The assertion, soundly signed, in the namespace of SAML 1.
fn in_saml_1(signed: &str) -> String {
    let at = signed.find("<Assertion ").expect("the assertion is there");
    format!(
        "{}{}",
        &signed[..at],
        signed[at..].replacen("SAML:2.0:assertion", "SAML:1.0:assertion", 1)
    )
}
