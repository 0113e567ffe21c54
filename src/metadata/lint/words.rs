//! The details of a finding in words.

use jiff::Timestamp;

/// A text that stands in a document, cut to what a person reads.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

pub(super) fn days(count: i64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} day{plural}")
}

/// Whole days from one moment to another.
pub(super) fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(SECONDS_OF_A_DAY)
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
/// Characters of a text from outside that are shown: entity IDs and endpoints have rarely over 100.
const SHOWN: usize = 256;
