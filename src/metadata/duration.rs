//! `xs:duration` as `cacheDuration` has it (Metadata §2.3, XML Schema Part 2 §3.2.6), read as far as a schedule
//! needs it.

use std::time::Duration;

use crate::xml::collapsed;

/// Reads an `xs:duration`. A year counts as 365 days and a month as 30: what is scheduled by it is bounded far
/// below either. `None` for a negative one, one that is none, and one of over a hundred years.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = collapsed(text);
    if text.len() > LENGTH_MAX {
        return None;
    }
    let body = text.strip_prefix('P')?;
    let (date, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None if body.is_empty() => return None,
        None => (body, ""),
    };
    let seconds = fields(date, DATE)?.checked_add(fields(time, TIME)?)?;
    (seconds <= SECONDS_MAX).then(|| Duration::from_secs(seconds))
}

/// Adds up numbers with their designators, which must come in order, each at most once.
fn fields(mut text: &str, mut designators: &[(char, u64)]) -> Option<u64> {
    let mut seconds: u64 = 0;
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let designator = rest.chars().next()?;
        let at = designators
            .iter()
            .position(|(known, _)| *known == designator)?;
        let (_, unit) = designators[at];
        seconds = seconds.checked_add(whole(number, designator)?.checked_mul(unit)?)?;
        designators = &designators[at + 1..];
        text = &rest[designator.len_utf8()..];
    }
    Some(seconds)
}

/// The whole part of a number. Only seconds may have a fraction; it changes nothing here.
fn whole(number: &str, designator: char) -> Option<u64> {
    match number.split_once('.') {
        Some((whole, fraction)) => {
            let digits = !fraction.is_empty() && fraction.bytes().all(|c| c.is_ascii_digit());
            (designator == 'S' && digits).then(|| whole.parse().ok())?
        }
        None => number.parse().ok(),
    }
}

const DATE: &[(char, u64)] = &[('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)];
const TIME: &[(char, u64)] = &[('H', 60 * 60), ('M', 60), ('S', 1)];
const DAY: u64 = 24 * 60 * 60;
/// A hundred years: whoever writes more means nothing by it.
const SECONDS_MAX: u64 = 100 * 365 * DAY;
/// The longest duration in use, `P0Y0M0DT6H0M0.000S`, has 18 characters.
const LENGTH_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_use_are_read() {
        for (text, seconds) in [
            ("PT1H", 3600),
            ("PT6H", 21_600),
            ("P1D", 86_400),
            ("P0Y0M0DT6H0M0.000S", 21_600),
            ("PT604800S", 604_800),
            ("P1Y2M3DT4H5M6.7S", 36_993_906),
            (" PT0S\n", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_duration() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "-PT1H",
            "1H",
            "PT1M1H",
            "PT1H1H",
            "P1H",
            "PT1.5H",
            "PT1.S",
            "PTS",
            "PT.5S",
            "P1W",
            "P999Y",
            "PT99999999999999999999S",
            "PT１H",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
