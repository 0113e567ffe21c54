//! Times as every document writes them: `xs:dateTime` (XML Schema Part 2, §3.2.7), which takes in RFC 3339 in capital letters.
//! A time outside the years that can be calculated with is capped: "without end" is commonly written as 9999-12-31T23:59:59Z
//! (RFC 5280 §4.1.2.5), a few hours too late for that.

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::civil::Time;
use jiff::tz::Offset;

/// The time zones that a document may write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Zones {
    /// UTC alone, as SAML demands (Core §1.3.3): `Z`, or `+00:00`, which names the same moment.
    Utc,
    /// Any, but one must be there: a time without a zone has no certain meaning.
    Any,
}

/// Reads a time; `None` for a text that is none. Digits of a second beyond the ninth are passed over.
pub(crate) fn read(text: &str, zones: Zones) -> Option<Timestamp> {
    let (is_before_christ, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (local, offset) = split_zone(text, zones)?;
    let (seconds, fraction) = match local.split_once('.') {
        Some((seconds, digits)) => (seconds, nanoseconds(digits)?),
        None => (local, 0),
    };
    let year_length = seconds.len().checked_sub(REST.len())?;
    let (year, rest) = seconds.split_at_checked(year_length)?;
    let far = year.len() > 4;
    let is_year = year.len() >= 4 && is_digits(year) && !(far && year.starts_with('0'));
    if !is_year || !has_shape(rest, REST) {
        return None;
    }
    // The calendar repeats itself every 400 years, so that the last four digits tell which days a year has.
    let last_digits: i16 = year[year.len() - 4..].parse().ok()?;
    let known = match far || is_before_christ {
        true => 2000 + last_digits % 400,
        false => last_digits,
    };
    let part = |at: usize| rest[at..at + 2].parse::<i8>().ok();
    let date = Date::new(known, part(1)?, part(4)?).ok()?;
    let (date, time) = match (part(7)?, part(10)?, part(13)?) {
        (24, 0, 0) if fraction == 0 => (date.checked_add(1.day()).ok(), Time::midnight()),
        (hour, minute, second) => (Some(date), Time::new(hour, minute, second, fraction).ok()?),
    };
    if is_before_christ {
        return Some(first());
    }
    let moment = date.map(|date| offset.to_timestamp(DateTime::from_parts(date, time)));
    match moment {
        Some(Ok(moment)) if !far => Some(moment.max(first())),
        _ => Some(last()),
    }
}

/// The moment so many seconds after 1970 began.
pub(crate) fn of_seconds(seconds: i64) -> Timestamp {
    let within = seconds.clamp(first().as_second(), last().as_second());
    Timestamp::from_second(within).unwrap_or_else(|_| last())
}

/// The moment that comes by so much later, at most the last there is.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// The moment that lies by so much earlier, at least the first there is.
pub(crate) fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(at)
}

/// The last whole second that can be calculated with, in the evening of 9999-12-30.
pub(crate) fn last() -> Timestamp {
    Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or(Timestamp::MAX)
}

/// The first second of the year 1, which other libraries write for "always".
fn first() -> Timestamp {
    Timestamp::from_second(YEAR_ONE).unwrap_or(Timestamp::MIN)
}

/// The local time, and how far its zone is ahead of UTC.
fn split_zone(text: &str, zones: Zones) -> Option<(&str, Offset)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, Offset::UTC));
    }
    let (local, zone) = text.split_at_checked(text.len().checked_sub(ZONE.len())?)?;
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if !has_shape(&zone[1..], &ZONE[1..]) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (zone[1..3].parse().ok()?, zone[4..6].parse().ok()?);
    let minutes = (minutes < 60).then_some(hours * 60 + minutes)?;
    let is_taken = match zones {
        Zones::Utc => minutes == 0,
        Zones::Any => minutes <= LARGEST_ZONE,
    };
    let offset = Offset::from_seconds(sign * minutes * 60).ok()?;
    is_taken.then_some((local, offset))
}

fn nanoseconds(digits: &str) -> Option<i32> {
    if digits.is_empty() || !is_digits(digits) {
        return None;
    }
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().ok()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(found, wanted)| match wanted {
                b'd' => found.is_ascii_digit(),
                literal => found == literal,
            })
}

