//! Following the log: what there is, then whatever comes, until Ctrl-C or until nobody reads any more.

use std::io;
use std::time::Duration;

use super::Answer;
use super::event_line::EventLine;
use super::event_line::interleaved;
use super::events;
use super::events::Asked;
use super::events::Reached;
use super::line::Line;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::output::Report;
use crate::cli::output::printable;
use crate::cli::serve::stop_signal;
use crate::cli::site::Site;
use crate::event::RecordedEvent;
use crate::provisioning::LoggedEntry;

/// How often the store is asked: people do not see less than a second, and one indexed read is nothing to it.
const PAUSE: Duration = Duration::from_millis(500);

/// Entries in one answer; the next comes at once where there are more.
const CHUNK: u64 = 1000;

pub(super) fn follow(
    site: &Site,
    mut asked: Asked,
    entries: &[LoggedEntry],
    events: &[RecordedEvent],
    answers: &[Answer],
    json: bool,
) -> Result<Report, CliError> {
    let mut going_on = print(site, entries, events, json)?;
    // What became of a name so far; with --json, a stream holds entries and events alone.
    for answer in answers.iter().filter(|_| !json) {
        going_on &= say(&format!("{}\n", printable(&answer.text)))?;
    }
    let mut last = Reached {
        entry: entries.last().map_or(0, |entry| entry.id),
        event: events.last().map_or(0, |event| event.id),
    };
    let stop = site.wait(|_| async { stop_signal() })?;
    let mut stop = Box::pin(stop);
    while going_on {
        let (entries, events, more) = asked.behind(site, &mut last, CHUNK)?;
        going_on = print(site, &entries, &events, json)?;
        if more {
            continue;
        }
        let stopped = site.wait(|_| async {
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
fn print(
    site: &Site,
    entries: &[LoggedEntry],
    events: &[RecordedEvent],
    json: bool,
) -> Result<bool, CliError> {
    let lines: Vec<Line> = entries.iter().map(Line::of).collect();
    let events = events::lines(site, events)?;
    let text = match json {
        false => interleaved(&lines, &events),
        true => documents(&lines, &events),
    };
    say(&text)
}

/// One document a line, by time.
fn documents(lines: &[Line], events: &[EventLine]) -> String {
    let document = |(at, json)| (at, json + "\n");
    let lines = lines.iter().map(|line| (line.at, output::json_line(line)));
    let events = events
        .iter()
        .map(|event| (event.at, output::json_line(event)));
    let mut all: Vec<_> = lines.chain(events).map(document).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, document)| document).collect()
}

fn say(text: &str) -> Result<bool, CliError> {
    match output::stream(text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Io(format!("cannot write to stdout: {error}"))),
    }
}
