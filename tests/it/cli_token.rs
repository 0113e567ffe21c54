//! `entrada token`, and what `entrada check` says of tokens.

use entrada::provisioning::Presented;
use entrada::provisioning::PresentedKind;
use entrada::provisioning::ScimCredential;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::cli_session::sign_on;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::serving::Server;

fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place
}

fn create(place: &Workspace, arguments: &[&str]) -> Value {
    let words = ["token", "create", "acme", "--json"];
    place.run(words.iter().chain(arguments)).exits(0).json()
}

/// The credential as the store has it.
fn stored(place: &Workspace, id: &Value) -> ScimCredential {
    let id = id.as_str().unwrap().parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = entrada::store::open(&place.database()).await.unwrap();
        store.credential(&id).await.unwrap().unwrap()
    })
}

fn days_from_now(at: &Value) -> i64 {
    let at: Timestamp = at.as_str().unwrap().parse().unwrap();
    let minute = SignedDuration::from_mins(1);
    (at.duration_since(Timestamp::now()) + minute).as_hours() / 24
}

fn codes(place: &Workspace) -> Vec<(String, i64)> {
    let json = place.run(["check", "--json", "--offline"]).json();
    let findings = json["findings"].as_array().unwrap().iter();
    let of_tokens = findings.filter_map(|finding| {
        let code = finding["code"].as_str().unwrap();
        assert_eq!(finding["subject"], "acme");
        let days = finding["days"].as_i64();
        code.starts_with("token-")
            .then(|| (code.to_owned(), days.unwrap()))
    });
    of_tokens.collect()
}

#[test]
fn a_token_opens_its_connection_for_a_year() {
    let place = place();
    let made = create(&place, &[]);
    assert_eq!(days_from_now(&made["expires_at"]), 365);
    assert_eq!(made["tenant_url"], "http://localhost:8080/scim/acme/v2");
    let presented = Presented::bearer(made["token"].as_str().unwrap()).unwrap();
    let credential = stored(&place, &made["id"]);
    let (acme, globex) = ("acme".parse().unwrap(), "globex".parse().unwrap());
    let now = Timestamp::now();
    assert!(credential.check(&presented, &acme, now).is_ok());
    assert!(credential.check(&presented, &globex, now).is_err());
}

#[test]
fn a_password_is_named_by_its_id() {
    let place = place();
    let made = create(&place, &["--basic", "--expires-in", "90d"]);
    assert_eq!(made["username"], made["id"]);
    assert_eq!(made["token"], Value::Null);
    assert_eq!(days_from_now(&made["expires_at"]), 90);
    let password = made["password"].as_str().unwrap();
    let presented = Presented::basic(made["id"].as_str().unwrap(), password).unwrap();
    assert_eq!(presented.kind, PresentedKind::Basic);
    let credential = stored(&place, &made["id"]);
    let acme = "acme".parse().unwrap();
    assert!(
        credential
            .check(&presented, &acme, Timestamp::now())
            .is_ok()
    );
}

#[test]
fn what_to_paste_into_entra_stands_beside_the_secret_and_nothing_shows_it_again() {
    let place = place();
    let address = ["--base-url", "https://app.example.com"];
    let words = ["token", "create", "acme", "--label", "Entra"];
    let ran = place.run(words.iter().chain(&address)).exits(0);
    assert!(
        ran.stdout
            .contains("Tenant URL    https://app.example.com/scim/acme/v2")
    );
    let secret = ran
        .stdout
        .split_whitespace()
        .find(|word| word.starts_with("entrada-scim_"));
    let secret = secret.unwrap();
    for arguments in [&["token", "list"][..], &["token", "list", "--json"]] {
        let listed = place.run(arguments).exits(0);
        assert!(listed.stdout.contains("Entra"), "{listed:?}");
        assert!(!listed.stdout.contains(&secret[30..]), "{listed:?}");
    }
    let database = std::fs::read(place.path("entrada.db")).unwrap();
    let wal = std::fs::read(place.path("entrada.db-wal")).unwrap_or_default();
    for bytes in [database, wal] {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&secret[30..]), "the store holds the secret");
    }
}

