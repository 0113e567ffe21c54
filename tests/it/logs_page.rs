//! `docs/logs.md` has each event and each field that the sources log, and no other.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::layers::sources;
use crate::layers::without_tests;

/// An event or a span as the code has it.
struct Logged {
    file: String,
    /// `span` for one.
    level: &'static str,
    fields: Vec<(String, String)>,
}

impl Logged {
    /// The event, in quotation marks.
    fn event(&self) -> Option<&str> {
        let mut fields = self.fields.iter();
        let (_, value) = fields.find(|(name, _)| name == "event")?;
        Some(value)
    }
}

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

#[test]
fn every_field_is_on_the_page() {
    let mut fields = BTreeSet::from(["time", "level", "message", "target"].map(str::to_owned));
    let names = logged().into_iter().flat_map(|logged| logged.fields);
    fields.extend(names.map(|(name, _)| name));
    let rows = table("## Fields").into_iter().map(|row| row[0].clone());
    assert_same(&rows.collect(), &fields);
}

#[test]
fn every_event_of_info_and_above_has_a_name_and_is_on_the_page() {
    let mut events = BTreeSet::new();
    for logged in logged() {
        let Some(event) = logged.event() else {
            let Logged { file, fields, .. } = &logged;
            let needs_none = !LEVELS[..3].contains(&logged.level);
            assert!(
                needs_none,
                "{file}: an event without `event = \"…\"`: {fields:?}"
            );
            continue;
        };
        let name = event.trim_matches('"');
        assert!(
            event.len() == name.len() + 2
                && name.bytes().all(|c| c == b'-' || c.is_ascii_lowercase()),
            "{event}: expected the name itself"
        );
        events.insert([name.to_owned(), logged.level.to_owned()]);
    }
    let rows = table("## Events").into_iter();
    let rows = rows.map(|row| [row[0].clone(), row[1].clone()]);
    assert_same(&rows.collect(), &events);
}

#[test]
fn the_lines_on_the_page_have_fields_and_events_of_the_tables() {
    let lines = page();
    let lines = lines.lines().filter(|line| line.starts_with('{'));
    let known: Vec<String> = table("## Fields")
        .iter()
        .map(|row| row[0].clone())
        .collect();
    let events: Vec<String> = table("## Events")
        .iter()
        .map(|row| row[0].clone())
        .collect();
    let mut count = 0;
    for line in lines {
        let line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        assert!(line.keys().all(|key| known.contains(key)), "{line:?}");
        let event = line.get("event").and_then(Value::as_str);
        assert!(event.is_none_or(|event| events.iter().any(|of| of == event)));
        count += 1;
    }
    assert!(count > 3, "{count}");
}

fn assert_same<T: Ord + std::fmt::Debug>(page: &BTreeSet<T>, sources: &BTreeSet<T>) {
    let missing: Vec<_> = sources.difference(page).collect();
    let gone: Vec<_> = page.difference(sources).collect();
    let same = missing.is_empty() && gone.is_empty();
    assert!(
        same,
        "docs/logs.md lacks {missing:?}; the sources have no {gone:?}"
    );
}

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logs.md")).unwrap()
}

/// The rows of the table below a heading, their cells without quotation marks of code.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = page();
    let (_, below) = page.split_once(&format!("\n{heading}\n")).unwrap();
    let rows = below.lines().skip(3);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let cells = row.trim_matches('|').split(" | ");
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    rows.map(cells).collect()
}

/// All that the sources log.
fn logged() -> Vec<Logged> {
    let mut found = Vec::new();
    for (_, file) in sources() {
        let code = without_tests(&file);
        // A macro that is imported would be overlooked here.
        assert!(!code.contains("use tracing::{"), "{}", file.display());
        for level in LEVELS {
            let imported = format!("use tracing::{level};");
            assert!(!code.contains(&imported), "{}", file.display());
            let event = (level, format!("tracing::{level}!("));
            let span = ("span", format!("tracing::{level}_span!("));
            for (level, call) in [event, span] {
                for (at, _) in code.match_indices(&call) {
                    let arguments = arguments(&code[at + call.len()..]);
                    let fields = arguments.into_iter().filter_map(field);
                    found.push(Logged {
                        file: file.display().to_string(),
                        level,
                        fields: fields.collect(),
                    });
                }
            }
        }
    }
    assert!(found.len() > 50, "{}", found.len());
    found
}

/// The name and the value of a field; none for the message.
fn field(argument: &str) -> Option<(String, String)> {
    let argument = argument.trim();
    if argument.is_empty() || argument.starts_with('"') {
        return None;
    }
    let (name, value) = argument.split_once('=').unwrap_or((argument, argument));
    let name = name.trim().trim_start_matches(['%', '?']);
    Some((name.to_owned(), value.trim().to_owned()))
}

/// The arguments of a call, from behind its parenthesis.
fn arguments(code: &str) -> Vec<&str> {
    let mut arguments = Vec::new();
    let (mut start, mut depth, mut in_text, mut escaped) = (0, 0, false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                arguments.push(&code[start..at]);
                return arguments;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(&code[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    panic!("a call without an end: {code:.80}");
}
