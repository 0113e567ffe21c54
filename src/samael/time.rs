//! `xs:dateTime` between `jiff`, which is ours, and `chrono`, which is theirs.

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::Utc;
use jiff::Timestamp;

const NANOSECONDS: i128 = 1_000_000_000;

/// The same moment, to the nanosecond.
pub(super) fn to_theirs(time: Timestamp) -> DateTime<Utc> {
    let nanoseconds = time.as_nanosecond();
    let seconds = i64::try_from(nanoseconds.div_euclid(NANOSECONDS));
    let rest = u32::try_from(nanoseconds.rem_euclid(NANOSECONDS));
    seconds
        .ok()
        .zip(rest.ok())
        .and_then(|(seconds, rest)| DateTime::from_timestamp(seconds, rest))
        .expect("jiff knows the years to 9999, chrono those to 262142")
}

/// As SAML writes it, which is without a sign before a year of five digits; our readers refuse a leap second.
pub(super) fn to_text(time: DateTime<Utc>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    text.strip_prefix('+').unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_ours_is_the_same_moment_of_theirs() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-22T09:55:00.1234567Z",
            "1969-12-31T23:59:59.5Z",
            "0001-01-01T00:00:00Z",
            "9999-12-30T22:00:00.999999999Z",
        ] {
            let ours: Timestamp = text.parse().unwrap();
            let theirs = to_theirs(ours);
            assert_eq!(
                to_text(theirs).parse::<Timestamp>().unwrap(),
                ours,
                "{text}"
            );
        }
        to_theirs(Timestamp::MIN);
        to_theirs(Timestamp::MAX);
    }
}
