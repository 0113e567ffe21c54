//! `dateTime` (RFC 7643 §2.3.5): an `xsd:dateTime` with its zone, compared as an instant.

use jiff::Timestamp;

/// Reads a time. One without a zone has no certain meaning and is refused; so are more than nine digits of a second.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (local, zone) = split(text)?;
    let (seconds, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let sound = has_shape(seconds, b"dddd-dd-ddTdd:dd:dd")
        && (1..=9).contains(&fraction.len())
        && fraction.bytes().all(|c| c.is_ascii_digit());
    if !sound {
        return None;
    }
    format!("{local}{zone}").parse().ok()
}

/// Writes a time to the millisecond. Stores keep times to the millisecond too: what is shown must compare as shown.
pub(super) fn format(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// The local time, and its zone.
fn split(text: &str) -> Option<(&str, &str)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, "Z"));
    }
    let (local, zone) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let sound = has_shape(zone, b"+dd:dd") || has_shape(zone, b"-dd:dd");
    sound.then_some((local, zone))
}

fn has_shape(text: &str, shape: &[u8]) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape).all(|(found, wanted)| match wanted {
            b'd' => found.is_ascii_digit(),
            literal => found == *literal,
        })
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
    fn anything_else_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-22",
            "2026-11-22T09:30:00",
            "2026-11-22T09:30Z",
            "2026-13-22T09:30:00Z",
            "2026-11-22T09:30:00.Z",
            "2026-11-22T09:30:00.0123456789Z",
            "2026-11-22T09:30:00+1:00",
            "2026-11-22T09:30:00+01:00[Europe/Berlin]",
            "22026-11-22T09:30:00Z",
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
