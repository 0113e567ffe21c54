//! A second user of the functions of `admin`, as a console would be one: it answers in JSON with the data that the command line prints.

mod deeds;

use std::sync::Arc;
use std::time::Duration;

use entrada::admin::Admin;
use entrada::admin::Class;
use entrada::admin::Done;
use entrada::admin::check;
use entrada::admin::check::MetadataAddress;
use entrada::admin::credentials;
use entrada::admin::decode::DecodedMessage;
use entrada::admin::explain;
use entrada::admin::keys;
use entrada::admin::log;
use entrada::admin::log::LogQuestion;
use entrada::admin::people;
use entrada::admin::people::GroupListed;
use entrada::admin::people::ListQuery;
use entrada::admin::people::UserListed;
use entrada::admin::sessions;
use entrada::admin::sessions::WhoseSessions;
use entrada::admin::site_settings;
use entrada::admin::sp_metadata::sp_metadata;
use entrada::admin::verify::Answered;
use entrada::admin::verify::Question;
use entrada::admin::verify::Sides;
use entrada::directory::GroupRecord;
use entrada::directory::UserRecord;
use entrada::ports::Actor;
use entrada::saml::UnverifiedResponse;
use entrada::site::SystemClock;
use serde_json::Value;
use serde_json::json;

use crate::command_line::Workspace;
use crate::command_line::recording;

const BASE_URL: &str = "https://app.example.com";

const ALL: ListQuery = ListQuery {
    connection: None,
    filter: None,
    limit: 100,
    cursor: None,
};

/// The answer of the second user to the words of a command.
async fn answer(admin: &Admin, words: &[&str]) -> Done<Value> {
    let base_url = BASE_URL.parse().unwrap();
    Ok(match words {
        ["site", "show"] => {
            let address = site_settings::address(admin, None).await?;
            json!({ "base_url": address.kept })
        }
        ["user", "list"] => {
            let page = people::list::<UserRecord>(admin, &ALL, |_| true).await?;
            let users: Vec<_> = page.resources.into_iter().map(UserListed::from).collect();
            json!({ "users": users, "next_cursor": page.next.map(|next| next.to_string()) })
        }
        ["group", "list"] => {
            let page = people::list::<GroupRecord>(admin, &ALL, |_| true).await?;
            let groups: Vec<_> = page.resources.into_iter().map(GroupListed::from).collect();
            json!({ "groups": groups, "next_cursor": page.next.map(|next| next.to_string()) })
        }
        ["user", "show", name, ..] => json!(people::user(admin, None, name, &base_url).await?),
        ["user", "explain", connection, name] => {
            let id = connection.parse().unwrap();
            explain::person(admin, &id, name).await?.json()
        }
        ["session", "list"] => {
            let sessions = sessions::list(admin, &WhoseSessions::default()).await?;
            json!({ "sessions": sessions })
        }
        ["token", "list"] => json!({ "tokens": credentials::list(admin, None).await? }),
        ["log", "--subject", name] => {
            let page = log::latest(admin, &about(name)).await?;
            let (entries, events) = (page.part.entries, page.part.events);
            json!({ "entries": entries, "events": events, "answers": page.answers })
        }
        ["key", "list", id] => {
            json!({ "connection": id, "keys": keys::list(admin, &id.parse().unwrap()).await? })
        }
        ["metadata", "sp", id, ..] => {
            json!(sp_metadata(admin, &id.parse().unwrap(), &base_url).await?)
        }
        ["check", "--offline"] => {
            json!(check::site(admin, None, MetadataAddress::LeftAlone).await)
        }
        ["decode", file] => {
            let decoded = DecodedMessage::of(&std::fs::read(file).unwrap());
            let mut message = json!(decoded.unwrap());
            message["entry"] = json!(1);
            message["binding"] = json!(null);
            message["relay_state"] = json!(null);
            json!({ "verified": false, "messages": [message] })
        }
        ["verify", file, "--connection", id, "--at", at, ..] => {
            let (id, at) = (id.parse().unwrap(), at.parse().unwrap());
            let sides = Sides::of_connection(admin, &id, &base_url, at).await?;
            let question = Question {
                response: UnverifiedResponse::from_xml(std::fs::read(file).unwrap()),
                relay_state: None,
                answers: Answered::AsItSays,
                at,
                clock_skew: Duration::from_secs(180),
                notes: Vec::new(),
            };
            sides.judge(question).json()
        }
        other => panic!("no function for {other:?}"),
    })
}

fn about(name: &str) -> LogQuestion {
    LogQuestion {
        connection: None,
        subject: Some(name.to_owned()),
        since: None,
        outcome: None,
        kind: None,
        limit: 100,
    }
}

fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    let users = place.write(
        "users.csv",
        "userName,externalId,active\nada@example.com,7,true\nbob@example.com,8,false\n",
    );
    place.run(["user", "import", "acme", &users]).exits(0);
    let token = ["token", "create", "acme", "--base-url", BASE_URL];
    place.run(token).exits(0);
    place
}

async fn admin(place: &Workspace) -> Admin {
    let store = entrada::store::open(&place.database()).await.unwrap();
    Admin::new(store, Arc::new(SystemClock), Actor::CommandLine)
}

#[tokio::test]
async fn a_second_user_of_admin_says_what_the_command_line_says() {
    let place = place();
    let admin = admin(&place).await;
    place.run(["key", "new", "acme"]).exits(0);
    let response = recording("both-signed.xml");
    let verify = ["verify", &response, "--connection", "acme", "--at"];
    let verify = [
        &verify[..],
        &["2026-11-22T09:47:00Z", "--base-url", BASE_URL],
    ]
    .concat();
    for words in [
        &["site", "show"][..],
        &["key", "list", "acme"],
        &["metadata", "sp", "acme", "--base-url", BASE_URL],
        &["check", "--offline"],
        &verify,
        &["decode", &response],
        &["user", "list"],
        &["group", "list"],
        &["user", "show", "ada@example.com", "--base-url", BASE_URL],
        &["user", "explain", "acme", "bob@example.com"],
        &["session", "list"],
        &["token", "list"],
        &["log", "--subject", "ada@example.com"],
    ] {
        let printed = place.run(words.iter().chain(&["--json"])).json();
        assert_eq!(answer(&admin, words).await.unwrap(), printed, "{words:?}");
    }
}

#[tokio::test]
async fn an_error_says_who_can_do_something_about_it() {
    let place = place();
    let admin = admin(&place).await;
    for (words, class, code) in [
        (&["user", "show", "eve@example.com"][..], Class::Absent, 2),
        (&["user", "explain", "acme", "eve"], Class::Absent, 2),
        (&["user", "explain", "globex", "ada"], Class::Absent, 2),
    ] {
        let error = answer(&admin, words).await.unwrap_err();
        assert_eq!(error.class(), class, "{words:?}");
        place.run(words).exits(code);
    }
}
