//! Deeds that change a site, each in ten lines at most, and the same deeds by the command line on a site of its own.

use std::fs::File;
use std::path::Path;

use entrada::admin::Admin;
use entrada::admin::Done;
use entrada::admin::Unreadable;
use entrada::admin::connections;
use entrada::admin::connections::Added;
use entrada::admin::connections::Edit;
use entrada::admin::connections::Files;
use entrada::admin::connections::Preview;
use entrada::admin::connections::ReadConnection;
use entrada::admin::connections::WrittenConnection;
use entrada::admin::credentials;
use entrada::admin::credentials::NewCredential;
use entrada::admin::keys;
use entrada::admin::people;
use entrada::admin::sessions;
use entrada::admin::sessions::WhoseSessions;
use entrada::admin::transfer::Format;
use entrada::admin::transfer::Import;
use entrada::admin::transfer::ImportOptions;
use entrada::admin::transfer::MatchBy;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::session::open_session;
use entrada::token::Token;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::BASE_URL;
use super::admin;
use crate::cli_session::session;
use crate::command_line::Workspace;
use crate::command_line::recording;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The answer of the second user to the words of a command that changes something.
async fn done(admin: &Admin, words: &[&str]) -> Done<Value> {
    let base_url = BASE_URL.parse().unwrap();
    Ok(match words {
        ["connection", "add", id, "--metadata-file", file, ..] => {
            let read = read(json!({ "id": id, "metadata-file": file }));
            let added = connections::add(admin, &read).await?;
            json!(Added::of(admin, &added, &base_url).await?)
        }
        ["connection", "update", id, "--seats", seats, ..] => {
            let seats: u32 = seats.parse().unwrap();
            let given = written(json!({ "id": id, "seats": seats })).given;
            let edit = connections::update(None, &[], |builder| given.apply(builder));
            json!(changed(admin, id, &edit).await?)
        }
        ["connection", "update", id, "--metadata-file", file, ..] => {
            let given = written(json!({ "id": id, "metadata-file": file })).given;
            let read = given.sources(&files());
            let edit = connections::update(read.sources.first(), &read.met, |builder| builder);
            json!(changed(admin, id, &edit).await?)
        }
        ["connection", "apply", file] => {
            let table: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
            let all = json!(table)["connection"].as_array().unwrap().clone();
            let all: Vec<ReadConnection> = all.into_iter().map(read).collect();
            json!(connections::apply(admin, &all).await?)
        }
        ["connection", "refresh", id] => {
            json!(connections::refresh(admin, &id.parse().unwrap()).await?)
        }
        ["connection", "remove", id] => {
            let mut removed = json!(connections::remove(admin, &id.parse().unwrap()).await?);
            removed["removed"] = json!(id);
            removed
        }
        ["key", deed, id, rest @ ..] => {
            let connection = id.parse().unwrap();
            let key = rest.first().map(|key| key.parse().unwrap());
            let keys = match (*deed, &key) {
                ("activate", Some(key)) => keys::activate(admin, &connection, key).await?,
                ("retire", Some(key)) => keys::retire(admin, &connection, key).await?,
                _ => keys::make(admin, &connection).await?,
            };
            json!({ "connection": id, "keys": keys })
        }
        ["token", "create", id, ..] => {
            let new = NewCredential {
                kind: SecretKind::Bearer,
                lifetime: HOUR,
                label: None,
            };
            let made = credentials::create(admin, &id.parse().unwrap(), new).await?;
            secret(&made.credential, &made.secret)
        }
        ["token", "rotate", id] => {
            let made = credentials::rotate(admin, &id.parse().unwrap(), HOUR).await?;
            let mut json = secret(&made.credential, &made.secret);
            json["rotated"] = json!({ "id": made.old, "expires_at": made.old_expires });
            json
        }
        ["token", "revoke", id] => {
            let revoked = credentials::revoke(admin, &id.parse().unwrap()).await?;
            json!({ "id": id, "revoked_at": revoked })
        }
        ["user", "import", id, file] => {
            let how = ImportOptions {
                format: Format::Csv,
                by: MatchBy::UserName,
                dry_run: false,
            };
            let input = Box::new(File::open(file).unwrap());
            let mut import = Import::begin(admin, &id.parse().unwrap(), input, how).await?;
            let rows = import.next().await?.unwrap_or_default();
            json!(rows.iter().map(|row| row.json()).collect::<Vec<_>>())
        }
        ["user", "deactivate", name] => {
            let change = people::deactivate(admin, None, name).await?;
            let (record, connection) = (change.user.record(), &change.user.connection);
            json!({
                "active": false, "changed": !change.changed.is_empty(),
                "version": record.version.0, "id": record.id, "connection": connection,
                "user_name": record.resource.user_name(),
            })
        }
        ["session", "revoke", "--name-id", name, ..] => {
            let whose = WhoseSessions {
                name_id: Some((*name).to_owned()),
                ..WhoseSessions::default()
            };
            json!({ "revoked": sessions::revoke_all(admin, &whose).await?.revoked })
        }
        other => panic!("no function for {other:?}"),
    })
}

