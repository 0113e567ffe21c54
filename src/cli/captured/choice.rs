//! The choice among several messages: by number, else the response that was posted to our ACS, else the latest one.

use super::super::error::CliError;
use super::super::input;
use super::entry::Entry;
use super::message::Captured;
use super::parameter::receiver;

pub(in crate::cli) fn numbered(entries: &[Entry], number: usize) -> Result<&Entry, CliError> {
    let found = entries.iter().find(|entry| entry.number == number);
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "--entry {number}: there is no entry {number}; the capture holds\n{}",
            list(entries)
        ))
    })
}

/// The response that is meant, with notes on what else there is in the file.
pub(in crate::cli) fn chosen<'e>(
    entries: &'e [Entry],
    number: Option<usize>,
    acs_url: &str,
    file: &str,
) -> Result<(&'e Captured, Vec<String>), CliError> {
    let unchosen = |reason: &dyn std::fmt::Display| CliError::input(input::name(file), reason);
    let mut notes = Vec::new();
    let meant = match (number, entries) {
        (Some(number), _) => numbered(entries, number)?,
        (None, [only]) => only,
        (None, several) => {
            let all = list(several);
            let entry = latest(several, acs_url)
                .ok_or_else(|| unchosen(&format!("{EXPECTED}; the capture holds\n{all}")))?;
            notes.push(format!(
                "note: the capture holds {} messages; this is entry {}, and --entry N chooses another:\n{all}",
                several.len(),
                entry.number,
            ));
            entry
        }
    };
    let message = meant.message.as_ref().map_err(|error| unchosen(error))?;
    match message.binding() {
        Some("HTTP-Redirect") => Err(unchosen(&format!(
            "{EXPECTED}, found a redirect (`entrada decode` shows it)"
        ))),
        _ => Ok((message, notes)),
    }
}

const EXPECTED: &str = "expected a response as it is posted to the ACS";

/// The latest of the responses that were posted to our ACS, or say that they go there; else the latest of all.
fn latest<'e>(entries: &'e [Entry], acs_url: &str) -> Option<&'e Entry> {
    let posted = |entry: &&Entry| {
        let message = entry.message.as_ref();
        message.is_ok_and(|message| {
            message.kind() == "Response" && message.binding() != Some("HTTP-Redirect")
        })
    };
    let ours = |entry: &&&Entry| {
        let said = entry.message.as_ref().ok().and_then(Captured::destination);
        let acs_url = receiver(acs_url);
        [entry.sent.to.as_deref(), said]
            .into_iter()
            .flatten()
            .any(|to| receiver(to) == acs_url)
    };
    let all: Vec<&Entry> = entries.iter().filter(posted).collect();
    let to_us: Vec<&Entry> = all.iter().filter(ours).copied().collect();
    let of = if to_us.is_empty() { all } else { to_us };
    of.into_iter()
        .max_by_key(|entry| (entry.sent.at, entry.number))
}

fn list(entries: &[Entry]) -> String {
    let lines = entries
        .iter()
        .take(LISTED)
        .map(|entry| format!("  {}", entry.line()));
    let mut lines: Vec<String> = lines.collect();
    if entries.len() > LISTED {
        lines.push(format!("  … and {} more", entries.len() - LISTED));
    }
    lines.join("\n")
}

/// Entries that a person reads through.
const LISTED: usize = 50;
