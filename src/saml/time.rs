//! `xs:dateTime` as SAML uses it (Core §1.3.3): always in UTC, with or without a fraction of a second.

use jiff::Timestamp;

/// Reads a SAML time. The only zone that SAML admits is UTC, written `Z`; some identity providers write
/// `+00:00`, which names the same moment, so it is taken too. A time without a zone has no certain meaning
/// and is refused. Entra writes up to seven fractional digits; more than nine are refused.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let local = text
        .strip_suffix('Z')
        .or_else(|| text.strip_suffix("+00:00"))?;
    let (seconds, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let digits =
        !fraction.is_empty() && fraction.len() <= 9 && fraction.bytes().all(|c| c.is_ascii_digit());
    if !digits || !is_date_time(seconds.as_bytes()) {
        return None;
    }
    let number = |from: usize, to: usize| seconds[from..to].parse::<i16>().ok();
    let small = |from: usize| number(from, from + 2).and_then(|n| i8::try_from(n).ok());
    let nanoseconds =
        fraction.parse::<i32>().ok()? * 10_i32.pow(9 - u32::try_from(fraction.len()).ok()?);
    let date_time = jiff::civil::DateTime::new(
        number(0, 4)?,
        small(5)?,
        small(8)?,
        small(11)?,
        small(14)?,
        small(17)?,
        nanoseconds,
    )
    .ok()?;
    jiff::tz::Offset::UTC.to_timestamp(date_time).ok()
}

/// Writes a SAML time to the millisecond, as Entra does.
pub(crate) fn format(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Whether the text has the shape `YYYY-MM-DDThh:mm:ss`.
fn is_date_time(text: &[u8]) -> bool {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    text.len() == SHAPE.len()
        && text.iter().zip(SHAPE).all(|(found, wanted)| match wanted {
            b'd' => found.is_ascii_digit(),
            literal => found == literal,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_utc_are_read_to_the_fraction() {
        for (text, expected) in [
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"),
            ("2026-11-22T09:30:00.123Z", "2026-11-22T09:30:00.123Z"),
            (
                "2026-11-22T09:30:00.1234567Z",
                "2026-11-22T09:30:00.1234567Z",
            ),
            ("2026-11-22T09:30:00+00:00", "2026-11-22T09:30:00Z"),
            (" 2026-11-22T09:30:00Z\n", "2026-11-22T09:30:00Z"),
        ] {
            assert_eq!(parse(text), Some(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-22",
            "2026-11-22T09:30:00",
            "2026-11-22T09:30:00+01:00",
            "2026-11-22 09:30:00Z",
            "2026-11-22t09:30:00Z",
            "2026-13-22T09:30:00Z",
            "2026-11-31T09:30:00Z",
            "2026-11-22T24:30:00Z",
            "2026-11-22T09:30:00.Z",
            "2026-11-22T09:30:00.1234567890Z",
            "2026-11-22T09:30:00.+1Z",
            "-2026-11-22T09:30:00Z",
            "12026-11-22T09:30:00Z",
            "2026-11-22T09:30:60Z",
            "２026-11-22T09:30:00Z",
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
