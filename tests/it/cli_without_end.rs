//! Certificates and metadata without end (RFC 5280 §4.1.2.5): every command reads them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Integer;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::X509;
use openssl::x509::X509Name;

use crate::command_line::Workspace;

const END: &str = "9999-12-30T22:00:00Z";

/// A certificate that begins and ends at these times, as ASN.1 writes them.
fn certificate(begin: &str, end: &str) -> X509 {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "without end").unwrap();
    let name = name.build();
    let serial = Asn1Integer::from_bn(&BigNum::from_u32(7).unwrap()).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    let time = |text| Asn1Time::from_str(text).unwrap();
    builder.set_not_before(&time(begin)).unwrap();
    builder.set_not_after(&time(end)).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn metadata(certificate: &X509) -> String {
    let base64 = STANDARD.encode(certificate.to_der().unwrap());
    format!(
        "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' entityID='https://sts.windows.net/t/' validUntil='9999-12-31T23:59:59.9999999Z'>\
         <IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\
         <SingleLogoutService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/slo'/>\
         <SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/sso'/></IDPSSODescriptor></EntityDescriptor>"
    )
}

#[test]
fn every_command_reads_what_has_no_end() {
    let place = Workspace::new();
    let endless = certificate("20200101000000Z", "99991231235959Z");
    let pem = place.write("idp.pem", endless.to_pem().unwrap());
    let document = place.write("idp.xml", metadata(&endless));

    let ran = place.run(["fingerprint", &pem]).exits(0);
    assert!(
        ran.stdout
            .contains(&format!("2020-01-01T00:00:00Z to {END}")),
        "{ran:?}"
    );
    let shown = place
        .run(["metadata", "show", &document, "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["valid_until"], END);
    assert_eq!(shown["certificates"][0]["not_after"], END);
    let lint = place.run(["metadata", "lint", &document]).exits(0);
    assert!(!lint.stdout.contains("key-skipped"), "{lint:?}");

    let add = [
        "connection",
        "add",
        "acme",
        "--metadata-file",
        &document,
        "--json",
    ];
    assert_eq!(
        place.run(add).exits(0).json()["warnings"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
    let pinned = [
        "connection",
        "add",
        "pinned",
        "--certificate",
        &pem,
        "--idp-entity-id",
        "https://sts.windows.net/t/",
        "--sso-url",
        "https://idp.example/sso",
    ];
    place.run(pinned).exits(0);
    for id in ["acme", "pinned"] {
        let shown = place
            .run(["connection", "show", id, "--json"])
            .exits(0)
            .json();
        assert_eq!(shown["refresh"]["expires"], END, "{id}");
        place.run(["connection", "show", id]).exits(0);
    }
    place.run(["connection", "list"]).exits(0);
    let checked = place.run(["check", "--offline", "--json"]).exits(0).json();
    assert_eq!(
        checked["findings"].as_array().map(Vec::len),
        Some(0),
        "{checked}"
    );
}

#[test]
fn a_certificate_that_began_before_all_time_or_ended_long_ago_is_read() {
    let place = Workspace::new();
    for (begin, end, shown) in [
        (
            "00010101000000Z",
            "99991231235959Z",
            "0001-01-01T00:00:00Z to 9999",
        ),
        (
            "19500101000000Z",
            "19700101000000Z",
            "1950-01-01T00:00:00Z to 1970-01-01",
        ),
    ] {
        let pem = place.write("idp.pem", certificate(begin, end).to_pem().unwrap());
        let ran = place.run(["fingerprint", &pem]).exits(0);
        assert!(ran.stdout.contains(shown), "{ran:?}");
    }
}
