//! `entrada user` and `entrada group`.

use entrada::directory::DirectoryError;
use entrada::directory::GroupId;
use entrada::directory::GroupRecord;
use entrada::directory::Origin;
use entrada::directory::Scope;
use entrada::directory::UserId;
use entrada::directory::UserRecord;
use entrada::directory::View;
use entrada::directory::transact;
use entrada::scim::Draft;
use entrada::scim::MemberRef;
use entrada::scim::MembershipChange;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::command_line::Workspace;

/// Puts users, and a group of all of them, into the directory of a connection.
fn provision(place: &Workspace, connection: &'static str, users: Vec<Value>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = entrada::store::open(&place.database()).await.unwrap();
        let acme: entrada::connection::ConnectionId = connection.parse().unwrap();
        let of_work = acme.clone();
        let scope = Scope::by_default(acme, Timestamp::now());
        let done = transact(&*store, &scope, move |directory| {
            Box::pin(async move {
                let schemas = Schemas::standard();
                let (acme, now) = (of_work, Timestamp::now());
                let view = View::new(Schemas::standard().into(), "");
                let mut members = Vec::new();
                for (index, body) in users.into_iter().enumerate() {
                    let of = schemas.resource_type(ResourceKind::User);
                    let draft = Draft::read(body, of).unwrap().created();
                    let salt = acme.as_str().as_bytes()[0];
                    let id = UserId::from_random([salt.wrapping_add(index as u8); 16]);
                    let resource = draft.resource;
                    let user =
                        UserRecord::new(&id, acme.clone(), Origin::Provisioned, resource, now);
                    directory.insert_user(&user).await?;
                    members.push(MemberRef {
                        id: id.to_string(),
                        kind: None,
                    });
                }
                let of = schemas.resource_type(ResourceKind::Group);
                let draft = Draft::read(json!({"displayName": "Everybody"}), of).unwrap();
                let id = GroupId::from_random([acme.as_str().as_bytes()[0] - 32; 16]);
                let group = GroupRecord::new(&id, acme, draft.resource, now);
                directory.insert_group(&group).await?;
                let change = MembershipChange::Add(members);
                directory.change_members(&id, &change, &view).await?;
                Ok::<_, DirectoryError>(())
            })
        });
        done.await.unwrap();
    });
}

/// Two connections with users: ada in both, bob in one.
fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place.add("globex");
    let ada = json!({"userName": "ada@example.com", "displayName": "Ada", "externalId": "7"});
    let bob = json!({"userName": "bob@example.com", "active": false});
    provision(&place, "acme", vec![ada.clone(), bob]);
    provision(&place, "globex", vec![ada]);
    place
}

fn names(json: &Value) -> Vec<String> {
    let users = json["users"].as_array().unwrap().iter();
    let name = |user: &Value| {
        let part = |name: &str| user[name].as_str().unwrap().to_owned();
        format!("{} {}", part("connection"), part("user_name"))
    };
    users.map(name).collect()
}

#[test]
fn users_are_listed_by_connection_and_filter() {
    let place = place();
    let list = |arguments: &[&str]| {
        let words = ["user", "list", "--json"];
        let json = place.run(words.iter().chain(arguments)).exits(0).json();
        let mut names = names(&json);
        names.sort();
        names
    };
    let (ada, bob) = ("acme ada@example.com", "acme bob@example.com");
    assert_eq!(list(&[]), [ada, bob, "globex ada@example.com"]);
    assert_eq!(list(&["--connection", "acme"]), [ada, bob]);
    assert_eq!(list(&["--filter", "active eq false"]), [bob]);
    assert_eq!(
        list(&[
            "--filter",
            "groups.display eq \"Everybody\" and externalId pr"
        ])
        .len(),
        2
    );
    assert!(list(&["--filter", "userName eq \"x\""]).is_empty());
    let ran = place.run(["user", "list"]).exits(0);
    assert!(
        ran.stdout.contains("acme    ada@example.com  active"),
        "{ran:?}"
    );
}

