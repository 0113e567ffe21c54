//! `entrada user import`.

use std::io;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use super::agreed::Agreed;
use super::format::Format;
use super::rows_file::lines;
use super::rows_file::open;
use crate::admin::AdminError;
use crate::admin::effects::Effects;
use crate::admin::transfer;
use crate::admin::transfer::ImportOptions;
use crate::admin::transfer::MatchBy;
use crate::admin::transfer::RowDone;
use crate::admin::transfer::RowOutcome;
use crate::cli::Globals;
use crate::cli::consent::Consent;
use crate::cli::consent::numbers;
use crate::cli::credential::Door;
use crate::cli::error::CliError;
use crate::cli::error::Exit;
use crate::cli::input;
use crate::cli::output;
use crate::cli::output::Report;
use crate::cli::output::counted;
use crate::cli::output::printable;
use crate::cli::progress::Progress;
use crate::cli::site::Site;
use crate::cli::stop::Stop;
use crate::connection::ConnectionId;

/// Create and update the users of a connection from a file
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Import {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The file to read, or - for stdin
    #[arg(value_name = "FILE")]
    file: String,
    /// The form, if the name of the file does not say it
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The attribute by which a row finds its user
    #[arg(long = "match", value_name = "ATTRIBUTE", default_value = "userName")]
    by: Match,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = "\
Examples:
  entrada user import acme users.csv --dry-run
  entrada user import acme users.jsonl --match externalId
  entrada user export acme - --format jsonl |
      entrada user import globex - --format jsonl

A row says what it names: what it does not name, and an empty cell, leave the
user as it is. Nobody is removed. The columns of a CSV are SCIM paths, such as
name.givenName or emails[type eq \"work\"].value; JSON lines hold SCIM Users.
Every row is reported: created, updated, unchanged or refused, with its number.
100 rows share a transaction, and are on disk when they are reported; a row
that is refused stops no other. A dry run forgets a batch before the next one,
so a user that comes twice may be said to be created twice.
Where rows deactivate people or end sessions, or the first users of a
connection end those of people who signed on before, you are asked by the
numbers, and a script says --yes: the file is read twice for that. Input that
cannot be, such as stdin, is looked at in parts of 100 rows: without --yes it
ends before the first part that takes anything away.
Ctrl-C ends it after the rows under way; the same command again goes on, since
rows that are in stay as they are.

Exit codes:
  0  all rows are in the directory
  1  some rows were refused, or you said no
  2  wrong usage, unreadable input, no such connection, or neither a terminal
     nor --yes
  4  the store does not answer
  130  stopped by Ctrl-C or SIGTERM: what was reported is in, and the same
     command goes on";

/// The attribute by which a row finds its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Match {
    /// The name by which people sign on
    #[value(name = "userName")]
    UserName,
    /// The identity provider's own name
    #[value(name = "externalId")]
    ExternalId,
}

impl Import {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let how = ImportOptions {
            format: Format::of(self.format, &self.file)?,
            by: match self.by {
                Match::UserName => MatchBy::UserName,
                Match::ExternalId => MatchBy::ExternalId,
            },
            dry_run: self.consent.dry_run,
        };
        let site = Site::open(globals)?;
        site.connection(&self.connection)?;
        let begin = |input| {
            let begun = transfer::Import::begin(site.admin(), &self.connection, input, how);
            site.wait(begun)
        };
        let command = format!("user import {}", self.connection);
        let asks = !self.consent.is_given() && !self.consent.dry_run;
        let stop = Stop::default();
        let (input, bytes) = open(&self.file, &stop)?;
        let begun = begin(input);
        let mut work = Work {
            site: &site,
            stop: &stop,
            file: &self.file,
            agreed: None,
            progress: Progress::through(bytes, globals.json),
            told: ImportSummary {
                json: globals.json,
                dry_run: self.consent.dry_run,
                ..ImportSummary::default()
            },
        };
        let mut import = begun.map_err(|error| work.failed(error))?;
        if asks {
            let beginning = import.beginning().effects();
            let would = match bytes {
                Some(_) => {
                    let rehearsal = begin(open(&self.file, &stop)?.0);
                    let rehearsal = rehearsal.map_err(|error| work.failed(error))?;
                    site.run(rehearsal.would())?
                }
                None => beginning,
            };
            let agreed = match self.file.as_str() {
                // The answer would be read as a row.
                "-" => Agreed::new(&command, Effects::default()),
                _ => Agreed::new(&command, would),
            };
            if self.file != "-"
                && let Some(report) = self.consent.ask(&command, &would)?
            {
                return Ok(report);
            }
            work.agreed.insert(agreed).takes(&beginning, 0)?;
        }
        if self.consent.dry_run {
            work.told.would = Some(import.beginning().effects());
        }
        stop.listen()?;
        let ended = work.told.begin().and_then(|()| work.all(&mut import));
        drop(work.progress);
        let first = format!("these are the first users of {}", self.connection);
        let door = import
            .begun()
            .and_then(|connection| Door::of(&first, connection, import.beginning()));
        work.told.end(ended, door)
    }
}