#[test]
fn a_lifetime_is_a_time_and_at_most_ten_years() {
    let place = place();
    create(&place, &["--expires-in", "3650d"]);
    for (time, expected) in [
        ("3651d", "at most 3650 days"),
        ("0d", "at most 3650 days"),
        ("forever", "expected a number with s, m, h, d or w"),
    ] {
        let ran = place
            .run(["token", "create", "acme", "--expires-in", time])
            .exits(2);
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
    let ran = place.run(["token", "create", "globex"]).exits(2);
    assert!(
        ran.stderr.contains("there is no connection globex"),
        "{ran:?}"
    );
}

#[test]
fn a_rotation_overlaps_and_shows_the_successor() {
    let place = place();
    let old = create(&place, &["--label", "Entra"]);
    let id = old["id"].as_str().unwrap();
    let next = place.run(["token", "rotate", id, "--json"]).exits(0).json();
    assert_ne!(next["id"], old["id"]);
    assert!(next["token"].is_string());
    assert_eq!(next["rotated"]["id"], old["id"]);
    assert_eq!(days_from_now(&next["rotated"]["expires_at"]), 1);
    assert_eq!(days_from_now(&next["expires_at"]), 365);
    assert_eq!(stored(&place, &next["id"]).label.as_deref(), Some("Entra"));
    let at_once = next["id"].as_str().unwrap();
    let rotate = ["token", "rotate", at_once, "--overlap", "0s", "--json"];
    let _ = place.run(["token", "revoke", id, "--yes"]).exits(0);
    let refused = place.run(rotate).exits(2).json();
    assert_eq!(refused["would"], serde_json::json!({ "tokens": 1 }));
    place.run(rotate.iter().chain(&["--yes"])).exits(0);
    let ran = place.run(["token", "rotate", at_once, "--json"]).exits(1);
    assert_eq!(ran.json()["error"], "refused");
    assert!(ran.stderr.contains("it expired at"), "{ran:?}");
}

#[test]
fn a_token_is_extended_until_it_is_revoked() {
    let place = place();
    let made = create(&place, &[]);
    let id = made["id"].as_str().unwrap();
    let extend = ["token", "extend", id, "--expires-in", "7d", "--json"];
    let extended = place.run(extend).exits(0).json();
    assert_eq!(extended["id"], made["id"]);
    assert_eq!(days_from_now(&extended["expires_at"]), 7);
    let revoke = ["token", "revoke", id, "--yes", "--json"];
    let revoked = place.run(revoke).exits(0).json();
    let again = place.run(["token", "revoke", id, "--json"]).exits(0).json();
    assert_eq!(revoked, again, "the moment stays");
    assert!(revoked["revoked_at"].is_string());
    place.run(extend).exits(1);
    let listed = place.run(["token", "list", "--json"]).exits(0).json();
    assert_eq!(listed["tokens"][0]["state"], "revoked");
    for command in ["rotate", "revoke"] {
        let ran = place.run(["token", command, "0000000000000000"]).exits(2);
        assert!(ran.stderr.contains("there is no token"), "{ran:?}");
    }
    place.run(["token", "revoke", "x"]).exits(2);
}

#[test]
fn check_reports_tokens_that_end_by_the_level_they_have_reached() {
    let place = place();
    let made = create(&place, &[]);
    let id = made["id"].as_str().unwrap();
    assert!(codes(&place).is_empty());
    for (time, level) in [("60d", 60), ("29d", 30), ("7d", 7), ("1h", 1)] {
        place
            .run(["token", "extend", id, "--expires-in", time])
            .exits(0);
        assert_eq!(codes(&place), [("token-expires-soon".to_owned(), level)]);
    }
    place
        .run(["token", "extend", id, "--expires-in", "1s"])
        .exits(0);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(codes(&place), [("token-expired".to_owned(), 0)]);
    place.run(["token", "revoke", id]).exits(0);
    assert!(codes(&place).is_empty());
}

/// The status with which a running server answers whoever shows these credentials, and what it lists.
fn ask(address: &str, filter: &str, credentials: &Value) -> (u16, Value) {
    let client = reqwest::Client::new();
    let mut address = url::Url::parse(address).unwrap();
    address.query_pairs_mut().append_pair("filter", filter);
    let request = client.get(address);
    let request = match (&credentials["token"], &credentials["username"]) {
        (Value::String(token), _) => request.bearer_auth(token),
        (_, Value::String(name)) => request.basic_auth(name, credentials["password"].as_str()),
        _ => request,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    })
}

