//! The unit tests of what a federation is made of.

use super::*;

const TENANT: &str = "ce5f061f-abe6-4e40-9615-301f87bcb7f0";
const APP: &str = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const SUBJECT: &str = "0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1";
const OTHER: &str = "d2f8ee76-c549-45b8-a143-f5b640669704";

fn new() -> NewFederation {
    NewFederation {
        tenant: TENANT.to_owned(),
        app: APP.to_owned(),
        subject: SUBJECT.to_owned(),
        ..NewFederation::default()
    }
}

fn with_issuer(issuer: &str) -> NewFederation {
    NewFederation {
        issuer: Some(issuer.to_owned()),
        ..new()
    }
}

fn with_keys(url: &str) -> NewFederation {
    NewFederation {
        keys_url: Some(url.to_owned()),
        ..new()
    }
}

fn with_audience(audience: &str) -> NewFederation {
    NewFederation {
        audiences: vec![audience.to_owned()],
        ..new()
    }
}

fn sentence(new: &NewFederation) -> String {
    Federation::new(new).unwrap_err().to_string()
}

#[test]
fn what_is_left_out_follows_from_the_tenant_and_the_app() {
    let expected = Federation {
        issuer: format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        tenant: TENANT.to_owned(),
        app: APP.to_owned(),
        subject: SUBJECT.to_owned(),
        audiences: vec![APP.to_owned(), format!("api://{APP}")],
        keys_url: format!("https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"),
        keys_addresses: AddressPolicy::Any,
    };
    assert_eq!(Federation::new(&new()), Ok(expected.clone()));
    let upper = NewFederation {
        tenant: TENANT.to_uppercase(),
        app: APP.to_uppercase(),
        subject: SUBJECT.to_uppercase(),
        ..new()
    };
    assert_eq!(Federation::new(&upper), Ok(expected));
}

#[test]
fn keys_come_from_private_addresses_only_at_microsofts_hosts_or_where_an_admin_says() {
    let (any, public) = (AddressPolicy::Any, AddressPolicy::PublicOnly);
    for (url, said, expected) in [
        (None, None, any),
        (None, Some(public), public),
        (Some("https://login.microsoftonline.us/x/keys"), None, any),
        (Some("https://idp.example/keys"), None, public),
        (
            Some("https://login.microsoftonline.com.evil.example/keys"),
            None,
            public,
        ),
        (Some("http://127.0.0.1:8081/keys"), None, public),
        (Some("http://127.0.0.1:8081/keys"), Some(any), any),
    ] {
        let made = Federation::new(&NewFederation {
            keys_url: url.map(str::to_owned),
            keys_addresses: said,
            ..new()
        });
        assert_eq!(made.unwrap().keys_addresses, expected, "{url:?} {said:?}");
    }
    // A record from before this was kept.
    let mut kept = serde_json::to_value(Federation::new(&new()).unwrap()).unwrap();
    kept.as_object_mut().unwrap().remove("keys_addresses");
    let read: Federation = serde_json::from_value(kept).unwrap();
    assert_eq!(read.keys_addresses, public);
}

#[test]
fn the_keys_of_an_issuer_of_microsofts_come_from_its_cloud_and_of_any_other_only_where_an_admin_says()
 {
    let keys = |new: &NewFederation| Federation::new(new).map(|made| made.keys_url);
    for (issuer, host) in [
        (
            "https://login.microsoftonline.com/{}",
            "login.microsoftonline.com",
        ),
        ("https://sts.windows.net/{}/", "login.microsoftonline.com"),
        (
            "https://login.microsoftonline.us/{}/v2.0",
            "login.microsoftonline.us",
        ),
        (
            "https://login.partner.microsoftonline.cn/{}/v2.0",
            "login.partner.microsoftonline.cn",
        ),
        (
            "https://sts.chinacloudapi.cn/{}/",
            "login.partner.microsoftonline.cn",
        ),
    ] {
        let issuer = issuer.replace("{}", TENANT);
        let expected = format!("https://{host}/{TENANT}/discovery/v2.0/keys");
        assert_eq!(keys(&with_issuer(&issuer)), Ok(expected), "{issuer}");
    }
    for issuer in [
        format!("https://idp.example/{TENANT}/v2.0"),
        format!("https://login.microsoftonline.com.evil.example/{TENANT}/v2.0"),
        format!("https://login.microsoftonline.de/{TENANT}/v2.0"),
    ] {
        let refused = Err(FederationError::NoKeysUrl(issuer.clone()));
        assert_eq!(keys(&with_issuer(&issuer)), refused, "{issuer}");
        let own = NewFederation {
            keys_url: Some("https://idp.example/keys".to_owned()),
            ..with_issuer(&issuer)
        };
        assert_eq!(keys(&own), Ok("https://idp.example/keys".to_owned()));
    }
    for good in ["https://keys.example/a?b=c", "http://127.0.0.1:8081/keys"] {
        assert_eq!(keys(&with_keys(good)), Ok(good.to_owned()));
    }
    for bad in [
        "",
        "keys",
        "http://keys.example/",
        "ftp://keys.example/",
        "file:///etc/passwd",
        "https://name:password@keys.example/",
    ] {
        let said = sentence(&with_keys(bad));
        assert!(said.starts_with("--jwks-url: expected an https"), "{said}");
        assert!(!said.contains("password@"), "{said}");
    }
}

