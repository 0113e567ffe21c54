//! The output of a command: a text for people or one JSON document on stdout, notes and errors on stderr. Colours and signs
//! beyond ASCII are for terminals that show them; a reader that goes away early is no error.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ContextKind;
use clap::error::ContextValue;
use serde::Serialize;

use super::error::CliError;
use super::error::Exit;
use super::log;
pub(super) use super::printable::printable;
use super::style::COLOURS;
pub(super) use super::style::Style;
use crate::address;
use crate::text;
pub(super) use crate::text::steers_a_terminal;

/// The result of a command, ready to be printed.
pub(super) struct Report {
    text: String,
    json: String,
    notes: Vec<String>,
    exit: Exit,
}

impl Report {
    pub(super) fn new(text: impl Into<String>, json: &impl Serialize) -> Report {
        Report {
            text: text.into(),
            json: json_line(json),
            notes: Vec::new(),
            exit: Exit::Done,
        }
    }

    /// A report of a command that has said all it had to say.
    pub(super) fn silent() -> Report {
        Report {
            text: String::new(),
            json: String::new(),
            notes: Vec::new(),
            exit: Exit::Done,
        }
    }

    /// Prints this text where no JSON is asked for.
    pub(super) fn with_text(self, text: String) -> Report {
        Report { text, ..self }
    }

    pub(super) fn exit(self, exit: Exit) -> Report {
        Report { exit, ..self }
    }

    /// Says this on stderr too, in either form.
    pub(super) fn note(mut self, note: impl Into<String>) -> Report {
        self.notes.push(note.into());
        self
    }

    pub(super) fn notes<T: Into<String>>(mut self, notes: impl IntoIterator<Item = T>) -> Report {
        self.notes.extend(notes.into_iter().map(Into::into));
        self
    }
}

/// Prints a report while the command goes on; it ends with the exit code that printing it calls for.
pub(super) fn announce(report: &Report, json: bool) -> Exit {
    for note in &report.notes {
        to_stderr(&printable_lines(note));
    }
    let written = match json {
        true => to_stdout(&report.json),
        false => to_stdout(&harmless(&report.text)),
    };
    written.unwrap_or(report.exit)
}

pub(super) fn finish(result: Result<Report, CliError>, json: bool) -> ExitCode {
    match result {
        Ok(report) => announce(&report, json).into(),
        Err(error) => {
            error_to_stderr(&format!("error: {}", printable_lines(&error.to_string())));
            if json {
                print_error(&error.json());
            }
            error.exit().into()
        }
    }
}

/// Prints help on stdout or an error on stderr, as clap says it. What is secret in the arguments is left out.
pub(super) fn usage(error: &clap::Error, arguments: &[OsString], json: bool) -> ExitCode {
    if !error.use_stderr() {
        // Nothing is left to do for a reader that has gone away.
        let _ = error.print();
        return Exit::Done.into();
    }
    let text = without_secrets(error, arguments);
    error_to_stderr(printable_lines(&text).trim_end());
    if json {
        print_error(&CliError::Usage(usage_message(&text)).json());
    }
    Exit::Usage.into()
}

/// The text of an error with addresses as they may be shown: of the arguments, and one of the environment.
fn without_secrets(error: &clap::Error, arguments: &[OsString]) -> String {
    let text = error.render().to_string();
    let invalid = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => Some(Cow::from(value)),
        _ => None,
    };
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    let values = arguments.flat_map(|argument| {
        let value = argument.split_once('=').map(|(_, value)| value.to_owned());
        [argument.into_owned()].into_iter().chain(value)
    });
    values
        .chain(invalid.map(Cow::into_owned))
        .fold(text, |text, value| match address::shown(&value) {
            Cow::Owned(shown) => text.replace(&value, &shown),
            Cow::Borrowed(_) => text,
        })
}

/// The message of clap on what is wrong, on one line: all that stands before its first hint.
fn usage_message(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let message: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let message = message.join(" ");
    message
        .strip_prefix("error: ")
        .unwrap_or(&message)
        .to_owned()
}

fn print_error(document: &serde_json::Value) {
    // The exit code tells of the error already.
    let _ = to_stdout(&json_line(document));
}

/// Writes a text that ends in a line break; `Some` if the command failed by that.
fn to_stdout(text: &str) -> Option<Exit> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| match text.is_empty() || text.ends_with('\n') {
            true => Ok(()),
            false => stdout.write_all(b"\n"),
        })
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            error_to_stderr(&format!("error: cannot write to stdout: {error}"));
            Some(Exit::Io)
        }
        _ => None,
    }
}

/// Says it with the priority of an error where stderr is systemd's journal.
fn error_to_stderr(text: &str) {
    match log::is_the_journal() {
        true => to_stderr(&format!("<3>{}", text.replace('\n', "\n<3>"))),
        false => to_stderr(text),
    }
}