#[test]
fn a_running_server_knows_at_once_what_became_of_a_token() {
    let place = place();
    place.add("globex");
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    let listening = server.started["listening"].as_str().unwrap();
    let users = |connection: &str| format!("{listening}/scim/{connection}/v2/Users");
    let filter = "userName eq \"ada@example.com\"";
    let status = |credentials: &Value| ask(&users("acme"), filter, credentials).0;

    let (bearer, basic) = (create(&place, &[]), create(&place, &["--basic"]));
    assert_eq!((status(&bearer), status(&basic)), (200, 200));
    assert_eq!(status(&Value::Null), 401);
    assert_eq!(ask(&users("globex"), filter, &bearer).0, 401);
    let id = bearer["id"].as_str().unwrap();
    let next = place.run(["token", "rotate", id, "--json"]).exits(0).json();
    assert_eq!((status(&bearer), status(&next)), (200, 200));
    place.run(["token", "revoke", id, "--yes"]).exits(0);
    assert_eq!((status(&bearer), status(&next)), (401, 200));

    // The work of those who provision is in the log within a second or two, and they may read what was imported.
    let verdict = || {
        let words = [
            "log",
            "--connection",
            "acme",
            "--subject",
            "ada@example.com",
            "--json",
        ];
        place.run(words).exits(0).json()["answers"][0]["verdict"].clone()
    };
    let looked_up = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        verdict() == "looked-up"
    });
    assert!(looked_up, "{}", verdict());
    let file = place.write("users.jsonl", "{\"userName\":\"ada@example.com\"}");
    place.run(["user", "import", "acme", &file]).exits(0);
    let (_, list) = ask(&users("acme"), filter, &next);
    assert_eq!(list["Resources"][0]["userName"], "ada@example.com");
    server.stop();
}

#[test]
fn the_first_token_of_a_fresh_connection_closes_it_at_once() {
    let place = place();
    let create = ["token", "create", "acme"];
    let shown = place.run(create.iter().chain(&["--dry-run"])).exits(0);
    assert!(shown.stdout.contains("takes away nothing"), "{shown:?}");
    let first = place.run(create).exits(0);
    assert!(
        first
            .stderr
            .contains("only people who are provisioned come in"),
        "{first:?}"
    );
    let second = place.run(create).exits(0);
    assert!(!second.stderr.contains("first token"), "{second:?}");
}

fn policy(place: &Workspace) -> Value {
    let shown = ["connection", "show", "acme", "--json"];
    let shown = place.run(shown).exits(0).json();
    shown["connection"]["sign_on"].clone()
}

#[test]
fn the_first_token_lets_those_in_who_came_before_and_says_how_to_close_the_door() {
    let place = place();
    sign_on(&place, "0000000000000001", "acme", "alice");
    let create = ["token", "create", "acme", "--json"];
    let refused = place.run(create).exits(2).json();
    assert_eq!(refused["would"], json!({ "sessions": 1 }));
    assert_eq!(policy(&place), "provisioned-only");
    let made = place.run(create.iter().chain(&["--yes"])).exits(0);
    let close = "entrada connection update acme --sign-on provisioned-only";
    assert!(made.stderr.contains(close), "{made:?}");
    assert!(made.stderr.contains("1 session ended"), "{made:?}");
    let made = made.json();
    assert_eq!(made["sign_on"], "just-in-time-until-provisioned");
    assert_eq!(
        (&made["switched"], &made["sessions_ended"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(policy(&place), "just-in-time-until-provisioned");
    place
        .run(close.split(' ').skip(1).chain(["--yes"]))
        .exits(0);
    // The door was closed on purpose.
    let second = place.run(create).exits(0);
    assert_eq!(second.json()["switched"], Value::Null);
    assert_eq!(policy(&place), "provisioned-only");
}

#[test]
fn a_file_that_names_no_policy_leaves_the_open_door_open() {
    let place = place();
    sign_on(&place, "0000000000000001", "acme", "alice");
    place.run(["token", "create", "acme", "--yes"]).exits(0);
    let apply = |policy: &str| {
        let metadata = recording("metadata.xml");
        let file = format!("[[connection]]\nid = 'acme'\nmetadata-file = '{metadata}'\n{policy}");
        let file = place.write("site.toml", file);
        place.run(["connection", "apply", &file]).exits(0);
    };
    apply("");
    assert_eq!(policy(&place), "just-in-time-until-provisioned");
    apply("sign-on = 'provisioned-only'");
    assert_eq!(policy(&place), "provisioned-only");
    // It is no memory of what was: a closed door stays closed.
    apply("");
    assert_eq!(policy(&place), "provisioned-only");
}
