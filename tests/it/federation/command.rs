//! `entrada client federate`, and what the other commands say of a federation.

use serde_json::json;

use super::APP;
use super::SUBJECT;
use super::TENANT;
use crate::command_line::Workspace;

const IDS: [&str; 6] = ["--tenant", TENANT, "--app", APP, "--subject", SUBJECT];

fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place
}

fn federate<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["client", "federate", "acme"], more].concat()
}

#[test]
fn a_federation_is_made_with_defaults_listed_and_revoked() {
    let place = place();
    let made = place.run(federate(&[&IDS[..], &["--json"]].concat()));
    let made = made.exits(0).json();
    let id = made["client_id"].as_str().unwrap();
    assert_eq!(made["id"], made["client_id"]);
    assert_eq!(made["client_secret"], json!(null));
    assert_eq!(made["token_lifetime_seconds"], 3600);
    let token_url = made["token_url"].as_str().unwrap();
    assert!(token_url.ends_with("/entrada/oauth/acme/token"), "{made}");
    let scim_url = made["scim_url"].as_str().unwrap();
    assert!(scim_url.ends_with("/scim/acme/v2"), "{made}");
    let believed = json!({
        "issuer": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "tenant": TENANT,
        "app": APP,
        "subject": SUBJECT,
        "audiences": [APP, format!("api://{APP}")],
        "keys_url": format!("https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"),
        "keys_addresses": "any",
    });
    assert_eq!(made["federation"], believed);

    let listed = place.run(["client", "list", "acme", "--json"]).exits(0);
    let listed = &listed.json()["clients"][0];
    assert_eq!(listed["client_id"], id);
    assert_eq!(listed["kind"], "federation");
    assert_eq!(listed["state"], "live");
    assert_eq!(listed["federation"], believed);
    let text = place.run(["client", "list"]).exits(0).stdout;
    assert!(text.contains("federation") && text.contains(id), "{text}");

    // There is no secret to rotate.
    place.run(["client", "rotate", id]).exits(1);
    let revoked = place.run(["client", "revoke", id, "--yes", "--json"]);
    assert_eq!(revoked.exits(0).json()["revoked"], json!([id]));
    let listed = place.run(["client", "list", "--json"]).exits(0).json();
    assert_eq!(listed["clients"][0]["state"], "revoked");
}

#[test]
fn what_an_admin_says_takes_the_place_of_the_defaults() {
    let place = place();
    let keys = "https://idp.example/keys";
    let more = [
        "--issuer",
        "https://idp.example/",
        "--audience",
        "https://app.example.com",
        "--audience",
        APP,
        "--jwks-url",
        keys,
        "--token-lifetime",
        "6h",
        "--label",
        "Entra",
        "--json",
    ];
    let made = place.run(federate(&[&IDS[..], &more].concat()));
    let made = made.exits(0).json();
    assert_eq!(made["token_lifetime_seconds"], 6 * 3600);
    let believed = &made["federation"];
    assert_eq!(believed["issuer"], "https://idp.example/");
    assert_eq!(
        believed["audiences"],
        json!(["https://app.example.com", APP])
    );
    assert_eq!(believed["keys_url"], keys);
    assert_eq!(believed["keys_addresses"], "public-only");
    let private = [&IDS[..], &more, &["--allow-private-addresses"]].concat();
    let made = place.run(federate(&private)).exits(0).json();
    assert_eq!(made["federation"]["keys_addresses"], "any");
    // Without an address there is nothing that the flag could be for.
    let alone = [&IDS[..], &["--allow-private-addresses"]].concat();
    let refused = place.run(federate(&alone)).exits(2);
    assert!(refused.stderr.contains("--jwks-url"), "{refused:?}");
    let text = place.run(federate(&IDS)).exits(0).stdout;
    for shown in [
        "Client ID",
        "Token URL",
        "SCIM URL",
        "Subject (sub)",
        SUBJECT,
    ] {
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_was_found_and_the_subject_has_no_default() {
    let place = place();
    let lacking = place.run(federate(&IDS[..4])).exits(2);
    assert!(lacking.stderr.contains("--subject"), "{lacking:?}");
    let domain = [
        "--tenant",
        "contoso.com",
        "--app",
        APP,
        "--subject",
        SUBJECT,
    ];
    let swapped = ["--tenant", APP, "--app", APP, "--subject", SUBJECT];
    let issuer = [&IDS[..], &["--issuer", "https://idp.example/"]].concat();
    let plain = [&IDS[..], &["--jwks-url", "http://idp.example/keys"]].concat();
    let short = [&IDS[..], &["--token-lifetime", "10m"]].concat();
    for (arguments, words) in [
        (&domain[..], "--tenant: expected a GUID, found contoso.com"),
        (&swapped, "--tenant and --app: expected two different ids"),
        (&issuer, "--jwks-url: expected the address of the keys"),
        (&plain, "--jwks-url: expected an https address"),
        (&short, "one to six hours"),
    ] {
        let refused = place.run(federate(arguments)).exits(2);
        assert!(refused.stderr.contains(words), "{refused:?}");
    }
    let listed = place.run(["client", "list", "--json"]).exits(0).json();
    assert_eq!(listed["clients"], json!([]));
}
