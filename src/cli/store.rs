//! `entrada store`: the file of the store, copies of it, a copy in its place or in a database, and its tables.

mod copy;
mod migrate;
mod work;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use self::work::HELP;
use self::work::run;
use super::Globals;
use super::consent::Consent;
use super::consent::numbers;
use super::error::CliError;
use super::output::Report;
use super::output::counted;
use super::output::rows;
use crate::admin::store;
use crate::store::StoreFacts;
use crate::store::file_of;

/// Show the store, back it up, restore a backup, copy it into a database
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Store {
    /// Show the place of the store, its version, its sizes and what it holds
    #[command(after_help = HELP)]
    Info,
    Backup(Backup),
    Restore(Restore),
    Copy(copy::Copy),
    Migrate(migrate::Migrate),
}

/// Copy the store into one file while it is in use, and check the copy
///
/// The file is its owner's alone: it holds private keys, tokens and sessions. A copy of entrada.db made by other programs
/// lacks what stands in the log beside it.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Backup {
    /// A file that is not there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Put a backup into the place of the store
///
/// The server has to be stopped. The store of before is kept beside it. Everybody is signed out, and the store gets another id. What
/// happened since the backup is not in it: tokens that were revoked hold again, and people who were deactivated are active until
/// provisioning is restarted in Entra.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Restore {
    /// A file that `entrada store backup` made, with this version or an earlier one
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    consent: Consent,
}

impl Store {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        match self {
            Store::Info => info(&globals.database_as_it_is()?),
            Store::Backup(command) => command.run(&globals.database_as_it_is()?),
            Store::Restore(command) => command.run(&globals.database_as_it_is()?),
            Store::Copy(command) => command.run(globals),
            Store::Migrate(command) => command.run(&globals.database_as_it_is()?),
        }
    }
}

fn info(url: &str) -> Result<Report, CliError> {
    let facts = run(store::facts(url))?;
    let copies = store::copies(url);
    let shown = |path: &Path| path.display().to_string();
    let id = facts.store_id.as_deref().unwrap_or("none yet");
    let text = rows(
        0,
        [
            (
                "Store",
                match (&facts.file, &facts.database) {
                    (Some(file), _) => shown(file).into(),
                    (None, Some(database)) => format!("PostgreSQL, the database {database}").into(),
                    (None, None) => "in memory".into(),
                },
            ),
            ("Id", id.into()),
            ("Schema", facts.schema.to_string().into()),
            ("Size", size(&facts).into()),
            (
                "Base URL",
                facts.base_url.as_deref().unwrap_or("none yet").into(),
            ),
            ("Holds", held(&facts).into()),
        ]
        .into_iter()
        .chain(facts.kept.iter().map(|kept| {
            let (id, until) = (&kept.connection, kept.until.strftime("%F"));
            let (number, users) = (kept.number, kept.users);
            let can = if kept.until > Timestamp::now() {
                "until"
            } else {
                "not restorable since"
            };
            let held = format!("{id}, {users} users, {can} {until} (copy {number})");
            ("Removed connection", held.into())
        }))
        .chain(
            copies
                .iter()
                .map(|copy| ("Copy beside it", shown(copy).into())),
        ),
    );
    let mut json = json!(facts);
    json["copies"] = json!(copies);
    Ok(Report::new(text, &json))
}

impl Backup {
    fn run(self, url: &str) -> Result<Report, CliError> {
        let facts = run(store::backup(url, &self.file))?;
        let text = format!(
            "Backed up {} ({}) to {}, and checked the copy. It holds private keys, tokens and sessions.",
            held(&facts),
            size(&facts),
            self.file.display()
        );
        let mut json = json!(facts);
        json["checked"] = true.into();
        Ok(Report::new(text, &json))
    }
}

impl Restore {
    fn run(self, url: &str) -> Result<Report, CliError> {
        let coming = run(store::facts_of_backup(&self.file))?;
        let is_there = file_of(url).is_some_and(|file| fs::metadata(file).is_ok());
        // One of a newer version is replaced too, for a way back.
        let present = is_there.then(|| run(store::facts(url)));
        let there = match &present {
            None => "no store".to_owned(),
            Some(Ok(present)) => format!("{} (changed {})", held(present), changed(present)),
            Some(Err(error)) => format!("what cannot be read ({error})"),
        };
        // What cannot be counted is asked about.
        let is_unknown = matches!(present, Some(Err(_)));
        let present = present.and_then(Result::ok);
        let would = present.as_ref().map(store::effects).unwrap_or_default();
        let shown = format!(
            "The store {url} holds {there}.\n{} would take its place: {} (changed {}).\nstore restore takes away {}",
            self.file.display(),
            held(&coming),
            changed(&coming),
            match is_unknown {
                true => "contents that cannot be counted".to_owned(),
                false => numbers(&would),
            }
        );
        let json =
            |is_restored| json!({ "restored": is_restored, "present": present, "backup": coming });
        let asks = is_unknown || !would.is_nothing();
        if let Some(report) = self.consent.ask_beside(&shown, &would, asks, json(false))? {
            return Ok(report);
        }
        let restored = run(store::restore(url, &self.file, Timestamp::now()))?;
        let mut json = json(true);
        json["store"] = json!(restored.store);
        json["before"] = json!(restored.before);
        let before = restored.before.as_deref().map(|before| {
            let before = before.display();
            format!("The store of before is {before} (entrada store restore {before} goes back).")
        });
        let text = format!(
            "Restored {} from {}. {}\nThe store has the new id {}, and everybody signs on once more.",
            held(&restored.store),
            self.file.display(),
            before.unwrap_or_default(),
            restored.store.store_id.as_deref().unwrap_or_default(),
        );
        let note = format!(
            "note: what happened since the backup is not in it. Revoke again the tokens that were revoked since, restart provisioning in Entra for each connection, and have readers of events begin anew (the last event is {})",
            restored.store.last_event
        );
        Ok(Report::new(text, &json).note(note))
    }
}

fn held(facts: &StoreFacts) -> String {
    let people = if facts.users == 1 { "person" } else { "people" };
    format!(
        "{}, {} {people} and {}",
        counted(facts.connections, "connection"),
        facts.users,
        counted(facts.sessions, "session")
    )
}

fn size(facts: &StoreFacts) -> String {
    const MEGABYTE: f64 = 1e6;
    let megabytes = |bytes| format!("{:.1} MB", bytes as f64 / MEGABYTE);
    match facts.log_bytes {
        0 => megabytes(facts.bytes),
        log => format!(
            "{}, and {} in the log beside it",
            megabytes(facts.bytes),
            megabytes(log)
        ),
    }
}

/// The moment of the last change of the file.
fn changed(facts: &StoreFacts) -> String {
    let file = facts
        .file
        .as_deref()
        .and_then(|file| fs::metadata(file).ok());
    let at = file.and_then(|file| Timestamp::try_from(file.modified().ok()?).ok());
    at.map_or("at an unknown time".to_owned(), |at| {
        at.strftime("%F %T UTC").to_string()
    })
}
