//! Records `fixtures/simplesamlphp`: what the foreign identity provider really sends, for tests that must not
//! need it installed. Each run makes a new key, so all files of the folder are written at once:
//! `cargo test --test it record_fixtures -- --ignored`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use reqwest::Url;

use super::ALICE;
use super::Person;
use super::ServiceProvider;
use super::Signed;
use super::SimpleSamlPhp;
use super::ZOE;
use super::response_in;
use crate::user_agent::UserAgent;

struct Recording {
    file: &'static str,
    entity_id: &'static str,
    signed: Signed,
    start: Start,
    person: Person,
}

/// The side that began the sign-on.
enum Start {
    Unsolicited,
    Request {
        id: &'static str,
        name_id_format: &'static str,
    },
}

const ACS: &str = "https://sp.example.org/acs";

const RECORDINGS: [Recording; 4] = [
    Recording {
        file: "assertion-signed.xml",
        entity_id: "https://sp.example.org/assertion-signed",
        signed: Signed::Assertion,
        start: Start::Unsolicited,
        person: ALICE,
    },
    Recording {
        file: "response-signed.xml",
        entity_id: "https://sp.example.org/response-signed",
        signed: Signed::Response,
        start: Start::Request {
            id: "_5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e7",
            name_id_format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        },
        person: ALICE,
    },
    Recording {
        file: "both-signed.xml",
        entity_id: "https://sp.example.org/both-signed",
        signed: Signed::Both,
        start: Start::Request {
            id: "_0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            name_id_format: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        },
        person: ZOE,
    },
    Recording {
        file: "unsigned.xml",
        entity_id: "https://sp.example.org/unsigned",
        signed: Signed::Nothing,
        start: Start::Unsolicited,
        person: ALICE,
    },
];

#[tokio::test]
#[ignore = "overwrites fixtures/simplesamlphp"]
async fn record_fixtures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/simplesamlphp");
    fs::create_dir_all(&folder).unwrap();

    let mut provider = SimpleSamlPhp::start().await;
    for recording in &RECORDINGS {
        provider.register(&ServiceProvider {
            entity_id: recording.entity_id,
            acs_url: ACS,
            signed: recording.signed,
        });
    }
    let metadata = UserAgent::new().open(provider.metadata_url()).await.html;
    fs::write(folder.join("metadata.xml"), metadata).unwrap();
    fs::copy(provider.certificate(), folder.join("certificate.pem")).unwrap();

    let mut readme = README.to_owned();
    for recording in RECORDINGS {
        let response = recording.play(&provider).await;
        fs::write(folder.join(recording.file), &response).unwrap();
        recording.describe(&response, &mut readme);
    }
    fs::write(folder.join("README.md"), readme).unwrap();
}

impl Recording {
    async fn play(&self, provider: &SimpleSamlPhp) -> String {
        let browser = UserAgent::new();
        let address = match self.start {
            Start::Unsolicited => provider.unsolicited_url(self.entity_id, ""),
            Start::Request { id, name_id_format } => {
                request_url(provider, id, self.entity_id, name_id_format)
            }
        };
        let login = browser.open(address).await;
        response_in(&provider.sign_in(&browser, &login, self.person).await)
    }

    /// One row of the README's table.
    fn describe(&self, response: &str, readme: &mut String) {
        let answers = match self.start {
            Start::Unsolicited => "nothing".to_owned(),
            Start::Request { id, .. } => format!("`{id}`"),
        };
        writeln!(
            readme,
            "| `{}` | {:?} | `{}` | {answers} | {} | {} | {} | {} |",
            self.file,
            self.signed,
            self.entity_id,
            self.person.username,
            attribute(response, "IssueInstant"),
            attribute(response, "NotBefore"),
            attribute(response, "NotOnOrAfter"),
        )
        .unwrap();
    }
}

/// An `AuthnRequest` by HTTP-Redirect, as short as the standard allows.
fn request_url(provider: &SimpleSamlPhp, id: &str, issuer: &str, name_id_format: &str) -> Url {
    let mut url = provider.sso_url();
    let destination = url.as_str();
    let request = format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" Destination="{destination}" AssertionConsumerServiceURL="{ACS}"><saml:Issuer>{issuer}</saml:Issuer><samlp:NameIDPolicy Format="{name_id_format}" AllowCreate="true"/></samlp:AuthnRequest>"#
    );
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(request.as_bytes()).unwrap();
    let base64 = BASE64_STANDARD.encode(deflate.finish().unwrap());
    url.query_pairs_mut().append_pair("SAMLRequest", &base64);
    url
}

/// The first value of an attribute of this name.
fn attribute<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!(" {name}=\"")).unwrap();
    let (value, _) = rest.split_once('"').unwrap();
    value
}

const README: &str = "\
# Recorded from SimpleSAMLphp 1.19

Real messages of a foreign identity provider, `urn:example:foreign-idp`. Its key was thrown away after the
recording; nothing can be signed with it again. `metadata.xml` is what it served, `certificate.pem` the
certificate that the metadata lists, and each response is the exact bytes that the browser was to post to
`https://sp.example.org/acs` (before base64). Signatures are RSA-SHA256. The sessions end eight hours after
they began. Zoë's values hold umlauts, markup, a carriage return and white space at the ends.

Never edit a file here: `tests/it/simplesamlphp/record.rs` writes them all anew.

| file | signed | audience | answers | who | IssueInstant | NotBefore | NotOnOrAfter |
|---|---|---|---|---|---|---|---|
";
