//! Responses to measure with: Entra's shape, freshly signed, each with IDs of its own so that each is admitted once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use jiff::Timestamp;

pub(crate) const TENANT: &str = "7d3c0b52-1f7c-4b8e-9a44-2f1d6c5e8b90";
pub(crate) const ISSUER: &str = "https://sts.windows.net/7d3c0b52-1f7c-4b8e-9a44-2f1d6c5e8b90/";
pub(crate) const AUDIENCE: &str = "https://app.example.com/saml/acme/metadata";
pub(crate) const ACS: &str = "https://app.example.com/saml/acme/acs";
pub(crate) const REQUEST: &str = "id-0123456789abcdef0123456789abcdef01234567";
/// Groups in a response of about 6.7 kB, the size of a usual one of Entra's.
pub(crate) const USUAL_GROUPS: usize = 20;

pub(crate) fn issued() -> Timestamp {
    "2026-11-22T10:00:00Z"
        .parse()
        .expect("the fixed time is a time")
}

/// A signer with an RSA key of 2048 bits.
pub(crate) fn signer() -> Signer {
    let key = SigningKey::generate_rsa_2048().expect("a key can be made");
    let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
    let (start, end) = (start.parse().expect("a time"), end.parse().expect("a time"));
    let certificate =
        Certificate::self_signed(&key, "Microsoft Azure Federated SSO", 1, start, end)
            .expect("a certificate can be made");
    Signer::new(key, certificate, SignatureAlgorithm::RsaSha256).expect("they belong together")
}

/// The XML of the response with this number.
pub(crate) fn response(signer: &Signer, sign: Sign, groups: usize, number: usize) -> String {
    response_at(signer, sign, groups, number, issued())
}

/// The same, issued at another moment.
pub(crate) fn response_at(
    signer: &Signer,
    sign: Sign,
    groups: usize,
    number: usize,
    issued: Timestamp,
) -> String {
    let person = format!("adele.vance{number:06}@contoso.example.com");
    EntraResponse::new(ISSUER, AUDIENCE, ACS)
        .ids(
            &format!("_9b1deb4d-3b7d-4bad-9bdd-{number:012}"),
            &format!("_3f1c6f3e-6a3b-4a52-9d7e-{number:012}"),
        )
        .issued(issued)
        .in_response_to(REQUEST)
        .name_id(&person)
        .claim(claim::TENANT_ID, [TENANT])
        .claim(
            claim::OBJECT_ID,
            [format!("5f0c3a3e-77d2-4d3b-8a53-{number:012}")],
        )
        .claim(claim::DISPLAY_NAME, ["Adele Vance"])
        .claim(claim::GROUPS, (0..groups).map(group))
        .claim(claim::IDENTITY_PROVIDER, [ISSUER])
        .claim(
            claim::AUTHN_METHODS,
            [
                "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
                "http://schemas.microsoft.com/claims/multipleauthn",
            ],
        )
        .claim(claim::GIVEN_NAME, ["Adele"])
        .claim(claim::SURNAME, ["Vance"])
        .claim(claim::EMAIL, [person.clone()])
        .claim(claim::NAME, [person.clone()])
        .signed(sign, signer)
        .expect("the response can be signed")
}

fn group(number: usize) -> String {
    format!("2b9e7a64-30c5-4f0e-bb1d-{number:012}")
}

/// The form field that carries it.
pub(crate) fn field(xml: &str) -> String {
    STANDARD.encode(xml)
}
