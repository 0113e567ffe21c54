//! `xs:dateTime` as SAML uses it (Core §1.3.3): always in UTC, with or without a fraction of a second.

use jiff::Timestamp;

use crate::moment;
use crate::moment::Zones;
use crate::xml::collapsed;

/// Reads a SAML time. Entra writes up to seven fractional digits.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    moment::read(collapsed(text), Zones::Utc)
}

/// Writes a SAML time to the millisecond, as Entra does.
pub(crate) fn format(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let time = "2026-11-22T09:30:00.25Z".parse().unwrap();
        assert_eq!(format(time), "2026-11-22T09:30:00.250Z");
        assert_eq!(parse(&format(time)), Some(time));
        assert_eq!(parse(" \n2026-11-22T09:30:00.250Z\t"), Some(time));
        assert_eq!(parse("2026-11-22T09:30:00.250Z\u{a0}"), None);
        assert_eq!(parse("2026-11-22T09:30:00+01:00"), None);
    }
}
