//! Fixtures of the checks on a document before anything in it is believed: encoding, XML and structure.

use super::base::*;
use super::book::Book;
use super::keys::Keys;
use super::manifest::Fixture;
use super::seal::Seal;
use crate::checks::check;

pub(crate) fn encoding(book: &mut Book, keys: &Keys) {
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
pub(crate) fn xml(book: &mut Book, keys: &Keys) {
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

pub(crate) fn structure(book: &mut Book, keys: &Keys) {
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
