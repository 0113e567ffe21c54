//! `entrada client`, what `entrada check` says of secrets, and a server that takes them.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::command_line::Workspace;
use crate::serving::Server;

fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place
}

fn create(place: &Workspace, arguments: &[&str]) -> Value {
    let words = ["client", "create", "acme", "--json"];
    place.run(words.iter().chain(arguments)).exits(0).json()
}

fn days_from_now(at: &Value) -> i64 {
    let at: Timestamp = at.as_str().unwrap().parse().unwrap();
    let minute = SignedDuration::from_mins(1);
    (at.duration_since(Timestamp::now()) + minute).as_hours() / 24
}

fn list(place: &Workspace, command: &str) -> Vec<Value> {
    let listed = place.run([command, "list", "--json"]).exits(0).json();
    let key = format!("{command}s");
    listed[key].as_array().unwrap().clone()
}

#[test]
fn a_client_has_all_that_entra_asks_for_and_its_secret_holds_for_two_years() {
    let place = place();
    let made = create(
        &place,
        &["--base-url", "https://app.example.com", "--label", "Entra"],
    );
    assert_eq!(made["client_id"], made["id"]);
    assert_eq!(
        made["token_url"],
        "https://app.example.com/entrada/oauth/acme/token"
    );
    assert_eq!(made["scim_url"], "https://app.example.com/scim/acme/v2");
    assert_eq!(days_from_now(&made["expires_at"]), 730);
    assert_eq!(made["token_lifetime_seconds"], 3600);
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("entrada-secret_"), "{secret}");
    let [listed] = &list(&place, "client")[..] else {
        panic!("one client");
    };
    assert_eq!(
        (&listed["client_id"], &listed["kind"]),
        (&made["id"], &json!("client-secret"))
    );
    assert_eq!(
        (&listed["label"], &listed["state"]),
        (&json!("Entra"), &json!("live"))
    );
    let text = place.run(["client", "list", "acme"]).exits(0).stdout;
    assert!(
        text.contains("Entra") && !text.contains(&secret[30..]),
        "{text}"
    );
    let text = place.run(["client", "create", "acme"]).exits(0).stdout;
    for label in [
        "Tenant URL",
        "Token Endpoint",
        "Client Identifier",
        "Client Secret",
    ] {
        assert!(text.contains(label), "{text}");
    }
}

#[test]
fn lifetimes_are_held_to_their_limits() {
    let place = place();
    let made = create(&place, &["--token-lifetime", "6h"]);
    assert_eq!(made["token_lifetime_seconds"], 6 * 3600);
    for wrong in ["59m", "361m", "0s", "soon"] {
        let words = ["client", "create", "acme", "--token-lifetime", wrong];
        place.run(words).exits(2);
    }
    for (time, warns) in [
        ("364d", true),
        ("365d", false),
        ("1095d", false),
        ("1200d", true),
    ] {
        let words = ["client", "create", "acme", "--expires-in", time];
        let ran = place.run(words).exits(0);
        assert_eq!(
            ran.stderr.contains("one to three years"),
            warns,
            "{time}: {ran:?}"
        );
    }
    place
        .run(["client", "create", "acme", "--expires-in", "3651d"])
        .exits(2);
    place.run(["client", "create", "globex"]).exits(2);
}

#[test]
fn a_rotation_keeps_the_client_and_lets_the_old_secret_end() {
    let place = place();
    let old = create(&place, &["--label", "Entra"]);
    let id = old["id"].as_str().unwrap();
    let next = place.run(["client", "rotate", id, "--overlap", "7d", "--json"]);
    let next = next.exits(0).json();
    assert_eq!(next["client_id"], old["client_id"]);
    assert_ne!(next["id"], old["id"]);
    assert_ne!(next["client_secret"], old["client_secret"]);
    assert_eq!(next["rotated"]["id"], old["id"]);
    assert_eq!(days_from_now(&next["rotated"]["expires_at"]), 7);
    assert_eq!(days_from_now(&next["expires_at"]), 730);
    // The name of the client stands for its latest secret.
    let third = place
        .run(["client", "rotate", id, "--json"])
        .exits(0)
        .json();
    assert_eq!(third["rotated"]["id"], next["id"]);
    assert_eq!(third["client_id"], old["client_id"]);
    let again = next["id"].as_str().unwrap();
    place.run(["client", "rotate", again]).exits(1);
    let labels: Vec<_> = list(&place, "client")
        .iter()
        .map(|one| one["label"].clone())
        .collect();
    assert_eq!(labels, ["Entra"; 3]);
}

