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

fn encoding(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let field = super::controls::base64(&signed, usize::MAX);
    for (name, shows, field) in [
        (
            "response-not-base64",
            "a character that base64 does not have",
            field.replacen('P', "%", 1),
        ),
        (
            "response-not-base64-padding",
            "base64 without its padding or with too much",
            format!("{field}="),
        ),
        (
            "response-not-base64-url",
            "the alphabet of URLs",
            field.replace('+', "-").replace('/', "_"),
        ),
    ] {
        let fixture = accepted(&format!("checks/{name}.txt"), shows);
        book.add(
            refused(fixture, "response-not-base64", &["encoding"]),
            field,
        );
    }
}

/// Documents that the reader refuses. If it passed over the fault, the signature would hold.
fn xml(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let inside = |markup: &str| {
        edit(
            &signed,
            "<samlp:Status>",
            &format!("{markup}<samlp:Status>"),
        )
    };
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..65).map(|n| format!(" xmlns:n{n}=\"urn:n\"")).collect();
    let long = format!("urn:{}", "n".repeat(1100));
    let extensions =
        |content: &str| inside(&format!("<samlp:Extensions>{content}</samlp:Extensions>"));
    let cases = [
        (
            "xml-not-well-formed",
            "a tag that does not end",
            signed.replace("</samlp:Response>", "</samlp:Response"),
        ),
        (
            "xml-encoding",
            "another encoding is declared",
            format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{signed}"),
        ),
        (
            "xml-outside-root",
            "text after the root",
            format!("{signed}x"),
        ),
        (
            "xml-dtd",
            "a document type declaration",
            format!("<!DOCTYPE samlp:Response>{signed}"),
        ),
        (
            "xml-processing-instruction",
            "a processing instruction",
            inside("<?x y?>"),
        ),
        (
            "xml-entity",
            "an entity that nobody declared",
            signed.replacen("Adele Vance", "Adele&nbsp;Vance", 1),
        ),
        (
            "xml-character",
            "a character that XML does not have",
            signed.replacen("Adele Vance", "Adele&#0;Vance", 1),
        ),
        (
            "xml-name",
            "a name with two colons",
            extensions("<a:b:c xmlns:a=\"urn:a\"/>"),
        ),
        (
            "xml-version",
            "XML 1.1",
            format!("<?xml version=\"1.1\"?>{signed}"),
        ),
        (
            "xml-duplicate-attribute",
            "an attribute twice",
            edit(&signed, " Destination=", " Version=\"2.0\" Destination="),
        ),
        (
            "xml-duplicate-id",
            "an identifier twice",
            extensions(&format!("<a xmlns=\"urn:a\" id=\"{ASSERTION}\"/>")),
        ),
        (
            "xml-undeclared-prefix",
            "a prefix that nobody declared",
            extensions("<a:b/>"),
        ),
        (
            "xml-relative-namespace",
            "a namespace that is a relative reference",
            extensions("<a xmlns=\"../a\"/>"),
        ),
        (
            "xml-namespace-declaration",
            "a prefix bound to nothing",
            extensions("<a xmlns:b=\"\"/>"),
        ),
        (
            "xml-namespace-too-long",
            "a very long namespace",
            extensions(&format!("<a xmlns=\"{long}\"/>")),
        ),
        (
            "xml-too-deep",
            "33 elements within each other",
            extensions(&format!(
                "{}{}",
                "<a xmlns=\"urn:a\">".repeat(31),
                "</a>".repeat(31)
            )),
        ),
        (
            "xml-too-many-attributes",
            "65 attributes on an element",
            extensions(&format!("<a xmlns=\"urn:a\"{attributes}/>")),
        ),
        (
            "xml-too-many-namespaces",
            "65 declarations on an element",
            extensions(&format!("<a xmlns=\"urn:a\"{namespaces}/>")),
        ),
    ];
    for (code, shows, content) in cases {
        book.add(check(code, "xml", shows), content);
    }
    let mut latin = signed.into_bytes();
    let at = latin
        .windows(5)
        .position(|five| five == b"Adele")
        .expect("Adele is there");
    latin[at] = 0xC4;
    book.add(
        Fixture {
            file: "responses/checks/xml-encoding-octets.xml".to_owned(),
            ..check("xml-encoding", "xml", "octets that are not UTF-8")
        },
        latin,
    );
}

fn structure(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let assertion = span(&signed, "<Assertion ", "</Assertion>");
    let encrypted = "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/></EncryptedAssertion>";
    let again = assertion.replace(ASSERTION, "_another");
    for (code, shows, content) in [
        (
            "not-a-response",
            "a logout response",
            signed.replace("samlp:Response", "samlp:LogoutResponse"),
        ),
        (
            "response-malformed",
            "another version",
            edit(
                &signed,
                "Version=\"2.0\" IssueInstant",
                "Version=\"2.1\" IssueInstant",
            ),
        ),
        (
            "assertion-missing",
            "no assertion",
            signed.replace(assertion, ""),
        ),
        (
            "assertion-repeated",
            "two assertions",
            edit(&signed, assertion, &format!("{assertion}{again}")),
        ),
        (
            "assertion-encrypted",
            "an encrypted assertion",
            signed.replace(assertion, encrypted),
        ),
    ] {
        book.add(check(code, "structure", shows), content);
    }
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

/// Checks on what the assertion says.
fn assertion(book: &mut Book, keys: &Keys) {
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

/// Two statements of a sign-in: the older one counts, wherever it stands.
fn two_proofs(book: &mut Book, keys: &Keys) {
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
