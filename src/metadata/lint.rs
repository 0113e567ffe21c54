//! The faults of an identity provider's metadata, now or soon, in the words of whoever has to fix them. One table
//! ([`LINTS`]) holds every finding there is; the rules say which of them a document has. Nothing here decides about
//! trust.

mod document;
mod endpoints;
mod entity;
mod keys;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;

pub use self::table::LINTS;
use super::read;
use super::text;

/// One kind of finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lint {
    /// Its stable kebab-case code.
    pub code: &'static str,
    /// The weight of the finding.
    pub severity: Severity,
    /// Its description, in one line.
    pub title: &'static str,
    /// The advice: what to do about it, and where in Entra.
    pub advice: &'static str,
}

/// The weight of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Sign-on works, but something is weak, or will fail later.
    Warning,
    /// Nobody can sign on by this document.
    Error,
}

impl Severity {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding in one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The kind of finding.
    pub lint: &'static Lint,
    /// The details that were found. Parts of them come from the document, cut to a bounded length.
    pub detail: String,
    /// The entity that has it; `None` where it is about the whole document.
    pub entity_id: Option<String>,
    /// Of what runs out: the last of the levels 60, 30, 7 and 1 that is reached, in days; 0 once it is over.
    pub days: Option<i64>,
}

/// The facts that are known of a document besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The entity to look at; all identity providers of the document where none is named.
    pub entity_id: Option<&'a str>,
    /// The address that it came from; anything else where it came from a file.
    pub source: &'a str,
    /// The time at which its source last vouched for it, if it is a copy that will be renewed.
    pub confirmed: Option<Timestamp>,
    /// True if our sign-on requests are signed.
    pub signs_requests: bool,
    /// The present moment.
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// A document about which only its source is known.
    pub fn new(source: &'a str, now: Timestamp) -> Context<'a> {
        Context {
            entity_id: None,
            source,
            confirmed: None,
            signs_requests: false,
            now,
        }
    }
}

/// Looks for everything in [`LINTS`]. Findings come in the order of the document; a document that cannot be read is
/// a finding too.
///
/// ```
/// use entrada::metadata::lint::Context;
/// use entrada::metadata::lint::lint;
///
/// let found = lint(b"<html/>", &Context::new("acme.xml", "2026-01-01T00:00:00Z".parse().unwrap()));
/// assert_eq!(found[0].lint.code, "metadata-unreadable");
/// ```
pub fn lint(document: &[u8], context: &Context<'_>) -> Vec<Finding> {
    let mut found = Findings::default();
    document::look(document, context, &mut found);
    found.list
}

/// Findings, as they come.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    entity_id: Option<String>,
}

impl Findings {
    fn add(&mut self, lint: &'static Lint, detail: impl Into<String>) {
        self.add_with_days(lint, detail, None);
    }

    fn add_with_days(&mut self, lint: &'static Lint, detail: impl Into<String>, days: Option<i64>) {
        self.list.push(Finding {
            lint,
            detail: detail.into(),
            entity_id: self.entity_id.clone(),
            days,
        });
    }

    /// Adds a finding where there is more of something than is read.
    fn add_cut(&mut self, whole: &str, things: &str, listed: usize, read: usize) {
        if listed > read {
            let detail =
                format!("{whole} has {listed} {things}, of which the first {read} are read");
            self.add(&table::MORE_THAN_IS_READ, detail);
        }
    }

    fn has(&self, lint: &'static Lint) -> bool {
        self.list
            .iter()
            .any(|finding| finding.lint.code == lint.code)
    }
}

/// A text that stands in a document, cut to what a person reads.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// A number of days in words.
fn days(count: i64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} day{plural}")
}

/// Whole days from one moment to another.
fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(SECONDS_OF_A_DAY)
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
/// Characters of a text from outside that are shown: entity IDs and endpoints have rarely over 100.
const SHOWN: usize = 256;