struct Work<'s> {
    site: &'s Site,
    stop: &'s Stop,
    file: &'s str,
    /// The limit of the import; none after `--yes`.
    agreed: Option<Agreed<'s>>,
    progress: Progress,
    told: ImportSummary,
}

impl Work<'_> {
    /// Batch after batch, until a stop is wanted: one that comes with the last row is none. Where the input breaks off, what was read
    /// before is done.
    fn all(&mut self, import: &mut transfer::Import<'_>) -> Result<(), CliError> {
        let stopped = |told: &ImportSummary| CliError::Stopped(told.stopped(self.file));
        match self.batches(import) {
            Ok(ImportEnd::All) => Ok(()),
            Ok(ImportEnd::Stopped) => Err(stopped(&self.told)),
            Err(CliError::Input { .. }) if self.stop.is_wanted() => Err(stopped(&self.told)),
            Err(error) => Err(error),
        }
    }

    fn batches(&mut self, import: &mut transfer::Import<'_>) -> Result<ImportEnd, CliError> {
        let site = self.site;
        while !import.is_through() {
            if self.stop.is_wanted() {
                return Ok(ImportEnd::Stopped);
            }
            if self.agreed.is_some() {
                let would = site.wait(import.would_next());
                let would = would.map_err(|error| self.failed(error))?;
                let agreed = self.agreed.as_mut();
                agreed.map_or(Ok(()), |agreed| agreed.takes(&would, self.told.rows()))?;
            }
            let done = site.wait(import.next());
            let Some(done) = done.map_err(|error| self.failed(error))? else {
                return Ok(ImportEnd::All);
            };
            let told = &mut self.told;
            if let Some(would) = &mut told.would {
                *would += transfer::sum(&done);
            }
            self.progress
                .beside(|| done.iter().try_for_each(|done| told.row(done)))?;
            let rows = format!("{} rows", self.told.rows());
            self.progress.reached(import.position(), rows);
        }
        Ok(ImportEnd::All)
    }

    /// The error, with the name of the file where it is about that.
    fn failed(&self, error: AdminError) -> CliError {
        match error {
            AdminError::Rows(error) => CliError::input(input::name(self.file), error),
            error => error.into(),
        }
    }
}

/// The way in which the rows came to an end.
enum ImportEnd {
    All,
    Stopped,
}

/// The report of the rows, printed as they are done: nobody could hold that of a million of them.
#[derive(Default, Serialize)]
struct ImportSummary {
    #[serde(skip)]
    json: bool,
    dry_run: bool,
    created: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    /// The numbers of the first rows that were refused, for those who see the end alone.
    #[serde(skip)]
    refused_rows: Vec<String>,
    /// The numbers of what a dry run takes away.
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<Effects>,
}

