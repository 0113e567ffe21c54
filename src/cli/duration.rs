//! Lengths of time on the command line, and moments that lie so far back.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::moment;
use crate::moment::Zones;

/// Reads a whole number with a unit: `90s`, `30m`, `24h`, `365d` or `52w`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, &'static str> {
    let unit = text.chars().last().ok_or(EXPECTED)?;
    let seconds = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, seconds) = seconds.ok_or(EXPECTED)?;
    // Digits alone: the parser would take a sign.
    let digits = text.strip_suffix(unit).unwrap_or_default();
    let count = digits.bytes().all(|digit| digit.is_ascii_digit());
    let count: i64 = match count {
        true => digits.parse().map_err(|_| EXPECTED)?,
        false => return Err(EXPECTED),
    };
    let seconds = count.checked_mul(*seconds).ok_or(EXPECTED)?;
    Ok(SignedDuration::from_secs(seconds))
}

/// Reads a time as a document or another command wrote it, or in any other form of RFC 3339.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    moment::read(text, Zones::Any).or_else(|| text.parse().ok())
}

/// A moment, or how long ago it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Since {
    At(Timestamp),
    Ago(SignedDuration),
}

impl Since {
    /// Reads a time as RFC 3339 has it, or a length of time.
    pub(super) fn parse(text: &str) -> Result<Since, &'static str> {
        match moment(text) {
            Some(at) => Ok(Since::At(at)),
            None => duration(text).map(Since::Ago).map_err(|_| EXPECTED_TIME),
        }
    }

    /// The moment. What lies before all time is its beginning.
    pub(super) fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Since::At(at) => at,
            Since::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

const UNITS: [(char, i64); 5] = [
    ('s', 1),
    ('m', 60),
    ('h', 3600),
    ('d', 86_400),
    ('w', 604_800),
];

const EXPECTED: &str = "expected a number with s, m, h, d or w behind it, such as 24h or 365d";

const EXPECTED_TIME: &str =
    "expected a time such as 2027-01-31T08:00:00Z, or how long ago, such as 2h or 7d";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("1m", 60),
            ("24h", 86_400),
            ("365d", 31_536_000),
            ("2w", 1_209_600),
        ] {
            assert_eq!(duration(text), Ok(SignedDuration::from_secs(seconds)));
        }
        for bad in [
            "",
            "d",
            "24",
            "-1d",
            "+1d",
            "1.5h",
            "1 d",
            "1y",
            "1é",
            "9999999999999999999d",
            "9223372036854775807w",
        ] {
            assert_eq!(duration(bad), Err(EXPECTED), "{bad:?}");
        }
    }

    #[test]
    fn a_moment_is_named_or_counted_back() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let moment = |text| Since::parse(text).map(|since| since.moment(now).to_string());
        let early = Ok("2026-11-22T10:00:00Z".to_owned());
        assert_eq!(moment("2h"), early);
        assert_eq!(moment("2026-11-22T11:00:00+01:00"), early);
        assert_eq!(moment("2026-11-22t10:00z"), early);
        let end = Ok("9999-12-30T22:00:00Z".to_owned());
        assert_eq!(moment("9999-12-31T23:59:59Z"), end);
        assert_eq!(moment("yesterday"), Err(EXPECTED_TIME));
        assert_eq!(Since::Ago(SignedDuration::MAX).moment(now), Timestamp::MIN);
    }
}
