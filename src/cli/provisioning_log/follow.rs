//! Following the log: what there is, then whatever comes, until Ctrl-C or until nobody reads any more.

use std::io;
use std::time::Duration;

use super::lines::interleaved;
use crate::admin::log::EventLine;
use crate::admin::log::LogLine;
use crate::admin::log::LogPage;
use crate::admin::log::LogPart;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::output::Report;
use crate::cli::output::printable;
use crate::cli::serve::stop_signal;
use crate::cli::site::Site;

/// The pause between two questions to the store: people do not see less than a second, and one indexed read is nothing to it.
const PAUSE: Duration = Duration::from_millis(500);

/// Entries in one answer; the next comes at once where there are more.
const CHUNK: u64 = 1000;

pub(super) fn follow(site: &Site, page: LogPage, json: bool) -> Result<Report, CliError> {
    let mut going_on = print(&page.part, json)?;
    // The answers about a name so far; with --json, a stream holds entries and events alone.
    for answer in page.answers.iter().filter(|_| !json) {
        going_on &= say(&format!("{}\n", printable(&answer.text)))?;
    }
    let mut reader = page.reader;
    let stop = site.wait(async { stop_signal() })?;
    let mut stop = Box::pin(stop);
    while going_on {
        let (part, more) = site.run(reader.behind(site.admin(), CHUNK))?;
        going_on = print(&part, json)?;
        if more {
            continue;
        }
        let stopped = site.wait(async {
            tokio::select! {
                () = &mut stop => true,
                () = tokio::time::sleep(PAUSE) => false,
            }
        });
        going_on &= !stopped;
    }
    Ok(Report::silent())
}

/// Prints entries and events; says whether anybody still reads.
fn print(part: &LogPart, json: bool) -> Result<bool, CliError> {
    let text = match json {
        false => interleaved(&part.entries, &part.events),
        true => documents(&part.entries, &part.events),
    };
    say(&text)
}

/// One document a line, by time.
fn documents(lines: &[LogLine], events: &[EventLine]) -> String {
    let lines = lines.iter().map(|line| (line.at, output::json_line(line)));
    let events = events
        .iter()
        .map(|event| (event.at, output::json_line(event)));
    let mut all: Vec<_> = lines.chain(events).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter()
        .map(|(_, document)| document + "\n")
        .collect()
}

fn say(text: &str) -> Result<bool, CliError> {
    match output::stream(text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Io(format!("cannot write to stdout: {error}"))),
    }
}
