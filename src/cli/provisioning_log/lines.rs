//! Entries of the log and events as lines of text.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::admin::log::EventLine;
use crate::admin::log::LogLine;
use crate::admin::log::time;
use crate::cli::output::list;

/// Entries of the log and events, one a line, by time; both are in order already.
pub(in crate::cli) fn interleaved(lines: &[LogLine], events: &[EventLine]) -> String {
    let lines = lines.iter().map(|line| (line.at, cells(line)));
    let events = events.iter().map(|event| (event.at, event_cells(event)));
    let mut all: Vec<(Timestamp, [&str; 5])> = lines.chain(events).collect();
    all.sort_by_key(|(at, _)| *at);
    list(
        &all,
        "",
        |(at, [connection, credential, what, about, text])| {
            let time = Cow::from(time(*at));
            let [connection, credential] = [connection, credential].map(|cell| Cow::from(*cell));
            let [what, about, text] = [what, about, text].map(|cell| Cow::from(*cell));
            [time, connection, credential, what, about, text]
        },
    )
}

fn cells(line: &LogLine) -> [&str; 5] {
    [
        line.connection.as_str(),
        line.credential.as_deref().unwrap_or("-"),
        line.resource_type.unwrap_or("-"),
        line.subject.as_deref().unwrap_or("-"),
        &line.text,
    ]
}

fn event_cells(event: &EventLine) -> [&str; 5] {
    let user = event.user_name.as_deref().or(event.user.as_deref());
    let group = event.group_name.as_deref().or(event.group.as_deref());
    let (what, about) = match (user, group) {
        (Some(user), _) => ("User", user),
        (None, Some(group)) => ("Group", group),
        (None, None) => ("-", "-"),
    };
    let by = event.by.as_deref().unwrap_or("-");
    [event.connection.as_str(), by, what, about, &event.text]
}
