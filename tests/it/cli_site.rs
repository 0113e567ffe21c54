//! `entrada site`: the address of the site, which the store keeps.

use serde_json::Value;

use crate::cli_metadata::certificate;
use crate::cli_metadata::sound;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::serving::Server;

const SITE: &str = "https://app.example.com";
const OTHER: &str = "https://other.example/wiki";

/// Nothing is said of the address.
#[track_caller]
fn is_silent(ran: &Ran) {
    let said = ["base URL", "base-url", "localhost"];
    assert!(
        !said.iter().any(|text| ran.stderr.contains(text)),
        "{ran:?}"
    );
}

fn kept(place: &Workspace) -> Value {
    let shown = place.run(["site", "show", "--json"]).exits(0).json();
    shown["base_url"].clone()
}

fn add(place: &Workspace, more: &[&str]) -> Ran {
    let metadata = place.write("idp.xml", sound(&[&certificate(900)]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    place.run(add.iter().chain(more))
}

#[test]
fn the_first_command_that_has_a_base_url_sets_it_and_all_others_use_it() {
    let place = Workspace::new();
    assert_eq!(kept(&place), Value::Null);
    let ran = place.run(["site", "show"]).exits(0);
    assert!(ran.stdout.contains("site set base-url"), "{ran:?}");
    let added = add(&place, &["--base-url", SITE, "--json"]).exits(0);
    is_silent(&added);
    assert_eq!(kept(&place), SITE);
    let acs = format!("{SITE}/saml/acme/acs");
    let scim = format!("{SITE}/scim/acme/v2");
    let json = |arguments: &[&str]| {
        let ran = place.run(arguments.iter().chain(&["--json"])).exits(0);
        is_silent(&ran);
        ran.json()
    };
    let shown = json(&["connection", "show", "acme"]);
    assert_eq!(shown["entra"]["reply_url"], acs);
    assert_eq!(shown["entra"]["tenant_url"], scim);
    assert_eq!(shown["connection"]["acs_url"], acs);
    let listed = json(&["connection", "list"]);
    assert_eq!(listed["connections"][0]["acs_url"], acs);
    let printed = json(&["metadata", "sp", "acme"]);
    assert_eq!(printed["acs_url"], acs);
    let ran = place.run(["token", "create", "acme", "--json"]).exits(0);
    assert_eq!(ran.json()["tenant_url"], scim);
    assert!(!ran.stderr.contains("localhost"), "{ran:?}");
    let id = ran.json()["id"].as_str().unwrap().to_owned();
    let rotated = json(&["token", "rotate", &id]);
    assert_eq!(rotated["tenant_url"], scim);
    // Another way to give it counts the same.
    let ran = place
        .entrada()
        .env("ENTRADA_BASE_URL", SITE)
        .args(["connection", "show", "acme"])
        .output();
    let ran = Ran::from(ran.unwrap()).exits(0);
    is_silent(&ran);
    assert_eq!(kept(&place), SITE);
}

#[test]
fn a_command_that_changes_nothing_keeps_no_base_url() {
    let place = Workspace::new();
    add(&place, &[]).exits(0);
    let metadata = place.write("new.xml", sound(&[&certificate(901)]));
    let source = ["--metadata-file", metadata.as_str()];
    let users = place.write("users.jsonl", "{\"userName\":\"ada@example.com\"}\n");
    let update = ["connection", "update", "acme"];
    let commands: [(&[&str], i32); 10] = [
        (&[&update[..], &["--seats", "5", "--dry-run"]].concat(), 0),
        (&[&update[..], &source, &["--dry-run"]].concat(), 0),
        // Neither a terminal nor --yes; an invalid value; nothing to change.
        (&[&update[..], &["--seats", "5"]].concat(), 2),
        (&[&update[..], &["--seats", "0", "--yes"]].concat(), 3),
        (&[&update[..], &["--no-seats", "--yes"]].concat(), 0),
        (&["connection", "show", "acme"], 0),
        (&["connection", "list"], 0),
        (&["metadata", "sp", "acme"], 0),
        (&["connection", "add", "acme", source[0], source[1]], 2),
        (&["token", "create", "nobody"], 2),
    ];
    let given = |arguments: &[&str]| {
        let ran = place
            .entrada()
            .env("ENTRADA_BASE_URL", SITE)
            .args(arguments)
            .output();
        Ran::from(ran.unwrap())
    };
    for (command, code) in commands {
        given(command).exits(code);
        assert_eq!(kept(&place), Value::Null, "{command:?}");
    }
    given(&["check", "--offline"]);
    given(&["user", "import", "acme", &users, "--dry-run"]).exits(0);
    assert_eq!(kept(&place), Value::Null);
    given(&[&update[..], &["--seats", "5", "--yes"]].concat()).exits(0);
    assert_eq!(kept(&place), SITE);
}

#[test]
fn another_base_url_holds_for_one_run_with_a_warning() {
    let place = Workspace::new();
    place.run(["site", "set", "base-url", SITE]).exits(0);
    let commands: [&[&str]; 5] = [
        &["connection", "show", "acme"],
        &["connection", "list"],
        &["metadata", "sp", "acme"],
        &["token", "create", "acme"],
        &["connection", "update", "acme", "--seats", "5", "--yes"],
    ];
    let ran = add(&place, &["--base-url", OTHER, "--json"]).exits(0);
    assert!(
        ran.stderr.contains("warning: the base URL of the site is"),
        "{ran:?}"
    );
    let reply = format!("{OTHER}/saml/acme/acs");
    assert_eq!(ran.json()["entra"]["reply_url"], reply);
    for command in &commands[..4] {
        let given = ["--base-url", OTHER, "--json"];
        let ran = place.run(command.iter().chain(&given)).exits(0);
        assert!(ran.stdout.contains(OTHER), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("site set base-url {OTHER}")),
            "{ran:?}"
        );
    }
    place.run(commands[4]).exits(0);
    assert_eq!(kept(&place), SITE);
    let ran = place.run(["check", "--offline", "--json", "--base-url", OTHER]);
    let findings = ran.exits(1).json();
    let codes: Vec<&str> = findings["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"base-url-differs"), "{codes:?}");
    assert_eq!(kept(&place), SITE);
    // A change on purpose is made, and the admin hears what it means.
    let set = ["site", "set", "base-url", OTHER];
    let asked = place.run(set.iter().chain(&["--json"])).exits(2).json();
    assert_eq!(asked["would"], serde_json::json!({ "connections": 1 }));
    let shown = place.run(set.iter().chain(&["--dry-run"])).exits(0);
    assert!(
        shown.stdout.contains("the addresses of 1 connection"),
        "{shown:?}"
    );
    assert_eq!(kept(&place), SITE);
    let ran = place.run(set.iter().chain(&["--yes"])).exits(0);
    assert!(ran.stderr.contains("paste them into Entra anew"), "{ran:?}");
    assert_eq!(kept(&place), OTHER);
}

#[test]
fn what_is_no_base_url_is_kept_nowhere() {
    let place = Workspace::new();
    for url in [
        "http://app.example.com",
        "app.example.com",
        "https://u:p@a.example",
        "",
    ] {
        place.run(["site", "set", "base-url", url]).exits(2);
        place
            .run(["connection", "list", "--base-url", url])
            .exits(2);
    }
    place.run(["site"]).exits(2);
    place.run(["site", "set"]).exits(2);
    place.run(["site", "set", "base-url"]).exits(2);
    assert_eq!(kept(&place), Value::Null);
    // Without one, addresses are those of this machine, and that is no choice of anybody.
    let ran = add(&place, &[]).exits(0);
    assert!(ran.stderr.contains("http://localhost:8080"), "{ran:?}");
    let ran = place.run(["check", "--offline", "--base-url", SITE]);
    assert!(!ran.stdout.contains("base-url"), "{ran:?}");
    assert_eq!(kept(&place), Value::Null);
    let slash = format!("{SITE}/");
    let json = place
        .run(["site", "set", "base-url", &slash, "--json"])
        .exits(0);
    assert_eq!(json.json()["base_url"], SITE);
}

#[test]
fn serve_uses_the_base_url_that_the_site_keeps_and_sets_the_first() {
    let place = Workspace::new();
    let serve = |more: &[&str]| {
        let words = ["serve", "--listen", "127.0.0.1:0"];
        let all: Vec<&str> = words.iter().chain(more).copied().collect();
        let server = Server::start(&place, &all);
        server.kill();
    };
    // Nobody names one: that of the trial is not kept.
    serve(&[]);
    assert_eq!(kept(&place), Value::Null);
    // One that is for tests is not kept either.
    serve(&["--base-url", "http://127.0.0.1:0"]);
    assert_eq!(kept(&place), Value::Null);
    serve(&["--base-url", SITE]);
    assert_eq!(kept(&place), SITE);
    serve(&["--base-url", OTHER]);
    assert_eq!(kept(&place), SITE);
}

#[tokio::test]
async fn an_app_sets_the_first_base_url_and_overwrites_none() {
    let place = Workspace::new();
    for url in [SITE, OTHER] {
        let app = entrada::web::Entrada::builder(url).store(place.database());
        let app = app.build().await.unwrap();
        assert_eq!(app.base_url().to_string(), url);
    }
    assert_eq!(kept(&place), SITE);
}

#[test]
fn a_file_of_settings_sets_the_first_base_url_and_overwrites_none() {
    let place = Workspace::new();
    let apply = |url: &str| {
        let file = place.write("site.toml", format!("base-url = '{url}'\n"));
        place.run(["connection", "apply", &file])
    };
    apply("http://app.example.com").exits(3);
    assert_eq!(kept(&place), Value::Null);
    is_silent(&apply(SITE).exits(0));
    assert_eq!(kept(&place), SITE);
    let ran = apply(OTHER).exits(0);
    assert!(
        ran.stderr.contains("warning: the base URL of the site is"),
        "{ran:?}"
    );
    assert_eq!(kept(&place), SITE);
}
