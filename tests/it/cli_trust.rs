//! `entrada connection update` of what a connection trusts, and what `list`, `show` and `check` say of it.

use entrada::crypto::Certificate;
use entrada::crypto::Fingerprint;
use serde_json::Value;

use crate::cli_metadata::certificate;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;

pub(crate) fn connection(place: &Workspace) -> Value {
    place
        .run(["connection", "show", "acme", "--json"])
        .exits(0)
        .json()
}

pub(crate) fn add_pinned(place: &Workspace) {
    let pin = "AB".repeat(32);
    place
        .run([
            "connection",
            "add",
            "acme",
            "--display-name",
            "Acme",
            "--fingerprint",
            &pin,
        ])
        .exits(2);
    let sides = [
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
    ];
    let add = [
        "connection",
        "add",
        "acme",
        "--display-name",
        "Acme",
        "--fingerprint",
        &pin,
    ];
    place.run(add.iter().chain(&sides)).exits(0);
}

#[test]
fn an_update_shows_the_difference_before_it_changes_anything() {
    let place = Workspace::new();
    let (a, b) = (certificate(900), certificate(901));
    let old = place.write("old.xml", sound(&[&a]));
    let new = place.write("new.xml", sound(&[&a, &b]));
    place
        .run([
            "connection",
            "add",
            "acme",
            "--metadata-file",
            &old,
            "--jit",
        ])
        .exits(0);
    let before = connection(&place);
    let update = ["connection", "update", "acme", "--metadata-file", &new];

    let ran = place.run(update.iter().chain(&["--dry-run"])).exits(0);
    assert!(
        ran.stdout
            .contains(&format!("+ Certificate            {}", b.fingerprint())),
        "{ran:?}"
    );
    let ran = place.run(update).exits(2);
    assert!(ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(connection(&place)["certificates"], before["certificates"]);

    let json = place
        .run(update.iter().chain(&["--yes", "--json"]))
        .exits(0)
        .json();
    assert_eq!(json["updated"], true);
    let told = ["log", "--kind", "trust-changed", "--json"];
    let told = place.run(told).exits(0).json();
    let told: Vec<&str> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["detail"].as_str().unwrap())
        .collect();
    assert!(told[0].starts_with("added "), "{told:?}");
    assert_eq!(
        json["difference"]["certificates"]["kept"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let after = connection(&place);
    assert_eq!(after["certificates"].as_array().unwrap().len(), 2);
    assert_eq!(after["connection"]["jit"], true);
    let ran = place.run(update.iter().chain(&["--json"])).exits(0);
    assert_eq!(ran.json()["updated"], false, "nothing is left to change");

    let nobody = place.write("nobody.xml", sound(&[]));
    let update = [
        "connection",
        "update",
        "acme",
        "--yes",
        "--metadata-file",
        &nobody,
    ];
    place.run(update).exits(3);
    place
        .run(["connection", "update", "acme", "--yes"])
        .exits(2);
    assert_eq!(connection(&place)["certificates"], after["certificates"]);
}

#[test]
fn the_next_fingerprint_is_added_by_an_update() {
    let place = Workspace::new();
    add_pinned(&place);
    let (old, new) = ("AB".repeat(32), "CD".repeat(32));
    let arguments = [
        "connection",
        "update",
        "acme",
        "--yes",
        "--json",
        "--fingerprint",
        &old,
        "--fingerprint",
        &new,
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
    ];
    let json = place.run(arguments).exits(0).json();
    assert_eq!(json["added"].as_array().unwrap().len(), 1, "{json}");
    assert!(json["removed"].as_array().unwrap().is_empty(), "{json}");
    let shown = connection(&place);
    let pins = shown["connection"]["trust"]["fingerprints"]
        .as_array()
        .unwrap();
    assert_eq!(pins.len(), 2);
    assert_eq!(shown["connection"]["display_name"], "Acme");
}

#[test]
fn one_choice_is_changed_and_the_others_stay() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&certificate(900)]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let more = [
        "--seats",
        "5",
        "--session-idle",
        "900",
        "--host",
        "acme.example",
    ];
    place.run(add.iter().chain(&more)).exits(0);
    let before = connection(&place)["connection"].clone();
    let update = |more: &[&str]| {
        let words = ["connection", "update", "acme"];
        place.run(words.iter().chain(more))
    };
    let ran = update(&["--link-rule", "email", "--dry-run"]).exits(0);
    assert!(
        ran.stdout.contains("- Finds users by         object-id"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("+ Finds users by         email"),
        "{ran:?}"
    );
    assert_eq!(connection(&place)["connection"], before);

    let done = update(&["--link-rule", "email", "--yes", "--json"]).exits(0);
    let done = done.json();
    assert_eq!(
        (&done["updated"], &done["difference"]),
        (&true.into(), &Value::Null)
    );
    update(&["--jit", "--seats", "7", "--yes"]).exits(0);
    let mut expected = before;
    expected["link_rule"] = "email".into();
    expected["seats"] = 7.into();
    expected["jit"] = true.into();
    expected["sign_on"] = "just-in-time".into();
    assert_eq!(connection(&place)["connection"], expected);
    let told = ["log", "--kind", "trust-changed", "--json"];
    let told = place.run(told).exits(0).json();
    let told = told["events"].as_array().unwrap();
    assert_eq!(told.len(), 1, "trust stays as it was: {told:?}");

    update(&["--seats", "0", "--yes"]).exits(3);
    update(&["--validity-grace", "60", "--yes"]).exits(3);
    update(&["--idp-entity-id", "urn:other", "--yes"]).exits(2);
    update(&["--yes"]).exits(2);
    assert_eq!(connection(&place)["connection"], expected);
}

/// The details of the events of this kind, the earliest first.
pub(crate) fn told(place: &Workspace, kind: &str) -> Vec<String> {
    let told = place.run(["log", "--kind", kind, "--json"]).exits(0).json();
    let events = told["events"].as_array().unwrap().iter();
    events
        .map(|event| event["detail"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_bound_is_taken_away() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&certificate(900)]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let more = ["--seats", "5", "--session-idle", "900"];
    place.run(add.iter().chain(&more)).exits(0);
    let update = |more: &[&str]| {
        let words = ["connection", "update", "acme", "--yes"];
        place.run(words.iter().chain(more))
    };
    let ran = update(&["--no-seats"]).exits(0);
    assert!(ran.stdout.contains("- Seats                  5"), "{ran:?}");
    let shown = connection(&place);
    assert_eq!(shown["connection"]["seats"], Value::Null);
    assert_eq!(shown["connection"]["session_idle"], 900);
    update(&["--no-session-idle", "--link-rule", "email"]).exits(0);
    let shown = connection(&place);
    assert_eq!(shown["connection"]["session_idle"], Value::Null);
    assert_eq!(shown["connection"]["link_rule"], "email");
    let ran = update(&["--no-seats", "--json"]).exits(0);
    assert_eq!(ran.json()["updated"], false, "there is none left");
    update(&["--no-seats", "--seats", "3"]).exits(2);
    update(&["--no-session-idle", "--session-idle", "60"]).exits(2);
}

#[test]
fn whoever_changes_trust_leaves_an_event() {
    let place = Workspace::new();
    let (a, b, c) = (certificate(900), certificate(901), certificate(902));
    let pins = [&a, &b, &c].map(|one| one.fingerprint().to_string());
    let file = |name: &str, of: &Certificate| place.write(name, sound(&[of]));
    let (first, second) = (file("a.xml", &a), file("b.xml", &b));
    let add = |metadata: &str, more: &[&str]| {
        let words = ["connection", "add", "acme", "--metadata-file", metadata];
        place.run(words.iter().chain(more)).exits(0);
    };
    add(&first, &[]);
    let mut expected = vec![format!("added {}", pins[0])];
    assert_eq!(told(&place, "trust-changed"), expected, "it is new");
    add(&second, &["--replace"]);
    expected.extend([format!("added {}", pins[1]), format!("retired {}", pins[0])]);
    assert_eq!(told(&place, "trust-changed"), expected);
    // The same once more changes nothing.
    add(&second, &["--replace"]);
    assert_eq!(told(&place, "trust-changed"), expected);

    let settings = format!(
        "[[connection]]\nid = 'acme'\nfingerprint = '{}'\nidp-entity-id = 'urn:idp'\nsso-url = 'https://idp.example/sso'\n",
        pins[2]
    );
    let settings = place.write("site.toml", settings);
    let apply = ["connection", "apply", &settings];
    place.run(apply).exits(0);
    expected.extend([format!("added {}", pins[2]), format!("retired {}", pins[1])]);
    assert_eq!(told(&place, "trust-changed"), expected);
    place.run(apply).exits(0);
    assert_eq!(told(&place, "trust-changed"), expected);

    let mixed = [
        "--fingerprint",
        &pins[0],
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
        "--yes",
    ];
    let update = ["connection", "update", "acme"];
    place.run(update.iter().chain(&mixed)).exits(0);
    expected.extend([format!("added {}", pins[0]), format!("retired {}", pins[2])]);
    assert_eq!(told(&place, "trust-changed"), expected);
    // Trust that begins anew is told too.
    place.run(["connection", "remove", "acme"]).exits(0);
    add(&second, &[]);
    expected.push(format!("added {}", pins[1]));
    assert_eq!(told(&place, "trust-changed"), expected);
}

#[tokio::test]
async fn a_connection_in_the_code_of_an_app_that_trusts_somebody_else_leaves_an_event() {
    let store = entrada::store::open("memory:").await.unwrap();
    for pin in ["AB", "CD", "CD"] {
        let pin = Fingerprint::parse(&pin.repeat(32)).unwrap();
        let acme = entrada::connection::Connection::builder("acme");
        let acme = acme.fingerprint(pin, "urn:idp", "https://idp.example/sso");
        let app = entrada::web::Entrada::builder("https://app.example.com");
        app.open_store(store.clone())
            .connection(acme)
            .build()
            .await
            .unwrap();
    }
    let events = store.events(&Default::default()).await.unwrap();
    let events = events.iter().filter_map(|event| event.event.detail());
    let pin = |pin: &str| Fingerprint::parse(&pin.repeat(32)).unwrap();
    assert_eq!(
        events.collect::<Vec<_>>(),
        [
            format!("added {}", pin("AB")),
            format!("added {}", pin("CD")),
            format!("retired {}", pin("AB"))
        ]
    );
}
