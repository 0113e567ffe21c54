//! The commands of `docs/backup.md`, run in their order on one store, with a look at what each is for.

use std::fs;
use std::path::Path;

use rusqlite::Connection as Database;

use crate::child;
use crate::cli_store::connections;
use crate::cli_store::info;
use crate::cli_store::number;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::serving::Server;

#[test]
fn every_command_of_the_page_does_what_the_page_says() {
    let place = Workspace::new();
    place.add("acme");
    let mut steps = blocks("docs/backup.md").into_iter();
    let mut step = |heading: &str| {
        let (found, block) = steps.next().expect("the page has this step");
        assert_eq!(found, heading, "{block}");
        sh(&place, &block)
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

/// The blocks of a page for the shell, each with the heading above it.
fn blocks(page: &str) -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = fs::read_to_string(page).unwrap();
    let (mut heading, mut blocks, mut open) = (String::new(), Vec::new(), false);
    for line in page.lines() {
        match line {
            "```sh" => {
                blocks.push((heading.clone(), String::new()));
                open = true;
            }
            "```" => open = false,
            line if open => {
                *blocks.last_mut().map(|(_, block)| block).unwrap() += &format!("{line}\n")
            }
            line if line.starts_with('#') => {
                heading = line.trim_start_matches('#').trim().to_owned()
            }
            _ => {}
        }
    }
    blocks
}

fn sh(place: &Workspace, block: &str) -> Ran {
    let folder = Path::new(env!("CARGO_BIN_EXE_entrada")).parent().unwrap();
    let mut shell = child::command("sh");
    shell
        .args(["-euc", block])
        .current_dir(place.path(""))
        .env_clear();
    shell.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    Ran::from(shell.output().unwrap()).exits(0)
}
