//! Responses that must be accepted, in Entra's shape or near it.

use entrada::crypto::DigestAlgorithm;
use entrada::crypto::SignatureAlgorithm;
use entrada::practice::Sign;

use super::base::*;
use super::book::Book;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::TrustIn;
use super::manifest::Who;
use super::seal::Seal;
use crate::content_controls::contents;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    signing_options(book, keys);
    algorithms(book, keys);
    shapes_of_signatures(book, keys);
    spellings(book, keys);
    contents(book, keys);
    circumstances(book, keys);
}

fn signing_options(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let assertion = seal.sign(&unsigned(), ASSERTION);
    book.add(
        accepted(
            "assertion-signed.xml",
            "Entra's default: the assertion is signed",
        ),
        &assertion,
    );
    book.add(
        accepted("response-signed.xml", "the response is signed"),
        seal.sign(&unsigned(), RESPONSE),
    );
    book.add(
        accepted("both-signed.xml", "response and assertion are signed"),
        seal.sign(&assertion, RESPONSE),
    );
    let own = with_claims(&claims()).signed(Sign::Both, &keys.idp.signer());
    book.add(
        accepted(
            "both-signed-by-the-library.xml",
            "signed by the library's own signer",
        ),
        own.expect("a response can be signed"),
    );
    book.add(
        accepted("staged-key.xml", "signed with the staged key"),
        Seal::new(&keys.staged).sign(&unsigned(), ASSERTION),
    );
}

fn algorithms(book: &mut Book, keys: &Keys) {
    use SignatureAlgorithm::*;
    for (name, key, algorithm) in [
        ("rsa-sha384", &keys.idp, RsaSha384),
        ("rsa-sha512", &keys.idp, RsaSha512),
        ("randomised-rsa-pss-sha256", &keys.idp, RsaPssSha256),
        ("randomised-rsa-pss-sha384", &keys.idp, RsaPssSha384),
        ("randomised-rsa-pss-sha512", &keys.idp, RsaPssSha512),
        ("randomised-ecdsa-p256-sha256", &keys.p256, EcdsaSha256),
        ("randomised-ecdsa-p384-sha384", &keys.p384, EcdsaSha384),
        ("randomised-ecdsa-p521-sha512", &keys.p521, EcdsaSha512),
    ] {
        let fixture = accepted(
            &format!("{name}.xml"),
            &format!("signed with {}", algorithm.uri()),
        );
        book.add(
            trusting(fixture, "metadata/all-keys.xml"),
            Seal::with(key, algorithm).sign(&unsigned(), ASSERTION),
        );
    }
    let mut seal = Seal::new(&keys.idp);
    seal.digest = DigestAlgorithm::Sha512;
    book.add(
        accepted(
            "digest-sha512.xml",
            "digest and signature of different strength",
        ),
        seal.sign(&unsigned(), ASSERTION),
    );
}

fn shapes_of_signatures(book: &mut Book, keys: &Keys) {
    let mut seal = Seal::new(&keys.idp);
    seal.prefix = "ds";
    book.add(
        accepted(
            "signature-with-prefix.xml",
            "the signature's elements have a prefix",
        ),
        seal.sign(&unsigned(), ASSERTION),
    );

    seal.line_end = Some("&#13;\n");
    book.add(
        accepted(
            "signature-in-lines.xml",
            "base64 in lines that end in a carriage return, as Java writes it",
        ),
        seal.sign(&unsigned(), ASSERTION),
    );

    let mut seal = Seal::new(&keys.idp);
    seal.key_info = String::new();
    book.add(
        accepted("without-key-info.xml", "no KeyInfo"),
        seal.sign(&unsigned(), ASSERTION),
    );

    seal.key_info = "<ds:KeyInfo><ds:KeyName>idp</ds:KeyName><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>".to_owned();
    book.add(
        accepted(
            "key-value.xml",
            "a KeyInfo that names another key is not looked at",
        ),
        seal.sign(&unsigned(), ASSERTION),
    );

    let mut seal = Seal::new(&keys.idp);
    seal.inclusive = "xs xsi";
    let typed = unsigned()
        .replacen(" xmlns:samlp=", " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:samlp=", 1)
        .replace("<AttributeValue>", "<AttributeValue xsi:type=\"xs:string\">");
    book.add(
        accepted(
            "inclusive-namespaces.xml",
            "typed values, with the prefixes of types in InclusiveNamespaces",
        ),
        seal.sign(&typed, ASSERTION),
    );
    book.add(
        accepted(
            "inclusive-namespaces-absent.xml",
            "typed values whose prefix stays out of what is signed",
        ),
        Seal::new(&keys.idp).sign(&typed, ASSERTION),
    );

    let pin = |name: &str, shows: &str| Fixture {
        trust: TrustIn::Fingerprint {
            fingerprint: keys.idp.certificate.fingerprint().to_string(),
            entity_id: IDP.to_owned(),
        },
        ..accepted(name, shows)
    };
    book.add(
        pin(
            "pinned-fingerprint.xml",
            "the certificate is pinned by its fingerprint",
        ),
        Seal::new(&keys.idp).sign(&unsigned(), ASSERTION),
    );
}

