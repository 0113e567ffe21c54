//! Repairs that commands make on the way: a copy of metadata that is missing, and a connection that cannot be read.

use entrada::configuration::replace_connection;
use entrada::connection::Connection;
use entrada::store;
use jiff::Timestamp;

use crate::cli_metadata::certificate;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;
use crate::metadata_publisher::Publisher;

/// The settings are those that the store has; its copy is missing, as after a change by a program that fetched none.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_to_the_same_address_keeps_the_copy_that_it_fetched() {
    let publisher = Publisher::start(sound(&[&certificate(900)]).into()).await;
    let place = Workspace::new();
    let url = publisher.url();
    let acme = Connection::builder("acme")
        .metadata_url(&*url)
        .build()
        .unwrap();
    let store = store::open(&place.database()).await.unwrap();
    let put = replace_connection(&*store, None, &acme, None, Timestamp::now());
    assert!(put.await.unwrap());
    let update = ["connection", "update", "acme", "--yes", "--json"];
    let update = update.iter().copied().chain(["--metadata-url", &url]);
    let ran = place.run(update).exits(0).json();
    assert_eq!(ran["updated"], false);
    let copy = store.metadata_copy("acme").await.unwrap();
    assert_eq!(copy.map(|copy| copy.url), Some(url));
}

#[test]
fn a_connection_that_cannot_be_read_is_replaced_by_a_sound_one() {
    let place = Workspace::new();
    place.add("acme").exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let broken = "UPDATE connections SET document = '{}'";
    assert_eq!(database.execute(broken, []).unwrap(), 1);
    drop(database);
    place.run(["connection", "show", "acme"]).exits(4);
    let pin = certificate(901).fingerprint().to_string();
    let add = |flags: &[&str]| {
        let add = ["connection", "add", "acme", "--fingerprint", &pin];
        let add = add.iter().copied().chain(["--idp-entity-id", "urn:idp"]);
        let add = add.chain(["--sso-url", "https://idp.example/sso", "--json"]);
        place.run(add.chain(flags.iter().copied()))
    };
    add(&[]).exits(4);
    assert_eq!(add(&["--replace"]).exits(0).json()["replaced"], true);
    place.run(["connection", "show", "acme"]).exits(0);
}

/// Another version may have written it. Its keys open what was encrypted for it, and nobody has them but this row.
#[test]
fn a_connection_that_cannot_be_read_keeps_its_private_keys() {
    let place = Workspace::new();
    place.add("acme").exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let later =
        "UPDATE connections SET document = json_set(document, '$.sign_on', 'by-a-later-rule',
        '$.sp_keys', json('{\"active\": \"-----BEGIN PRIVATE KEY-----\"}'))";
    assert_eq!(database.execute(later, []).unwrap(), 1);
    let document = || {
        let row = database.query_row("SELECT document FROM connections", [], |row| row.get(0));
        row.unwrap()
    };
    let before: String = document();
    let pin = certificate(902).fingerprint().to_string();
    let add = [
        "connection",
        "add",
        "acme",
        "--replace",
        "--fingerprint",
        &pin,
    ];
    let add = add.iter().copied().chain(["--idp-entity-id", "urn:idp"]);
    let refused = place.run(add.chain(["--sso-url", "https://idp.example/sso"]));
    let refused = refused.exits(4);
    assert!(refused.stderr.contains("private keys of ours"));
    assert_eq!(document(), before);
}
