//! The commands of `docs/backup.md`, run in their order on one store, with a look at what each is for.

use std::fs;

use rusqlite::Connection as Database;

use crate::cli_store::connections;
use crate::cli_store::info;
use crate::cli_store::number;
use crate::command_line::Workspace;
use crate::documentation::blocks;
use crate::documentation::sh;
use crate::serving::Server;

#[test]
fn every_command_of_the_page_does_what_the_page_says() {
    let place = Workspace::new();
    place.add("acme");
    let steps = blocks("docs/backup.md").into_iter();
    let mut steps = steps.filter(|block| block.language == "sh");
    let mut step = |heading: &str| {
        let block = steps.next().expect("the page has this step");
        assert_eq!(block.heading, heading, "{}", block.text);
        sh(&place, &block.text).exits(0)
    };
    let store = place.path("entrada.db");
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        step("Backup, restore, upgrade, downgrade")
            .stdout
            .contains(&store)
    );

    step("Backup");
    step("Backup");
    let backup = step("Backup").stdout;
    assert!(
        backup.contains("backup.db") && backup.contains("1 connection"),
        "{backup}"
    );
    assert_eq!(server.stop().0, Some(0));

    place.add("globex");
    assert!(step("Restore").stdout.contains("holds 2 connections"));
    step("Restore");
    assert_eq!(connections(&place), ["acme"]);
    place.add("globex");
    step("Restore");
    assert_eq!(connections(&place), ["acme"]);
    assert!(fs::exists(place.path("damaged/entrada.db")).unwrap());

    step("Upgrade");
    // The new binary brings the store up to date.
    let database = Database::open(&store).unwrap();
    let later = "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, checksum, 1
        FROM _sqlx_migrations WHERE version = 1";
    database.execute_batch(later).unwrap();
    drop(database);
    assert!(
        step("Upgrade")
            .stdout
            .contains("a newer version of Entrada")
    );

    let schema = "SELECT max(version) FROM _sqlx_migrations";
    step("Downgrade");
    assert_eq!(connections(&place), ["acme"]);
    assert_ne!(number(&store, schema), 9999);
    let id = info(&place)["store_id"].clone();
    step("Downgrade");
    assert_ne!(info(&place)["store_id"], id);
    assert_eq!(connections(&place), ["acme"]);
    assert!(steps.next().is_none());
}

/// The line for cron, as cron reads it, in folders of the test.
#[test]
fn the_line_for_cron_makes_a_backup() {
    let place = Workspace::new();
    place.add("acme");
    let mut blocks = blocks("docs/backup.md").into_iter();
    let line = blocks.find(|block| block.language == "text").unwrap().text;
    let (_, command) = line.split_once("  entrada  ").unwrap();
    fs::create_dir(place.path("backups")).unwrap();
    let command = command
        .replace("\\%", "%")
        .replace("/var/lib/entrada", &place.path(""))
        .replace("/var/backups", &place.path("backups"));
    sh(&place, &command).exits(0);
    assert_eq!(fs::read_dir(place.path("backups")).unwrap().count(), 1);
}
