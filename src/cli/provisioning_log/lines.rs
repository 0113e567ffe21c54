//! Entries of the log and events as lines of text.

use jiff::Timestamp;

use crate::admin::log::EventLine;
use crate::admin::log::LogLine;
use crate::admin::log::time;
use crate::cli::output;

/// Entries of the log and events, one a line, by time; both are in order already.
pub(in crate::cli) fn interleaved(lines: &[LogLine], events: &[EventLine]) -> String {
    let mut all: Vec<(Timestamp, [&str; 5])> = Vec::new();
    for line in lines {
        all.push((line.at, cells(line)));
    }
    for event in events {
        let (what, about) = about(event);
        let cells = [event.connection.as_str(), "-", what, about, &event.text];
        all.push((event.at, cells));
    }
    all.sort_by_key(|(at, _)| *at);
    let times: Vec<String> = all.iter().map(|(at, _)| time(*at)).collect();
    let cells = all.iter().zip(&times).map(|((_, cells), time)| {
        let [connection, credential, what, about, text] = *cells;
        [time.as_str(), connection, credential, what, about, text]
    });
    output::table(&cells.collect::<Vec<_>>())
}

/// The cells of an entry behind the time.
fn cells(line: &LogLine) -> [&str; 5] {
    [
        line.connection.as_str(),
        line.credential.as_deref().unwrap_or("-"),
        line.resource_type.unwrap_or("-"),
        line.subject.as_deref().unwrap_or("-"),
        &line.text,
    ]
}

/// The user or the group of an event.
fn about(event: &EventLine) -> (&'static str, &str) {
    let user = event.user_name.as_deref().or(event.user.as_deref());
    let group = event.group_name.as_deref().or(event.group.as_deref());
    match (user, group) {
        (Some(user), _) => ("User", user),
        (None, Some(group)) => ("Group", group),
        (None, None) => ("-", "-"),
    }
}