/// The pattern of what follows the year.
const REST: &str = "-dd-ddTdd:dd:dd";
const ZONE: &str = "+dd:dd";
/// Seconds from 1970 to 0001-01-01T00:00:00Z.
const YEAR_ONE: i64 = -62_135_596_800;
/// Minutes: no zone of XML Schema is further from UTC than 14 hours.
const LARGEST_ZONE: i32 = 14 * 60;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENDS: [&str; 2] = ["0001-01-01T00:00:00Z", "9999-12-30T22:00:00Z"];

    #[test]
    fn what_lies_outside_the_years_of_the_calendar_is_capped() {
        for text in [
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T00:00:00Z",
            "9999-12-31T24:00:00Z",
            "9999-12-30T22:00:01Z",
            "10000-01-01T00:00:00Z",
            "99999-12-31T23:59:59Z",
            "292278994-08-17T07:12:55.807Z",
            "99999999999999999999999999-02-28T00:00:00Z",
        ] {
            assert_eq!(read(text, Zones::Utc), ENDS[1].parse().ok(), "{text}");
        }
        for text in [
            "0000-01-01T00:00:00Z",
            "-0001-12-31T23:59:59Z",
            "-0044-03-15T12:00:00Z",
            "-9999-01-01T00:00:00Z",
            "-10000-01-01T00:00:00Z",
            "-292275055-05-16T16:47:04.192Z",
        ] {
            assert_eq!(read(text, Zones::Utc), ENDS[0].parse().ok(), "{text}");
        }
        assert_eq!(of_seconds(253_402_300_799), ENDS[1].parse().unwrap());
        assert_eq!(of_seconds(i64::MAX), ENDS[1].parse().unwrap());
        assert_eq!(of_seconds(i64::MIN), ENDS[0].parse().unwrap());
    }

    #[test]
    fn times_are_read_to_the_ninth_digit() {
        for (text, expected) in [
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"),
            ("2026-11-22T09:30:00+00:00", "2026-11-22T09:30:00Z"),
            ("2026-11-22T09:30:00-00:00", "2026-11-22T09:30:00Z"),
            ("2026-11-22T09:30:00.1Z", "2026-11-22T09:30:00.1Z"),
            (
                "2026-11-22T09:30:00.0000001Z",
                "2026-11-22T09:30:00.0000001Z",
            ),
            (
                "2026-11-22T09:30:00.12345678912345Z",
                "2026-11-22T09:30:00.123456789Z",
            ),
            ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-11-22T24:00:00.000Z", "2026-11-23T00:00:00Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-30T21:59:59.9Z", "9999-12-30T21:59:59.9Z"),
        ] {
            assert_eq!(read(text, Zones::Utc), expected.parse().ok(), "{text}");
        }
    }

    #[test]
    fn a_zone_is_taken_where_the_document_may_have_one() {
        for (text, expected) in [
            ("2026-11-22T10:30:00+01:00", "2026-11-22T09:30:00Z"),
            ("2026-11-22T04:00:00.5-05:30", "2026-11-22T09:30:00.5Z"),
            ("2026-11-22T23:30:00+14:00", "2026-11-22T09:30:00Z"),
            ("9999-12-31T23:59:59-14:00", ENDS[1]),
            ("9999-12-31T00:00:00+14:00", "9999-12-30T10:00:00Z"),
        ] {
            assert_eq!(read(text, Zones::Any), expected.parse().ok(), "{text}");
            assert_eq!(read(text, Zones::Utc), None, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "Z",
            "-",
            "T",
            "2026-11-22",
            "2026-11-22T09:30Z",
            "2026-11-22T09:30:00",
            "2026-11-22 09:30:00Z",
            "2026-11-22t09:30:00Z",
            "2026-11-22T09:30:00z",
            "+2026-11-22T09:30:00Z",
            "--2026-11-22T09:30:00Z",
            "-2026-02-30T09:30:00Z",
            "226-11-22T09:30:00Z",
            "02026-11-22T09:30:00Z",
            "2026-13-22T09:30:00Z",
            "2026-00-22T09:30:00Z",
            "2026-11-31T09:30:00Z",
            "2026-02-29T09:30:00Z",
            "10001-02-29T09:30:00Z",
            "10000-13-01T00:00:00Z",
            "2026-11-22T24:30:00Z",
            "2026-11-22T24:00:00.1Z",
            "2026-11-22T25:00:00Z",
            "2026-11-22T09:60:00Z",
            "2026-11-22T09:30:60Z",
            "2026-11-22T23:59:60Z",
            "2026-11-22T09:30:00.Z",
            "2026-11-22T09:30:00.+1Z",
            "2026-11-22T09:30:00,5Z",
            "2026-11-22T09:30:00+1:00",
            "2026-11-22T09:30:00+14:01",
            "2026-11-22T09:30:00+01:60",
            "2026-11-22T09:30:00é:00",
            "２026-11-22T09:30:00Z",
            "2026-11-22T09:30:00+01:00[Europe/Berlin]",
            "2026-W47-7T09:30:00Z",
        ] {
            assert_eq!(read(text, Zones::Any), None, "{text}");
            assert_eq!(read(text, Zones::Utc), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,40}") {
            let _ = read(&text, Zones::Any);
        }

        #[test]
        fn what_the_library_writes_is_read_the_same(seconds in -62_135_596_800_i64..=253_402_207_200, nanoseconds in 0..1_000_000_000_i32) {
            if let Ok(time) = Timestamp::new(seconds, nanoseconds) {
                prop_assert_eq!(read(&time.to_string(), Zones::Utc), Some(time));
            }
        }
    }
}
