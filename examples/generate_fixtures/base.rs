//! The one sign-on that nearly every fixture is a variation of: Adele of Contoso, in Entra's shape.

use entrada::practice::EntraResponse;
use entrada::saml::claim;

use super::manifest::Fixture;
use super::manifest::TrustIn;
use super::manifest::Who;

pub(crate) const TENANT: &str = "0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8";
pub(crate) const IDP: &str = "https://sts.windows.net/0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8/";
pub(crate) const SP: &str = "https://app.example.com/saml/contoso/metadata";
pub(crate) const ACS: &str = "https://app.example.com/saml/contoso/acs";
pub(crate) const REQUEST: &str = "id-5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e70123abcd";
pub(crate) const RESPONSE: &str = "_6b1e3c0a-2f4d-4a8b-9c7d-1e0f2a3b4c5d";
pub(crate) const ASSERTION: &str = "_a9f8e7d6-c5b4-4392-8170-6f5e4d3c2b00";
pub(crate) const ISSUED: &str = "2026-11-22T10:00:00.123Z";
/// The time at which nearly every fixture is judged: the browser took a few seconds.
pub(crate) const AT: &str = "2026-11-22T10:00:05Z";
pub(crate) const VICTIM: &str = "adele@contoso.com";
/// The person that an attacker would like to be.
pub(crate) const ADMIN: &str = "admin@contoso.com";
pub(crate) const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub(crate) const METADATA: &str = "metadata/entra.xml";

/// Adele's claims as Entra sends them.
pub(crate) fn claims() -> Vec<(String, Vec<String>)> {
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    vec![
        one(claim::TENANT_ID, TENANT),
        one(claim::OBJECT_ID, "7e57d004-2b97-4e7a-b45f-5387367791cd"),
        one(claim::DISPLAY_NAME, "Adele Vance"),
        (claim::GROUPS.to_owned(), groups(2)),
        one(claim::IDENTITY_PROVIDER, IDP),
        (
            claim::AUTHN_METHODS.to_owned(),
            vec![
                "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"
                    .to_owned(),
                "http://schemas.microsoft.com/claims/multipleauthn".to_owned(),
            ],
        ),
        one(claim::GIVEN_NAME, "Adele"),
        one(claim::SURNAME, "Vance"),
        one(claim::EMAIL, VICTIM),
        one(claim::NAME, VICTIM),
    ]
}

/// Object ids of groups, all different.
pub(crate) fn groups(count: u32) -> Vec<String> {
    (0..count)
        .map(|n| {
            format!(
                "{:08x}-5a0e-4c1d-9b2f-{:012x}",
                n.wrapping_mul(0x9e37_79b9),
                n + 1
            )
        })
        .collect()
}

/// A response without claims.
pub(crate) fn bare() -> EntraResponse {
    EntraResponse::new(IDP, SP, ACS)
        .ids(RESPONSE, ASSERTION)
        .issued(ISSUED.parse().expect("a time"))
        .in_response_to(REQUEST)
        .name_id(VICTIM)
}

/// Adele's response with these claims.
pub(crate) fn with_claims(claims: &[(String, Vec<String>)]) -> EntraResponse {
    claims.iter().fold(bare(), |response, (name, values)| {
        response.claim(name, values.clone())
    })
}

/// Adele's response, unsigned.
pub(crate) fn unsigned() -> String {
    with_claims(&claims())
        .unsigned()
        .expect("the base response can be written")
}

/// Adele.
pub(crate) fn adele() -> Who {
    Who {
        name_id: VICTIM.to_owned(),
        format: Some(EMAIL_FORMAT.to_owned()),
        session_index: Some(ASSERTION.to_owned()),
        attributes: claims(),
    }
}

/// A fixture of Adele's sign-on that is accepted.
pub(crate) fn accepted(file: &str, shows: &str) -> Fixture {
    Fixture {
        file: format!("responses/{file}"),
        attacks: Vec::new(),
        control: None,
        shows: shows.to_owned(),
        trust: TrustIn::Metadata(METADATA.to_owned()),
        sp_entity_id: SP.to_owned(),
        acs_url: ACS.to_owned(),
        enforce_certificate_dates: false,
        tenant: None,
        sp_key: None,
        request: Some(REQUEST.to_owned()),
        authn_since: None,
        at: AT.parse().expect("a time"),
        skew_seconds: 180,
        posted_before: 0,
        expected: "accepted".to_owned(),
        failing_checks: Vec::new(),
        principal: Some(adele()),
    }
}

/// The same fixture, refused by the first of `checks` for the reason `code`.
pub(crate) fn refused(mut fixture: Fixture, code: &str, checks: &[&str]) -> Fixture {
    code.clone_into(&mut fixture.expected);
    fixture.failing_checks = checks.iter().map(|check| (*check).to_owned()).collect();
    fixture.principal = None;
    fixture
}

/// Replaces what must occur exactly once.
pub(crate) fn edit(xml: &str, from: &str, to: &str) -> String {
    assert_eq!(xml.matches(from).count(), 1, "{from:?} must occur once");
    xml.replacen(from, to, 1)
}

/// The text from the first `from` to the first `to` after it, both included.
pub(crate) fn span<'x>(xml: &'x str, from: &str, to: &str) -> &'x str {
    let start = xml
        .find(from)
        .unwrap_or_else(|| panic!("{from:?} is there"));
    let end = xml[start..]
        .find(to)
        .unwrap_or_else(|| panic!("{to:?} is there"));
    &xml[start..start + end + to.len()]
}
