//! `entrada user export`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::os::fd::AsFd;

use serde_json::json;

use super::format::Format;
use crate::admin::transfer;
use crate::admin::transfer::UserWriter;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::counted;
use crate::cli::output::steers_a_terminal;
use crate::cli::progress::Progress;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::text;

/// Write the users of a connection to a file
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Export {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The file to write, or - for stdout
    #[arg(value_name = "FILE")]
    file: String,
    /// The form, if the name of the file does not say it
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Only those that this SCIM filter describes
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
}

const HELP: &str = "\
Examples:
  entrada user export acme users.csv
  entrada user export acme users.jsonl --filter 'active eq true'
  entrada user export acme - --format jsonl | jq -r .userName

JSON lines hold whole users. CSV holds what has one value, and the e-mail
addresses, phone numbers and addresses that Entra maps; a note says what was
left out. Its columns are SCIM paths. A cell that a spreadsheet would run as a
formula (it begins with = + - @) gets an apostrophe in front, which an import
takes away again. A new file can be read by its owner alone.

A file holds every value as it is. On stdout, unless that is a file too, what
could steer a terminal is spelled out: in JSON lines as JSON escapes, which
change nothing, in CSV as \\u{1b}, with a note.

Exit codes:
  0  written
  2  wrong usage, or no such connection
  4  the store does not answer, or the file cannot be written";

impl Export {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let format = Format::of(self.format, &self.file)?;
        if self.file == "-" && globals.json {
            let message = "--json: expected a FILE, since stdout cannot hold the users too";
            return Err(CliError::Usage(message.to_owned()));
        }
        let site = Site::open(globals)?;
        // The connection and the filter are checked before a file is touched.
        let export = transfer::Export::begin(site.admin(), &self.connection, self.filter.clone());
        let mut export = site.run(export)?;
        let output = self.open()?;
        let mut writer = UserWriter::new(format, export.columns(), output)
            .map_err(|error| self.unwritable(&error))?;
        let spell_out = self.may_reach_a_terminal() && format == transfer::Format::Csv;
        let mut spelled_out = SpelledOut(spell_out.then_some(0));
        let progress = Progress::over(export.total().unwrap_or_default() as usize, globals.json);
        let mut count = 0_u64;
        let mut left_out = BTreeSet::new();
        while let Some(users) = site.run(export.next())? {
            for user in users {
                progress.next("users");
                let written = writer.write(user, &mut left_out, |cell| spelled_out.cell(cell));
                if let Err(error) = written {
                    return self.ended(&error);
                }
                count += 1;
            }
        }
        match writer.finish() {
            Err(error) => self.ended(&error),
            Ok(()) => Ok(self.report(count, &left_out).notes(spelled_out.note())),
        }
    }

    /// True if the output may be read on a terminal, now or at the end of a pipe.
    fn may_reach_a_terminal(&self) -> bool {
        let is_file = || {
            let stdout = io::stdout().as_fd().try_clone_to_owned().ok()?;
            Some(File::from(stdout).metadata().ok()?.is_file())
        };
        self.file == "-" && is_file() != Some(true)
    }

    fn open(&self) -> Result<Box<dyn Write>, CliError> {
        Ok(match self.file.as_str() {
            "-" => Box::new(BufWriter::new(io::stdout().lock())),
            path => {
                let file = private(path).map_err(|error| self.unwritable(&error))?;
                Box::new(BufWriter::new(file))
            }
        })
    }

    /// A reader of stdout that goes away early is no error.
    fn ended(&self, error: &io::Error) -> Result<Report, CliError> {
        match self.file == "-" && error.kind() == io::ErrorKind::BrokenPipe {
            true => Ok(Report::silent()),
            false => Err(self.unwritable(error)),
        }
    }

    fn unwritable(&self, error: &io::Error) -> CliError {
        CliError::Io(format!("cannot write {}: {error}", self.file))
    }

    fn report(&self, count: u64, left_out: &BTreeSet<String>) -> Report {
        let names: Vec<&str> = left_out.iter().map(String::as_str).collect();
        let note = (!names.is_empty()).then(|| {
            format!(
                "note: some values have no column: {}; --format jsonl writes them all",
                names.join(", ")
            )
        });
        let report = match self.file.as_str() {
            "-" => Report::silent(),
            file => {
                let text = format!("Wrote {} to {file}.", counted(count, "user"));
                let json = json!({ "exported": count, "file": file, "left_out": names });
                Report::new(text, &json)
            }
        };
        report.notes(note)
    }
}

/// Creates or empties a file; a new one is for its owner alone, since it is about people.
fn private(path: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Cells in which something was spelled out; `None` where cells are written as they are.
struct SpelledOut(Option<u64>);

impl SpelledOut {
    /// A cell as it is written. Line breaks belong to a table.
    fn cell<'c>(&mut self, cell: Cow<'c, str>) -> Cow<'c, str> {
        let Some(count) = &mut self.0 else {
            return cell;
        };
        let lines = cell.split("\r\n");
        let lines: Vec<_> = lines
            .map(|line| text::spelled_out(line, steers_a_terminal))
            .collect();
        let spelled = lines.join("\r\n");
        *count += u64::from(spelled != *cell);
        Cow::Owned(spelled)
    }

    fn note(&self) -> Option<String> {
        let count = self.0.filter(|count| *count > 0)?;
        Some(format!(
            "note: {} held characters that a terminal would act on; they are spelled out here. A FILE, or --format jsonl, keeps them as they are",
            counted(count, "cell")
        ))
    }
}