#[test]
fn a_walk_by_cursor_meets_everybody_once_over_all_connections() {
    let place = place();
    let mut met = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..10 {
        let mut words = vec!["user", "list", "--json", "--limit", "1"];
        if let Some(cursor) = &cursor {
            words.extend(["--cursor", cursor]);
        }
        let json = place.run(words).exits(0).json();
        met.extend(names(&json));
        cursor = json["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    met.sort();
    let expected = [
        "acme ada@example.com",
        "acme bob@example.com",
        "globex ada@example.com",
    ];
    assert_eq!(met, expected);
    let ran = place.run(["user", "list", "--limit", "1"]).exits(0);
    assert!(ran.stderr.contains("--cursor acme:"), "{ran:?}");
}

#[test]
fn what_a_list_cannot_use_is_named() {
    let place = place();
    let with = |flag, value| place.run(["user", "list", flag, value]).exits(2);
    assert!(
        with("--filter", "userName xx 1")
            .stderr
            .contains("--filter: filter, character 10")
    );
    assert!(with("--cursor", "nonsense").stderr.contains("--cursor: "));
    assert!(
        with("--cursor", "acme:nonsense")
            .stderr
            .contains("--cursor: ")
    );
    assert!(
        with("--connection", "initech")
            .stderr
            .contains("there is no connection initech")
    );
    assert!(with("--limit", "0").stderr.contains("1..=10000"));
}

#[test]
fn a_user_is_shown_as_clients_see_it_with_its_groups() {
    let place = place();
    let words = ["user", "show", "BOB@example.com", "--json", "--base-url"];
    let shown = place.run(words.iter().chain(&["https://app.example.com"]));
    let shown = shown.exits(0).json();
    assert_eq!(shown["connection"], "acme");
    assert_eq!(shown["origin"], "provisioned");
    let user = &shown["user"];
    assert_eq!(user["active"], false);
    assert_eq!(user["groups"][0]["display"], "Everybody");
    let id = user["id"].as_str().unwrap();
    let location = format!("https://app.example.com/scim/acme/v2/Users/{id}");
    assert_eq!(user["meta"]["location"], location);
    let by_id = place.run(["user", "show", id]).exits(0);
    assert!(
        by_id.stdout.contains("\"userName\": \"bob@example.com\""),
        "{by_id:?}"
    );
}

#[test]
fn a_name_that_several_have_is_not_guessed() {
    let place = place();
    for command in ["show", "deactivate", "delete"] {
        let ran = place.run(["user", command, "ada@example.com"]).exits(2);
        assert!(ran.stderr.contains("more than one user"), "{ran:?}");
        assert!(ran.stderr.contains("of acme") && ran.stderr.contains("of globex"));
    }
    let ran = place.run(["user", "show", "carl@example.com"]).exits(2);
    assert!(
        ran.stderr.contains("there is no user carl@example.com"),
        "{ran:?}"
    );
    let words = ["user", "show", "ada@example.com", "--connection", "globex"];
    place.run(words).exits(0);
}

#[test]
fn deactivating_is_a_patch_with_a_version_and_an_entry_in_the_log() {
    let place = place();
    let words = [
        "user",
        "deactivate",
        "ada@example.com",
        "--connection",
        "acme",
        "--json",
    ];
    let done = place.run(words).exits(0).json();
    assert_eq!(
        (&done["changed"], &done["version"]),
        (&json!(true), &json!(2))
    );
    let again = place.run(words).exits(0).json();
    assert_eq!(
        (&again["changed"], &again["version"]),
        (&json!(false), &json!(2))
    );
    let of = |connection: &str| {
        let words = [
            "user",
            "show",
            "ada@example.com",
            "--json",
            "--connection",
            connection,
        ];
        place.run(words).exits(0).json()["user"]["active"].clone()
    };
    assert_eq!((of("acme"), of("globex")), (json!(false), json!(true)));
    let log = place.run(["log", "--json"]).exits(0).json();
    let entry = &log["entries"][0];
    assert_eq!(entry["credential"], "cli");
    assert_eq!(entry["operation"], "patch");
    assert_eq!(entry["changed"], json!(["active"]));
    assert_eq!(entry["subject"], "ada@example.com");
}

#[test]
fn groups_are_listed_and_shown_with_as_many_members_as_asked_for() {
    let place = place();
    let listed = place.run(["group", "list", "--json"]).exits(0).json();
    assert_eq!(listed["groups"].as_array().unwrap().len(), 2);
    let show = |members: &str| {
        let words = [
            "group",
            "show",
            "everybody",
            "--connection",
            "acme",
            "--json",
        ];
        let members = ["--members", members];
        place.run(words.iter().chain(&members)).exits(0).json()
    };
    let whole = show("100");
    assert_eq!(whole["group"]["members"].as_array().unwrap().len(), 2);
    assert_eq!(whole["more_members"], false);
    let part = show("1");
    assert_eq!(part["group"]["members"].as_array().unwrap().len(), 1);
    assert_eq!(part["more_members"], true);
    let ran = place.run(["group", "show", "Everybody"]).exits(2);
    assert!(ran.stderr.contains("more than one group"), "{ran:?}");
    let ran = place.run(["group", "show", "Nobody"]).exits(2);
    assert!(ran.stderr.contains("there is no group Nobody"), "{ran:?}");
}

#[test]
fn users_are_listed_by_their_origin() {
    let place = place();
    let count = |origin: &str| {
        let words = ["user", "list", "--origin", origin, "--json"];
        let json = place.run(words).exits(0).json();
        json["users"].as_array().unwrap().len()
    };
    assert_eq!((count("provisioned"), count("just-in-time")), (3, 0));
    place.run(["user", "list", "--origin", "x"]).exits(2);
}

#[test]
fn deleting_takes_one_user_and_leaves_an_entry_in_the_log_and_an_event() {
    let place = place();
    let words = ["user", "delete", "ada@example.com", "--connection", "acme"];
    let agreed = words.iter().chain(&["--json", "--yes"]);
    let done = place.run(agreed).exits(0).json();
    assert_eq!(done["deleted"], true);
    let ran = place.run(words).exits(2);
    assert!(
        ran.stderr.contains("there is no user ada@example.com"),
        "{ran:?}"
    );
    let show = ["user", "show", "ada@example.com", "--connection", "globex"];
    place.run(show).exits(0);
    let log = place.run(["log", "--json"]).exits(0).json();
    let entry = &log["entries"][0];
    assert_eq!(entry["credential"], "cli");
    assert_eq!(
        (&entry["operation"], &entry["status"]),
        (&json!("delete"), &json!(204))
    );
    assert_eq!(entry["subject"], "ada@example.com");
    let told = ["log", "--kind", "user-deleted", "--json"];
    let told = place.run(told).exits(0).json();
    assert_eq!(told["events"][0]["user"], done["id"]);
}

#[test]
fn the_log_about_a_group_has_its_events() {
    let place = place();
    let words = [
        "log",
        "--connection",
        "acme",
        "--subject",
        "Everybody",
        "--json",
    ];
    let log = place.run(words).exits(0).json();
    let kinds = log["events"].as_array().unwrap().iter();
    let kinds: Vec<&str> = kinds.map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["group-created", "member-added", "member-added"],
        "{log}"
    );
}