#[test]
fn a_secret_is_revoked_alone_and_a_client_with_all_of_its_secrets() {
    let place = place();
    let first = create(&place, &[]);
    let client = first["client_id"].as_str().unwrap();
    let rotate = |id: &str| {
        place
            .run(["client", "rotate", id, "--json"])
            .exits(0)
            .json()
    };
    let second = rotate(client);
    let third = rotate(client);
    // Of a later secret, the id means that one.
    let id = second["id"].as_str().unwrap();
    let revoked = place
        .run(["client", "revoke", id, "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&revoked["revoked"], &revoked["client_id"]),
        (&json!([id]), &first["id"])
    );
    assert_eq!(revoked["left"], json!([first["id"], third["id"]]));
    let again = place
        .run(["client", "revoke", id, "--json"])
        .exits(0)
        .json();
    assert_eq!(
        again["revoked_at"], revoked["revoked_at"],
        "the moment stays"
    );

    let refused = place
        .run(["client", "revoke", client, "--json"])
        .exits(2)
        .json();
    assert_eq!(refused["would"], json!({ "tokens": 2 }));
    let only = ["client", "revoke", client, "--secret-only", "--json"];
    let dry = place.run(only.iter().chain(&["--dry-run"])).exits(0).json();
    assert_eq!(dry["would"], json!({}), "another one is left");
    assert_eq!(list(&place, "client")[0]["state"], "live");
    let only = place.run(only).exits(0).json();
    assert_eq!(
        (&only["revoked"], &only["left"]),
        (&json!([client]), &json!([third["id"]]))
    );
    let all = place
        .run(["client", "revoke", client, "--yes", "--json"])
        .exits(0)
        .json();
    assert_eq!(all["revoked"], json!([first["id"], third["id"]]));
    assert_eq!(all["left"], json!([]));
    let states: Vec<_> = list(&place, "client")
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(states, ["revoked"; 3]);
}

#[test]
fn tokens_and_clients_have_commands_of_their_own() {
    let place = place();
    let client = create(&place, &[]);
    let token = place
        .run(["token", "create", "acme", "--json"])
        .exits(0)
        .json();
    let (client, token) = (
        client["id"].as_str().unwrap(),
        token["id"].as_str().unwrap(),
    );
    for (command, own) in [("client", client), ("token", token)] {
        let listed = list(&place, command);
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(listed[0]["id"], own);
    }
    for (words, hint) in [
        (["token", "revoke", client], "entrada token list"),
        (["token", "rotate", client], "entrada token list"),
        (["client", "revoke", token], "entrada client list"),
        (["client", "rotate", token], "entrada client list"),
        (
            ["client", "rotate", "0000000000000000"],
            "entrada client list",
        ),
    ] {
        let ran = place.run(words).exits(2);
        assert!(ran.stderr.contains(hint), "{ran:?}");
    }
    place
        .run(["token", "extend", client, "--expires-in", "365d"])
        .exits(2);
}

#[test]
fn check_names_the_commands_for_secrets_that_end() {
    let place = place();
    let made = create(&place, &["--expires-in", "29d"]);
    let findings = place.run(["check", "--json", "--offline"]).json();
    let findings = findings["findings"].as_array().unwrap().clone();
    let code = "client-secret-expires-soon";
    let finding = findings
        .iter()
        .find(|finding| finding["code"] == code)
        .unwrap();
    assert_eq!(
        (&finding["subject"], &finding["days"]),
        (&json!("acme"), &json!(30))
    );
    let rotate = format!("entrada client rotate {}", made["id"].as_str().unwrap());
    assert!(
        finding["message"].as_str().unwrap().contains(&rotate),
        "{finding}"
    );
}

/// Asks a running server for a token, and with it for users.
fn ask(listening: &str, client: &Value) -> (u16, u16) {
    let http = reqwest::Client::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client["client_id"].as_str().unwrap()),
            ("client_secret", client["client_secret"].as_str().unwrap()),
        ];
        let request = http.post(format!("{listening}/entrada/oauth/acme/token"));
        let granted = request.form(&form).send().await.unwrap();
        let status = granted.status().as_u16();
        let granted: Value = serde_json::from_slice(&granted.bytes().await.unwrap()).unwrap();
        let token = granted["access_token"].as_str().unwrap_or_default();
        let users = http
            .get(format!("{listening}/scim/acme/v2/Groups"))
            .bearer_auth(token);
        (status, users.send().await.unwrap().status().as_u16())
    })
}

#[test]
fn a_running_server_knows_at_once_what_became_of_a_client_and_logs_no_secret() {
    let place = place();
    let mut entrada = place.entrada();
    entrada.env("ENTRADA_LOG", "trace");
    let server = Server::start_command(entrada, &["serve", "--listen", "127.0.0.1:0"]);
    let listening = server.started["listening"].as_str().unwrap().to_owned();
    let made = create(&place, &[]);
    assert_eq!(ask(&listening, &made), (200, 200));
    let wrong =
        json!({ "client_id": made["client_id"], "client_secret": "entrada-secret_hush-hush" });
    assert_eq!(ask(&listening, &wrong), (401, 401));
    let id = made["id"].as_str().unwrap();
    let next = place
        .run(["client", "rotate", id, "--json"])
        .exits(0)
        .json();
    assert_eq!(ask(&listening, &made), (200, 200));
    assert_eq!(ask(&listening, &next), (200, 200));
    place.run(["client", "revoke", id, "--yes"]).exits(0);
    assert_eq!(ask(&listening, &made), (401, 401));
    assert_eq!(ask(&listening, &next), (401, 401));
    let query = format!("{listening}/entrada/oauth/acme/token?client_secret=in-the-query");
    crate::serving::get(&query);
    let (_, log) = server.stop();
    assert!(log.contains("event=oauth-client-refused"), "{log}");
    for secret in [&made["client_secret"], &next["client_secret"]] {
        let secret = secret.as_str().unwrap();
        assert!(!log.contains(&secret[40..]), "{log}");
    }
    for word in ["hush-hush", "in-the-query", "entrada-access_"] {
        assert!(!log.contains(word), "{word}: {log}");
    }
}
