//! For whom, from whom, in answer to what, and how often.

use super::attack;
use super::harmless;
use crate::base::*;
use crate::book::Book;
use crate::controls::trusting;
use crate::keys::Keys;
use crate::manifest::Fixture;
use crate::manifest::Who;
use crate::metadata::OTHER_IDP;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    unsigned_envelope(book, keys);
    recipients(book, keys);
    requests(book, keys);
    replay(book, keys);
    providers(book, keys);
}

/// The envelope around a signed assertion is nobody's word: it can refuse, and cannot help.
fn unsigned_envelope(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let foreign = edit(
        &unsigned(),
        &format!("xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{IDP}"),
        &format!("xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{OTHER_IDP}"),
    );
    book.add(
        attack(
            &["A16"],
            "a16-outer-issuer-ours",
            "the envelope names our issuer, the signed assertion another",
            "issuer-mismatch",
            &["issuer"],
        ),
        seal.sign(&foreign, ASSERTION),
    );
    book.add(
        attack(
            &["A16"],
            "a16-outer-issuer-other",
            "the envelope names another issuer than the signed assertion",
            "response-issuer-mismatch",
            &["response-issuer"],
        ),
        signed.replacen(&format!(">{IDP}<"), &format!(">{OTHER_IDP}<"), 1),
    );
    let late = edit(
        &unsigned(),
        &format!("SubjectConfirmationData InResponseTo=\"{REQUEST}"),
        "SubjectConfirmationData InResponseTo=\"id-of-another-browser",
    );
    book.add(
        attack(
            &["A16", "A33"],
            "a16-outer-request-ours",
            "the envelope answers our request, the signed assertion another",
            "in-response-to-mismatch",
            &["in-response-to"],
        ),
        seal.sign(&late, ASSERTION),
    );
    let error = signed.replacen(
        "status:Success\"/>",
        "status:Responder\"/><samlp:StatusMessage>AADSTS50105</samlp:StatusMessage>",
        1,
    );
    book.add(
        attack(
            &["A29"],
            "a29-error-around-assertion",
            "a refusal of the identity provider around a signed assertion",
            "status-not-success",
            &["status"],
        ),
        error,
    );
    let refusal = {
        let usual = unsigned();
        let empty = usual
            .replace(span(&usual, "<Assertion ", "</Assertion>"), "")
            .replacen("status:Success", "status:Responder", 1);
        seal.sign(&empty, RESPONSE)
    };
    book.add(
        attack(
            &["A29"],
            "a29-signed-refusal-reused",
            "a signed refusal with an assertion put into it",
            "signature-digest",
            &["signature"],
        ),
        {
            let usual = unsigned();
            let evil = span(&usual, "<Assertion ", "</Assertion>").replace(VICTIM, ADMIN);
            edit(
                &refusal,
                "</samlp:Response>",
                &format!("{evil}</samlp:Response>"),
            )
        },
    );
    book.add(
        attack(
            &["A29"],
            "a29-signed-refusal",
            "a signed refusal",
            "status-not-success",
            &["status"],
        ),
        &refusal,
    );
}

fn recipients(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let other = "https://other.example.com/acs";
    let usual = unsigned();
    let relayed = usual
        .replace(ACS, other)
        .replace(SP, "https://other.example.com/");
    book.add(
        attack(
            &["A30"],
            "a30-another-app",
            "a response for another app of the same tenant",
            "destination-mismatch",
            &["destination", "recipient", "audience"],
        ),
        seal.sign(&relayed, ASSERTION),
    );
    book.add(
        attack(
            &["A30"],
            "a30-destination-rewritten",
            "the same, with an unsigned envelope written anew",
            "recipient-mismatch",
            &["recipient", "audience"],
        ),
        edit(
            &seal.sign(&relayed, ASSERTION),
            &format!("Destination=\"{other}"),
            &format!("Destination=\"{ACS}"),
        ),
    );
    for (file, shows, code, check, from, to) in [
        ("a30-audience-prefix", "an audience that begins as ours does", "audience-mismatch", "audience", format!("<Audience>{SP}"), format!("<Audience>{SP}/admin")),
        ("a30-audience-case", "an audience that differs by letter case", "audience-mismatch", "audience", "<Audience>https://app".to_owned(), "<Audience>https://APP".to_owned()),
        ("a30-recipient-prefix", "a recipient that begins as ours does", "recipient-mismatch", "recipient", format!("Recipient=\"{ACS}"), format!("Recipient=\"{ACS}.evil.example/")),
        ("a30-two-restrictions", "two restrictions, of which one leaves us out", "audience-mismatch", "audience", "</AudienceRestriction>".to_owned(), "</AudienceRestriction><AudienceRestriction><Audience>https://other.example.com/</Audience></AudienceRestriction>".to_owned()),
    ] {
        book.add(attack(&["A30"], file, shows, code, &[check]), seal.sign(&edit(&usual, &from, &to), ASSERTION));
    }
    book.add(
        Fixture {
            control: Some("responses/response-signed.xml".to_owned()),
            ..attack(
                &["A30"],
                "a30-no-destination",
                "a signed response that does not say where it goes",
                "destination-mismatch",
                &["destination"],
            )
        },
        seal.sign(
            &edit(&usual, &format!(" Destination=\"{ACS}\""), ""),
            RESPONSE,
        ),
    );
}