async fn changed(admin: &Admin, id: &str, edit: &Edit<'_>) -> Done<Preview> {
    let (id, base_url) = (id.parse().unwrap(), BASE_URL.parse().unwrap());
    let changed = connections::change_agreed(admin, &id, edit, &base_url, |question| {
        question.agreed_in_advance()
    });
    Ok(changed.await?.0)
}

fn written(settings: Value) -> WrittenConnection {
    serde_json::from_value(settings).unwrap()
}

fn read(settings: Value) -> ReadConnection {
    written(settings).read(&files())
}

fn files() -> Files<'static> {
    Files {
        folder: Path::new(""),
        read: |file| {
            std::fs::read(file).map_err(|error| Unreadable {
                file: file.display().to_string(),
                reason: error.to_string(),
            })
        },
        now: Timestamp::now(),
    }
}

fn secret(new: &ScimCredential, secret: &Token) -> Value {
    json!({
        "id": new.id,
        "expires_at": new.expires,
        "connection": new.connection,
        "tenant_url": format!("{BASE_URL}/scim/{}/v2", new.connection),
        "token": new.secret_text(secret),
    })
}

/// Somebody who works on a site.
enum Face<'a> {
    CommandLine(&'a Workspace),
    Second(&'a Admin),
}

impl Face<'_> {
    async fn does(&self, words: &str) -> Value {
        let words: Vec<&str> = words.split(' ').collect();
        match self {
            Face::CommandLine(place) => {
                let ran = place.run(words.iter().chain(&["--json"])).exits(0);
                match ran.json() {
                    // The totals are sums of the rows.
                    mut import if import["rows"].is_array() => import["rows"].take(),
                    json => json,
                }
            }
            Face::Second(admin) => done(admin, &words).await.unwrap(),
        }
    }
}

/// Works on a site, and returns what was said of it.
async fn deeds(place: &Workspace, admin: &Admin, face: Face<'_>) -> Vec<Value> {
    let metadata = recording("metadata.xml");
    let own = place.write("own.xml", std::fs::read(&metadata).unwrap());
    let users = place.write(
        "users.csv",
        "userName,externalId,active\nada@example.com,7,true\nbob@example.com,8,false\n",
    );
    let site = format!("[[connection]]\nid = \"acme\"\nmetadata-file = \"{metadata}\"\n");
    let site = place.write(
        "site.toml",
        [site.clone(), site.replace("acme", "globex")].concat(),
    );
    let mut said = Vec::new();
    for words in [
        &format!("connection add acme --metadata-file {metadata} --base-url {BASE_URL}")[..],
        "connection update acme --seats 5 --yes",
        "connection update acme --seats 5 --yes",
        &format!("connection update acme --metadata-file {own} --yes"),
        &format!("connection apply {site}"),
        &format!("connection apply {site}"),
        "connection refresh acme",
        "connection remove globex",
        &format!("user import acme {users}"),
        &format!("user import acme {users}"),
        "user deactivate ada@example.com",
        "user deactivate ada@example.com",
        "key new acme",
        "key new acme",
    ] {
        said.push(face.does(words).await);
    }
    let keys = said[13]["keys"].clone();
    for (deed, place, consent) in [("activate", 1, ""), ("retire", 0, " --yes")] {
        let key = keys[place]["id"].as_str().unwrap();
        let words = format!("key {deed} acme {key}{consent}");
        said.push(face.does(&words).await);
    }
    let made = face.does("token create acme --expires-in 1h").await;
    let token = made["id"].as_str().unwrap();
    for deed in ["rotate", "revoke"] {
        said.push(face.does(&format!("token {deed} {token}")).await);
    }
    said.push(made);
    // The directory decides who is signed in at acme by now.
    said.push(
        face.does(&format!("connection add globex --metadata-file {metadata}"))
            .await,
    );
    let alice = session("0000000000000001", "globex", "alice");
    open_session(admin.store(), &alice).await.unwrap();
    said.push(face.does("session revoke --name-id alice --yes").await);
    said
}

/// Takes out what is drawn or is of the moment, and the place of the site.
fn settled(json: &mut Value, place: &Workspace) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match name == "days_left" || DRAWN.contains(&name.as_str()) && value.is_string() {
                    true => *value = json!("drawn"),
                    false => settled(value, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settled(item, place)),
        Value::String(text) => *text = text.replace(&place.path(""), ""),
        _ => {}
    }
}

const DRAWN: [&str; 12] = [
    "kept_until",
    "id",
    "certificate",
    "sha256",
    "sha1",
    "serial",
    "not_before",
    "not_after",
    "expires_at",
    "revoked_at",
    "token",
    "old",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_second_user_of_admin_does_what_the_command_line_does() {
    let places = [Workspace::new(), Workspace::new()];
    let mut both = Vec::new();
    for (place, is_second) in places.iter().zip([false, true]) {
        let admin = admin(place).await;
        let face = match is_second {
            true => Face::Second(&admin),
            false => Face::CommandLine(place),
        };
        let mut said = deeds(place, &admin, face).await;
        said.iter_mut().for_each(|json| settled(json, place));
        both.push(said);
    }
    for (one, other) in both[0].iter().zip(&both[1]) {
        assert_eq!(one, other);
    }
    assert_eq!(
        both[0].last().unwrap()["revoked"],
        json!(["0000000000000001"])
    );
    assert_eq!(both[0].len(), both[1].len());
}
