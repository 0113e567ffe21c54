//! Values of Entra's pages at right and at wrong places.

use super::*;
use crate::connection::Connection;
use crate::crypto::Fingerprint;

const TENANT: &str = "5b7a5c2e-94c1-4f4b-8a3d-0d6a51c7e9f2";
const OTHER: &str = "0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8";

fn pinned(entity_id: &str, sso_url: &str, slo_url: Option<&str>) -> TrustSource {
    TrustSource::Fingerprint {
        fingerprints: vec![Fingerprint::parse(&"AB".repeat(32)).unwrap()],
        entity_id: entity_id.replace("TENANT", TENANT),
        sso_url: sso_url.replace("TENANT", TENANT),
        slo_url: slo_url.map(|url| url.replace("TENANT", TENANT)),
    }
}

fn found(source: &TrustSource) -> Vec<(&'static str, String)> {
    let found = misplaced(source, IdpInitiated::Refuse);
    let problems = found.refused.into_iter().chain(found.doubtful);
    let found = problems.map(|problem| match problem {
        ConnectionProblem::Misplaced { code, message } => (code, message),
        other => panic!("{other}"),
    });
    found.collect()
}

const ISSUER: &str = "https://sts.windows.net/TENANT/";
const SIGN_IN: &str = "https://login.microsoftonline.com/TENANT/saml2";

#[test]
fn values_at_their_places_are_left_alone() {
    for (entity_id, sso_url, slo_url) in [
        (ISSUER, SIGN_IN, Some(SIGN_IN)),
        (
            ISSUER,
            "https://login.microsoftonline.us/TENANT/saml2",
            None,
        ),
        (
            ISSUER,
            "https://login.microsoftonline.com/contoso.com/saml2",
            None,
        ),
        (
            ISSUER,
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/saml2",
            None,
        ),
        (
            &format!("https://sts.windows.net/TENANT/{OTHER}"),
            SIGN_IN,
            None,
        ),
        (
            ISSUER,
            SIGN_IN,
            Some("https://login.microsoftonline.com/common/wsfederation?wa=wsignout1.0"),
        ),
        ("urn:idp", "https://idp.example/saml2", None),
        (ISSUER, "https://practice.example/saml2", None),
        (
            "https://sts.windows.net/contoso/",
            "https://login.microsoftonline.com/t/saml2",
            None,
        ),
    ] {
        assert_eq!(
            found(&pinned(entity_id, sso_url, slo_url)),
            [],
            "{entity_id} {sso_url}"
        );
    }
}