fn requests(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let both = &["response-in-response-to", "in-response-to"][..];
    book.add(
        Fixture {
            request: Some("id-of-another-browser".to_owned()),
            ..attack(
                &["A33"],
                "a33-request-of-another-browser",
                "the answer to a request that another browser sent",
                "response-in-response-to-mismatch",
                both,
            )
        },
        &signed,
    );
    book.add(
        Fixture {
            request: None,
            ..attack(
                &["A33"],
                "a33-answer-as-unsolicited",
                "the answer to some request, where none is pending",
                "response-in-response-to-mismatch",
                both,
            )
        },
        &signed,
    );
    book.add(
        Fixture {
            request: None,
            ..attack(
                &["A33"],
                "a33-request-removed",
                "the same, with InResponseTo taken out of the unsigned envelope",
                "in-response-to-mismatch",
                &["in-response-to"],
            )
        },
        signed.replacen(&format!(" InResponseTo=\"{REQUEST}\""), "", 1),
    );
    let unsolicited = seal.sign(
        &unsigned().replace(&format!(" InResponseTo=\"{REQUEST}\""), ""),
        ASSERTION,
    );
    book.add(
        attack(
            &["A33"],
            "a33-unsolicited-as-answer",
            "an unsolicited response in place of the answer",
            "response-in-response-to-mismatch",
            both,
        ),
        &unsolicited,
    );
    book.add(
        attack(
            &["A33"],
            "a33-unsolicited-dressed-up",
            "the same, with InResponseTo put into the unsigned envelope",
            "in-response-to-mismatch",
            &["in-response-to"],
        ),
        edit(
            &unsolicited,
            " Destination=",
            &format!(" InResponseTo=\"{REQUEST}\" Destination="),
        ),
    );
}

fn replay(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let again = |fixture: Fixture| Fixture {
        posted_before: 1,
        ..fixture
    };
    book.add(
        again(attack(
            &["A34"],
            "a34-posted-again",
            "the same response once more",
            "replayed",
            &[],
        )),
        &signed,
    );
    book.add(
        again(attack(
            &["A34"],
            "a34-one-time-use",
            "the same, with a condition that asks for one use",
            "replayed",
            &[],
        )),
        seal.sign(
            &edit(&unsigned(), "</Conditions>", "<OneTimeUse/></Conditions>"),
            ASSERTION,
        ),
    );
    let hostile = "_x' OR '1'='1";
    let draft = unsigned().replace(ASSERTION, hostile);
    let who = Who {
        session_index: Some(hostile.to_owned()),
        ..adele()
    };
    book.add(
        harmless(
            &["A35"],
            "a35-hostile-id",
            "an ID that is SQL: hashed before it is stored",
            who,
        ),
        seal.sign(&draft, hostile),
    );
    book.add(
        again(attack(
            &["A35"],
            "a35-hostile-id-again",
            "the same once more",
            "replayed",
            &[],
        )),
        seal.sign(&draft, hostile),
    );
    book.add(
        Fixture {
            at: "2026-11-22T11:03:00.123Z".parse().expect("a time"),
            ..attack(
                &["A34"],
                "a34-after-the-deadline",
                "at the very moment when the deadline and the skew have passed",
                "confirmation-expired",
                &["confirmation-deadline", "deadline"],
            )
        },
        &signed,
    );
}

fn providers(book: &mut Book, keys: &Keys) {
    let other = Seal::new(&keys.other);
    let theirs = unsigned().replace(IDP, OTHER_IDP);
    book.add(
        attack(
            &["A38"],
            "a38-another-tenant",
            "a response of another tenant, soundly signed with that tenant's key",
            "signature-invalid",
            &["signature"],
        ),
        other.sign(&theirs, ASSERTION),
    );
    book.add(
        attack(
            &["A38"],
            "a38-vouching-for-ours",
            "another tenant's key under our tenant's name",
            "signature-invalid",
            &["signature"],
        ),
        other.sign(&unsigned(), ASSERTION),
    );
    book.add(
        trusting(
            attack(
                &["A38"],
                "a38-ours-at-another-connection",
                "our tenant's name at the connection of the other tenant, whose key signed",
                "response-issuer-mismatch",
                &["response-issuer", "issuer", "tenant"],
            ),
            "metadata/entra-other-tenant.xml",
        ),
        other.sign(&unsigned(), ASSERTION),
    );
    book.add(
        attack(
            &["A38"],
            "a38-guest-of-another-tenant",
            "our tenant's issuer, and a person of another tenant",
            "tenant-mismatch",
            &["tenant"],
        ),
        Seal::new(&keys.idp).sign(
            &edit(
                &unsigned(),
                &format!("<AttributeValue>{TENANT}<"),
                "<AttributeValue>ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8<",
            ),
            ASSERTION,
        ),
    );
    let two = format!("<AttributeValue>{TENANT}</AttributeValue>");
    book.add(
        attack(
            &["A38"],
            "a38-two-tenants",
            "two tenants in one claim",
            "tenant-mismatch",
            &["tenant"],
        ),
        Seal::new(&keys.idp).sign(
            &edit(
                &unsigned(),
                &two,
                &format!(
                    "{two}<AttributeValue>ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8</AttributeValue>"
                ),
            ),
            ASSERTION,
        ),
    );
}
