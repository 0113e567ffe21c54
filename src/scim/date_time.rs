//! `dateTime` (RFC 7643 §2.3.5): an `xsd:dateTime` with its zone, compared as an instant.

use jiff::Timestamp;

use crate::moment;
use crate::moment::Zones;

/// Reads a time. One without a zone has no certain meaning and is refused.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    moment::read(text, Zones::Any)
}

/// Writes a time to the millisecond. Stores keep times to the millisecond too: what is shown must compare as shown.
pub(super) fn format(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_an_instant_whatever_its_zone() {
        for text in [
            "2026-11-22T09:30:00Z",
            "2026-11-22T09:30:00.000Z",
            "2026-11-22T10:30:00+01:00",
            "2026-11-22T04:00:00.0-05:30",
        ] {
            assert_eq!(parse(text), "2026-11-22T09:30:00Z".parse().ok(), "{text}");
        }
    }

    #[test]
    fn a_time_without_end_is_a_time() {
        assert_eq!(parse("9999-12-31T23:59:59.9999999Z"), Some(moment::last()));
        assert_eq!(parse("22026-11-22T09:30:00+01:00"), Some(moment::last()));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-22",
            "2026-11-22T09:30:00",
            "2026-11-22T09:30Z",
            "2026-13-22T09:30:00Z",
            "2026-11-22T09:30:00.Z",
            "2026-11-22T09:30:00+1:00",
            "2026-11-22T09:30:00+01:00[Europe/Berlin]",
            "2026-11-22T09:30:00é:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let time = "2026-11-22T09:30:00.25Z".parse().unwrap();
        assert_eq!(format(time), "2026-11-22T09:30:00.250Z");
        assert_eq!(parse(&format(time)), Some(time));
    }
}