#[test]
fn swapped_values_are_one_problem_with_both_values() {
    for sts in [
        "https://sts.windows.net/TENANT/",
        "https://sts.windows.net/TENANT",
    ] {
        let found = found(&pinned(SIGN_IN, sts, Some(SIGN_IN)));
        let [(code, message)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(*code, "login-url-and-identifier-swapped");
        assert!(
            message.contains(&format!(
                "sso-url https://login.microsoftonline.com/{TENANT}/saml2"
            )),
            "{message}"
        );
    }
}

#[test]
fn each_value_at_a_wrong_place_is_named() {
    let misplaced = "entra-value-misplaced";
    for (entity_id, sso_url, slo_url, code, words) in [
        (
            SIGN_IN,
            SIGN_IN,
            None,
            misplaced,
            "idp-entity-id has the Login URL",
        ),
        (
            ISSUER,
            ISSUER,
            None,
            misplaced,
            "sso-url has the Microsoft Entra Identifier",
        ),
        (
            ISSUER,
            "https://login.microsoftonline.com/common/wsfederation?wa=wsignout1.0",
            None,
            misplaced,
            "sso-url has an address of WS-Federation",
        ),
        (
            ISSUER,
            "https://login.microsoftonline.com/TENANT/oauth2/v2.0/authorize",
            None,
            misplaced,
            "OpenID",
        ),
        (
            "https://login.microsoftonline.com/TENANT/v2.0",
            SIGN_IN,
            None,
            misplaced,
            "idp-entity-id has an address of OpenID",
        ),
        (
            ISSUER,
            "https://launcher.myapps.microsoft.com/api/signin/1?tenantId=TENANT",
            None,
            misplaced,
            "My Apps",
        ),
        (
            ISSUER,
            "https://login.microsoftonline.com/TENANT/federationmetadata/2007-06/federationmetadata.xml?appid=1",
            None,
            misplaced,
            "sso-url has the App Federation Metadata Url",
        ),
        (
            ISSUER,
            SIGN_IN,
            Some(ISSUER),
            misplaced,
            "slo-url has the Microsoft Entra Identifier",
        ),
        (
            "https://sts.windows.net/TENANT",
            SIGN_IN,
            None,
            misplaced,
            "slash at the end",
        ),
        (
            "http://sts.windows.net/TENANT/",
            SIGN_IN,
            None,
            misplaced,
            "with https",
        ),
        (
            "https://login.microsoftonline.com/TENANT/",
            SIGN_IN,
            None,
            misplaced,
            "another address of Entra's",
        ),
        (
            ISSUER,
            &format!("https://login.microsoftonline.com/{OTHER}/saml2"),
            None,
            "entra-tenants-differ",
            OTHER,
        ),
        (
            ISSUER,
            "https://login.microsoftonline.com/5b7a5c2e-94c1-4f4b-8a3d-0d6a51c7e9f/saml2",
            None,
            "entra-id-mistyped",
            "35 characters",
        ),
    ] {
        let found = found(&pinned(entity_id, sso_url, slo_url));
        let [(found, message)] = found.as_slice() else {
            panic!("{words}: {found:?}");
        };
        assert_eq!(*found, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn mistyped_ids_of_a_metadata_address_are_named_before_anybody_asks() {
    let at = |tenant: &str, app: &str| TrustSource::MetadataUrl {
        url: format!(
            "https://login.microsoftonline.com/{tenant}/federationmetadata/2007-06/federationmetadata.xml?appid={app}"
        ),
        entity_id: None,
        policy: Default::default(),
    };
    for (tenant, app) in [
        (TENANT, OTHER),
        ("contoso.onmicrosoft.com", OTHER),
        ("contoso.com", &OTHER.to_uppercase()),
        ("contoso", "APP"),
        ("t", "1"),
    ] {
        assert_eq!(found(&at(tenant, app)), [], "{tenant} {app}");
    }
    for (tenant, app, words) in [
        (TENANT, &OTHER[1..], "35 characters"),
        (
            TENANT,
            "Of1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8",
            "'O' is no digit",
        ),
        (
            TENANT,
            "{0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8}",
            "all that belongs there",
        ),
        (
            TENANT,
            "%220f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8%22",
            "all that belongs there",
        ),
        (
            TENANT,
            "0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8%20",
            "all that belongs there",
        ),
        (TENANT, "0f1a2b3c4d5e4f708192a3b4c5d6e7f8", "32 characters"),
        (TENANT, "0f1a2b3-c4d5e-4f70-8192-a3b4c5d6e7f8", "hyphens"),
        (&TENANT[..35], OTHER, "tenant id"),
        ("contoso.onmircosoft.com", OTHER, ".onmicrosoft.com"),
        ("contoso.onmicrosoft.con", OTHER, ".onmicrosoft.com"),
    ] {
        let found = found(&at(tenant, app));
        let [(code, message)] = found.as_slice() else {
            panic!("{words}: {found:?}");
        };
        assert_eq!(*code, "entra-id-mistyped");
        assert!(message.contains(words), "{message}");
    }
    let url = SIGN_IN.replace("TENANT", TENANT);
    let login = Connection::builder("acme").metadata_url(&url).build();
    let said = login.unwrap_err().to_string();
    assert!(said.contains("metadata-url has the Login URL"), "{said}");
}

#[test]
fn our_own_name_is_no_identity_provider() {
    let problem = own_name(&pinned("urn:app", SIGN_IN, None), &["urn:app"]).unwrap();
    assert!(problem.to_string().contains("names this app itself"));
    assert_eq!(own_name(&pinned(ISSUER, SIGN_IN, None), &["urn:app"]), None);
    let (ours, theirs) = (
        "https://app.example/saml/acme/metadata",
        "https://idp.example/saml/acme/metadata",
    );
    let doubtful = |url: &str| {
        let acme = Connection::builder("acme").metadata_url(url);
        let base_url = "https://app.example".parse().unwrap();
        acme.build().unwrap().doubtful_values(Some(&base_url))
    };
    assert!(
        doubtful(ours)[0]
            .to_string()
            .contains("metadata-url names this app itself")
    );
    assert_eq!(doubtful(theirs), []);
}

/// Whoever begins at the identity provider never needs our address of it.
#[test]
fn values_with_which_some_sign_on_are_doubtful_alone() {
    let portal = "https://launcher.myapps.microsoft.com/api/signin/1?tenantId=TENANT";
    let source = pinned(ISSUER, portal, None);
    let of = |idp_initiated| {
        let found = misplaced(&source, idp_initiated);
        (found.refused.len(), found.doubtful.len())
    };
    assert_eq!(of(IdpInitiated::Refuse), (1, 0));
    assert_eq!(of(IdpInitiated::Allow), (0, 1));
    let logout = "https://login.microsoftonline.com/common/oauth2/logout";
    let found = misplaced(&pinned(ISSUER, SIGN_IN, Some(logout)), IdpInitiated::Refuse);
    assert_eq!((found.refused.len(), found.doubtful.len()), (0, 1));
}