pub(super) fn to_stderr(text: &str) {
    // If stderr is gone, there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a part of what a command prints while it goes on: a text for people, or JSON that [`json_line`] made. One that
/// streams much has no report to hold it.
pub(super) fn stream(text: &str) -> io::Result<()> {
    let text = harmless(text);
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Lines of a label and a value, the values aligned and made [`printable`]: they may come from files of others.
pub(super) fn rows<'a>(
    indent: usize,
    rows: impl IntoIterator<Item = (&'a str, Cow<'a, str>)>,
) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |mut text, (label, value)| {
        let value = printable(value);
        writeln!(text, "{:indent$}{label:width$}  {value}", "")
            .expect("writing to a string does not fail");
        text
    })
}

/// Lines of cells, those of each column aligned, made [`printable`] as in [`rows`].
pub(super) fn table<S: AsRef<str>, const N: usize>(lines: &[[S; N]]) -> String {
    let lines: Vec<_> = lines
        .iter()
        .map(|cells| cells.each_ref().map(|cell| printable(cell.as_ref())))
        .collect();
    let width = |column: usize| {
        lines
            .iter()
            .map(|cells| cells[column].chars().count())
            .max()
    };
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    lines.iter().fold(String::new(), |mut text, cells| {
        let padded = cells.iter().zip(widths);
        let line: Vec<String> = padded
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
        text
    })
}

/// A list as a [`table`], or the words for none.
pub(super) fn list<'a, T, const N: usize>(
    items: &'a [T],
    none: &str,
    cells: impl Fn(&'a T) -> [Cow<'a, str>; N],
) -> String {
    match items {
        [] => none.to_owned(),
        items => table(&items.iter().map(cells).collect::<Vec<_>>()),
    }
}

pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// JSON on one line, for scripts. What could steer a terminal is written as JSON escapes: the document stays the same.
pub(super) fn json_line(document: &impl Serialize) -> String {
    let json = serde_json::to_string(document);
    let json = json.expect("documents have string keys and finite numbers");
    text::json_escaped(&json).into_owned()
}

/// JSON for people, over several lines; otherwise as [`json_line`].
pub(super) fn json_lines(document: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(document);
    let json = json.expect("documents have string keys and finite numbers");
    text::json_escaped(&json).into_owned() + "\n"
}

fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(printable).collect();
    lines.join("\n")
}

/// A text of ours with values of others in it, as it may go to a terminal: whatever acts there is spelled out, but for line
/// breaks, tabs and the colours of [`Style`]. It catches values that nobody made [`printable`].
fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(steers_a_terminal) {
        return Cow::Borrowed(text);
    }
    let mut pieces = text.split('\u{1b}');
    let mut out = pieces.next().map_or_else(String::new, |first| {
        text::spelled_out(first, steers_a_terminal).into_owned()
    });
    for piece in pieces {
        let colour = COLOURS.iter().find(|colour| piece.starts_with(**colour));
        let (colour, rest) = piece.split_at(colour.map_or(0, |colour| colour.len()));
        out.push_str(if colour.is_empty() {
            "\\u{1b}"
        } else {
            "\u{1b}"
        });
        out.push_str(colour);
        out.push_str(&text::spelled_out(rest, steers_a_terminal));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert_eq!(printable("plain é ✓"), "plain é ✓");
        assert_eq!(printable("one\ntwo"), "one\\ntwo");
        assert_eq!(printable_lines("one\ntwo\r\x07"), "one\ntwo\\r\\u{7}");
        assert_eq!(
            printable("\x1b[2J\u{9b}\u{202e}"),
            "\\u{1b}[2J\\u{9b}\\u{202e}"
        );
    }

    #[test]
    fn what_nobody_made_printable_does_not_reach_a_terminal_either() {
        let painted = "\u{1b}[32mok\u{1b}[0m a\tb\n";
        assert_eq!(harmless(painted), painted);
        assert_eq!(
            harmless("a\u{1b}[2J\u{1b}[31;1mb\u{9b}\u{2028}\r\n"),
            "a\\u{1b}[2J\u{1b}[31;1mb\\u{9b}\\u{2028}\\r\n"
        );
    }

    #[test]
    fn escaped_json_is_the_same_document() {
        let hidden =
            "\u{0}\u{1b}\u{7f}\u{9b}\u{ad}\u{61c}\u{200b}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}";
        let document = serde_json::json!({ hidden: [hidden, "é ✓"] });
        for json in [json_line(&document), json_lines(&document)] {
            assert!(!json.contains(steers_a_terminal), "{json}");
            let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(parsed, document);
        }
    }

    #[test]
    fn values_are_aligned() {
        let text = rows(2, [("a", "1".into()), ("long", "2".into())]);
        assert_eq!(text, "  a     1\n  long  2\n");
        let text = table(&[["é", "1", "x"], ["long", "1\n", ""]]);
        assert_eq!(text, "é     1    x\nlong  1\\n\n");
    }
}