impl ImportSummary {
    fn rows(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.refused
    }

    /// The rows that are in, and the way on.
    fn stopped(&self, file: &str) -> String {
        let rows = counted(self.rows(), "row");
        if self.dry_run {
            return format!("a dry run got through {rows}");
        }
        let of = match lines(file) {
            Some(lines) => format!(" of a file of {}", counted(lines, "line")),
            None => String::new(),
        };
        format!(
            "{rows}{of} are in; run the same command again to go on: rows that are in stay as they are"
        )
    }

    fn begin(&self) -> Result<(), CliError> {
        match self.json {
            true => say("{\"rows\":["),
            false => Ok(()),
        }
    }

    fn row(&mut self, done: &RowDone) -> Result<(), CliError> {
        let comma = if self.rows() > 0 { "," } else { "" };
        let (word, reason) = done.outcome.words();
        *match &done.outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::Updated => &mut self.updated,
            RowOutcome::Unchanged => &mut self.unchanged,
            RowOutcome::Refused(_) => &mut self.refused,
        } += 1;
        if reason.is_some() && self.refused_rows.len() < REFUSED_SHOWN {
            self.refused_rows.push(done.number.to_string());
        }
        if self.json {
            return say(&format!("{comma}{}", output::json_line(&done.json())));
        }
        let name = done.name.as_deref().unwrap_or("nobody named");
        let name = printable(name);
        let number = done.number;
        say(&match reason {
            Some(reason) => format!("row {number}: {word} {name}: {}\n", printable(reason)),
            None => format!("row {number}: {word} {name}\n"),
        })
    }

    /// Says how it ended. In JSON the document is ended in any case: an error stands in it beside what was done before.
    fn end(self, ended: Result<(), CliError>, door: Option<Door>) -> Result<Report, CliError> {
        let exit = match &ended {
            Err(error) => error.exit(),
            Ok(()) if self.refused > 0 => Exit::Refused,
            Ok(()) => Exit::Done,
        };
        if self.json {
            let mut end = json!(self);
            if let Some(door) = &door {
                door.tell(&mut end);
            }
            if let Err(error) = &ended {
                let error = error.json();
                let names = error.as_object().into_iter().flatten();
                names.for_each(|(name, value)| end[name] = value.clone());
            }
            let end = output::json_line(&end);
            say(&format!("],{}\n", end.trim_start_matches('{')))?;
        } else {
            say(&self.summary())?;
        }
        let note = ended.err().map(|error| match error {
            CliError::Stopped(_) => error.to_string(),
            error => format!("error: {error}"),
        });
        let notes = door.map(|door| door.note).into_iter().chain(note);
        Ok(Report::silent().exit(exit).notes(notes))
    }

    fn summary(&self) -> String {
        let dry_run = match &self.would {
            Some(would) if would.is_nothing() => {
                "; nothing was changed, since this is a dry run".to_owned()
            }
            Some(would) => format!(
                "; it takes away {}; nothing was changed, since this is a dry run",
                numbers(would)
            ),
            None => String::new(),
        };
        let refused = match self.refused - self.refused_rows.len() as u64 {
            _ if self.refused == 0 => String::new(),
            0 => format!("Refused: rows {}\n", self.refused_rows.join(", ")),
            more => format!(
                "Refused: rows {} and {more} more\n",
                self.refused_rows.join(", ")
            ),
        };
        format!(
            "{refused}{}: {} created, {} updated, {} unchanged, {} refused{dry_run}\n",
            counted(self.rows(), "row"),
            self.created,
            self.updated,
            self.unchanged,
            self.refused
        )
    }
}

const REFUSED_SHOWN: usize = 20;

/// Prints a part of the report. Whoever has stopped reading does not stop the import.
fn say(text: &str) -> Result<(), CliError> {
    match output::stream(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Io(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