#[test]
fn what_is_no_guid_is_refused_with_what_was_found() {
    let of = |tenant: &str, app: &str, subject: &str| {
        sentence(&NewFederation {
            tenant: tenant.to_owned(),
            app: app.to_owned(),
            subject: subject.to_owned(),
            ..new()
        })
    };
    for (said, expected) in [
        (
            of("contoso.com", APP, SUBJECT),
            "--tenant: expected a GUID, found contoso.com: in Entra, Overview",
        ),
        (
            of(TENANT, "api://b5ba/.default", SUBJECT),
            "--app: expected a GUID, found api://b5ba/.default: of the audience",
        ),
        (
            of(TENANT, APP, ""),
            "--subject: expected a GUID, found : in Entra, Provisioning",
        ),
        (
            of(TENANT, APP, "{0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1}"),
            "--subject: expected a GUID, found {0f6c",
        ),
    ] {
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn ids_that_were_mistaken_for_each_other_are_named() {
    let of = |tenant: &str, app: &str, subject: &str| NewFederation {
        tenant: tenant.to_owned(),
        app: app.to_owned(),
        subject: subject.to_owned(),
        ..new()
    };
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let swapped = NewFederation {
        issuer: Some(issuer),
        ..of(APP, TENANT, SUBJECT)
    };
    let audience = NewFederation {
        audiences: vec![format!("api://{APP}")],
        ..of(APP, TENANT, SUBJECT)
    };
    for (new, expected) in [
        (
            of(TENANT, TENANT, SUBJECT),
            "--tenant and --app: expected two different",
        ),
        (
            of(TENANT, APP, TENANT),
            "--tenant and --subject: expected two different",
        ),
        (
            of(TENANT, APP, APP),
            "--app and --subject: expected two different",
        ),
        (swapped, "--issuer: expected the tenant b5ba7a93"),
        (audience, "--audience: expected the app ce5f061f"),
        (
            with_audience(SUBJECT),
            "--audience: expected the app b5ba7a93",
        ),
    ] {
        let said = sentence(&new);
        assert!(said.starts_with(expected), "{said}");
    }
    let said = sentence(&with_audience(&format!("api://{TENANT}")));
    assert!(said.ends_with("which names the tenant"), "{said}");
}

#[test]
fn issuers_and_audiences_that_no_token_has_are_refused() {
    for issuer in [
        "",
        "login.microsoftonline.com",
        "http://idp.example/",
        "https://idp.example/?a=b",
        "https://idp.example/#a",
        "https://a@idp.example/",
        "https://idp.example/ ",
        "https://idp.example/\u{200b}",
    ] {
        let said = sentence(&with_issuer(issuer));
        assert!(said.starts_with("--issuer: expected an https"), "{said}");
    }
    let other = format!("https://login.microsoftonline.com/{OTHER}/v2.0");
    for issuer in ["https://login.microsoftonline.com/common/v2.0", &other] {
        let said = sentence(&with_issuer(issuer));
        let expected = format!("--issuer: expected the issuer of the tenant {TENANT}, found ");
        assert_eq!(said, expected + issuer);
    }
    let said = sentence(&with_audience(&format!("api://{APP}/.default")));
    assert!(said.contains("leave it out"), "{said}");
    for audience in ["", "a b", " a", "a\u{feff}", &"a".repeat(513)] {
        let said = sentence(&with_audience(audience));
        assert!(said.starts_with("--audience: expected at most"), "{said}");
    }
    let many = |number| NewFederation {
        audiences: vec!["https://app.example".to_owned(); number],
        ..new()
    };
    assert!(Federation::new(&many(8)).is_ok());
    assert!(Federation::new(&many(9)).is_err());
}
