//! Fixtures of the checks on an assertion, and of proofs that have to agree.

use super::base::*;
use super::book::Book;
use super::keys::Keys;
use super::manifest::Fixture;
use super::seal::Seal;
use crate::checks::check;

/// Checks on what the assertion says.
pub(crate) fn assertion(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let usual = unsigned();
    let name_id = span(&usual, "<NameID ", "</NameID>");
    let authn = span(&usual, "<AuthnStatement ", "</AuthnStatement>");
    let conditions = span(&usual, "<Conditions ", "</Conditions>");
    let confirmation = "SubjectConfirmationData InResponseTo=";
    let assertion_issuer =
        format!("xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{IDP}<");
    let other_issuer = assertion_issuer.replace(IDP, "https://sts.windows.net/other/");
    let assertion_request = format!("{confirmation}\"{REQUEST}");
    for (code, name, shows, from, to) in [
        (
            "assertion-malformed",
            "assertion",
            "no issue instant",
            "IssueInstant=\"2026-11-22T10:00:00.123Z\" Version=\"2.0\" xmlns",
            "Version=\"2.0\" xmlns",
        ),
        (
            "issuer-mismatch",
            "issuer",
            "another issuer than the connection's",
            assertion_issuer.as_str(),
            other_issuer.as_str(),
        ),
        ("name-id-missing", "subject", "no NameID", name_id, ""),
        (
            "subject-confirmation-missing",
            "subject-confirmation",
            "no bearer confirmation",
            "cm:bearer",
            "cm:sender-vouches",
        ),
        (
            "recipient-mismatch",
            "recipient",
            "another recipient",
            &format!("Recipient=\"{ACS}"),
            "Recipient=\"https://other.example.com/acs",
        ),
        (
            "confirmation-expired",
            "confirmation-deadline",
            "the confirmation ended before the conditions",
            "NotOnOrAfter=\"2026-11-22T11:00:00.123Z\" Recipient",
            "NotOnOrAfter=\"2026-11-22T09:50:00Z\" Recipient",
        ),
        (
            "confirmation-not-yet-valid",
            "confirmation-not-before",
            "the confirmation begins in half an hour",
            confirmation,
            "SubjectConfirmationData NotBefore=\"2026-11-22T10:30:00Z\" InResponseTo=",
        ),
        (
            "in-response-to-mismatch",
            "in-response-to",
            "the assertion answers another request than its response",
            assertion_request.as_str(),
            "SubjectConfirmationData InResponseTo=\"id-other",
        ),
        (
            "conditions-missing",
            "conditions",
            "no conditions",
            conditions,
            "",
        ),
        (
            "condition-unknown",
            "conditions",
            "a condition that nobody knows",
            "</Conditions>",
            "<Moon xmlns=\"urn:example:conditions\"/></Conditions>",
        ),
        (
            "not-yet-valid",
            "not-before",
            "the conditions begin in half an hour",
            "NotBefore=\"2026-11-22T09:55:00.123Z\"",
            "NotBefore=\"2026-11-22T10:30:00Z\"",
        ),
        (
            "expired",
            "deadline",
            "the conditions ended before the confirmation",
            "NotOnOrAfter=\"2026-11-22T11:00:00.123Z\"><Audience",
            "NotOnOrAfter=\"2026-11-22T09:56:00Z\"><Audience",
        ),
        (
            "audience-mismatch",
            "audience",
            "another app's audience",
            &format!("<Audience>{SP}"),
            "<Audience>https://other.example.com/",
        ),
        (
            "authn-statement-missing",
            "authn-statement",
            "nobody signed in",
            authn,
            "",
        ),
        (
            "authn-instant-in-the-future",
            "authn-statement",
            "the person will sign in in an hour",
            "AuthnInstant=\"2026-11-22T10:00:00.123Z\"",
            "AuthnInstant=\"2026-11-22T11:00:00Z\"",
        ),
        (
            "session-expired",
            "session-deadline",
            "the identity provider's session ended",
            " SessionIndex=",
            " SessionNotOnOrAfter=\"2026-11-22T09:50:00Z\" SessionIndex=",
        ),
        (
            "tenant-mismatch",
            "tenant",
            "a person of another tenant",
            &format!("<AttributeValue>{TENANT}"),
            "<AttributeValue>ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8",
        ),
    ] {
        book.add(
            check(code, name, shows),
            seal.sign(&edit(&usual, from, to), ASSERTION),
        );
    }
}

/// Two statements of a sign-in: the older one counts, wherever it stands.
pub(crate) fn two_proofs(book: &mut Book, keys: &Keys) {
    let (seal, usual) = (Seal::new(&keys.idp), unsigned());
    let fresh = span(&usual, "<AuthnStatement ", "</AuthnStatement>");
    let proof = span(fresh, "AuthnInstant=\"", "Z\"");
    let at = |time: &str| edit(fresh, proof, &format!("AuthnInstant=\"{time}\""));
    let old = at("2026-11-22T09:00:00Z");
    let to_come = at("2026-11-22T11:00:00Z");
    let too_old = |file: &str, shows| {
        fresh_proof(Fixture {
            control: Some("responses/two-fresh-proofs.xml".to_owned()),
            ..refused(
                accepted(&format!("checks/{file}.xml"), shows),
                "authn-too-old",
                &["authn-freshness"],
            )
        })
    };
    for (fixture, statements) in [
        (
            fresh_proof(accepted(
                "two-fresh-proofs.xml",
                "two statements of a sign-in, both after a new proof was asked for",
            )),
            fresh.repeat(2),
        ),
        (
            too_old(
                "authn-too-old-in-the-first-statement",
                "an old proof before a fresh one",
            ),
            format!("{old}{fresh}"),
        ),
        (
            too_old(
                "authn-too-old-in-the-second-statement",
                "an old proof after a fresh one",
            ),
            format!("{fresh}{old}"),
        ),
        (
            refused(
                accepted(
                    "checks/authn-instant-in-the-future-beside-another.xml",
                    "a proof still to come after one that was",
                ),
                "authn-instant-in-the-future",
                &["authn-statement"],
            ),
            format!("{fresh}{to_come}"),
        ),
    ] {
        let xml = edit(&usual, fresh, &statements);
        book.add(fixture, seal.sign(&xml, ASSERTION));
    }
}

/// A new proof was asked for five minutes before the sign-in.
fn fresh_proof(fixture: Fixture) -> Fixture {
    Fixture {
        authn_since: Some("2026-11-22T09:55:00Z".parse().expect("a time")),
        ..fixture
    }
}