/// One and the same document, spelled differently after it was signed.
fn spellings(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let declaration = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n";
    book.add(
        accepted(
            "byte-order-mark.xml",
            "a byte order mark and an XML declaration",
        ),
        format!("{declaration}{signed}"),
    );
    book.add(
        accepted("character-references.xml", "characters as references"),
        signed
            .replace("Adele Vance", "&#65;d&#x65;le&#32;Vance")
            .replace(">adele@", ">&#97;dele&#x40;"),
    );
    book.add(
        accepted("cdata.xml", "text in CDATA sections"),
        signed.replace(
            "adele@contoso.com<",
            "<![CDATA[adele]]>@<![CDATA[contoso.com]]><",
        ),
    );
    book.add(
        accepted(
            "comments.xml",
            "comments between elements and within values",
        ),
        {
            signed
                .replace("<Subject>", "<!-- who --><Subject>")
                .replace("Adele Vance", "Adele<!-- middle --> Vance")
        },
    );
    book.add(
        accepted(
            "attribute-order.xml",
            "attributes in another order, in single quotes, with white space in tags",
        ),
        edit(
            &signed,
            "IssueInstant=\"2026-11-22T10:00:00.123Z\" Version=\"2.0\" xmlns=",
            "Version='2.0'\n IssueInstant = '2026-11-22T10:00:00.123Z'\txmlns=",
        ),
    );
    let pretty = unsigned().replace("><", ">\n  <");
    book.add(
        accepted("pretty-printed.xml", "one element to a line"),
        seal.sign(&pretty, ASSERTION),
    );
    let crlf = seal.sign(&pretty, ASSERTION).replace('\n', "\r\n");
    book.add(accepted("crlf.xml", "lines that end in CRLF"), crlf);
}

fn circumstances(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let unsolicited = unsigned().replace(&format!(" InResponseTo=\"{REQUEST}\""), "");
    book.add(
        Fixture {
            request: None,
            ..accepted(
                "unsolicited.xml",
                "a sign-on that began at the identity provider",
            )
        },
        seal.sign(&unsolicited, ASSERTION),
    );
    let spn = "spn:contoso-app";
    book.add(
        Fixture {
            sp_entity_id: spn.to_owned(),
            ..accepted(
                "spn-audience.xml",
                "an Entity ID that is no URI comes back with spn:",
            )
        },
        seal.sign(
            &edit(
                &unsigned(),
                &format!("<Audience>{SP}<"),
                &format!("<Audience>{spn}<"),
            ),
            ASSERTION,
        ),
    );
    for (name, shows, at) in [
        (
            "clock-behind.xml",
            "our clock is two minutes behind",
            "2026-11-22T09:58:00Z",
        ),
        (
            "last-moment.xml",
            "the last second of deadline and skew",
            "2026-11-22T11:03:00.122Z",
        ),
    ] {
        book.add(
            Fixture {
                at: at.parse().expect("a time"),
                ..accepted(name, shows)
            },
            &signed,
        );
    }
    book.add(
        Fixture {
            tenant: Some(TENANT.to_uppercase()),
            ..accepted(
                "pinned-tenant.xml",
                "the connection pins the tenant, in capitals",
            )
        },
        &signed,
    );
    book.add(
        trusting(
            accepted("key-without-use.xml", "the metadata's key has no use"),
            "metadata/key-without-use.xml",
        ),
        &signed,
    );
    book.add(
        accepted("form-field.txt", "the form field as a browser posts it"),
        base64(&signed, usize::MAX),
    );
    book.add(
        accepted(
            "form-field-in-lines.txt",
            "the form field in lines of 76 characters",
        ),
        base64(&signed, 76),
    );
}

/// A form field, in lines of this length.
pub(crate) fn base64(xml: &str, line: usize) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(xml);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(line.min(text.len())).collect();
    String::from_utf8(lines.join(&b"\r\n"[..])).expect("base64 is ASCII")
}

/// The fixture under other metadata.
pub(crate) fn trusting(fixture: Fixture, metadata: &str) -> Fixture {
    Fixture {
        trust: TrustIn::Metadata(metadata.to_owned()),
        ..fixture
    }
}

/// Adele with other claims.
pub(crate) fn with(claims: &[(String, Vec<String>)], file: &str, shows: &str) -> Fixture {
    let who = Who {
        attributes: claims.to_vec(),
        ..adele()
    };
    Fixture {
        principal: Some(who),
        ..accepted(file, shows)
    }
}
