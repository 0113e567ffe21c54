//! Captures that are wrapped whole: in a `data:` address (RFC 2397), or in a hexadecimal dump of xxd or `hexdump -C`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::super::input::BYTES_MAX;
use super::error::CaptureError;
use crate::text;
use crate::text::has_no_width;
use crate::text::is_quote;

/// The bytes within; `None` where nothing is wrapped.
pub(super) fn content(bytes: &[u8]) -> Option<Result<Vec<u8>, CaptureError>> {
    let text = text::decode(bytes).ok()?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_quote(c) || has_no_width(c));
    of_address(text).or_else(|| of_dump(text))
}

fn of_address(text: &str) -> Option<Result<Vec<u8>, CaptureError>> {
    let scheme = text.get(..SCHEME.len())?;
    let (kind, data) = text[SCHEME.len()..].split_once(',')?;
    let is_address = scheme.eq_ignore_ascii_case(SCHEME) && !kind.contains(char::is_whitespace);
    let base64 = kind.to_ascii_lowercase().ends_with(";base64");
    is_address.then(|| match base64 {
        false => Ok(percent_decode_str(data).collect()),
        true => {
            let written: String = data
                .chars()
                .filter(|c| !c.is_whitespace() && !has_no_width(*c))
                .collect();
            let written: Cow<'_, [u8]> = percent_decode_str(&written).into();
            STANDARD
                .decode(written)
                .map_err(|_| CaptureError::NotBase64)
        }
    })
}

const SCHEME: &str = "data:";

/// The bytes of a dump. Each line names the place of its first byte, so a line that is lost shows.
fn of_dump(text: &str) -> Option<Result<Vec<u8>, CaptureError>> {
    let first = text.lines().next().and_then(dump_line);
    first.filter(|(place, bytes)| *place == 0 && !bytes.is_empty())?;
    let mut dump = Dump::default();
    for (index, line) in text.lines().enumerate() {
        if dump.push(line).is_none() {
            return Some(Err(CaptureError::Dump { line: index + 1 }));
        }
    }
    Some(match dump.is_squeezed {
        true => Err(CaptureError::Dump {
            line: text.lines().count(),
        }),
        false => Ok(dump.bytes),
    })
}

#[derive(Default)]
struct Dump {
    bytes: Vec<u8>,
    /// Bytes of its last line.
    columns: usize,
    /// True behind a line that stands for equal ones.
    is_squeezed: bool,
}

impl Dump {
    /// Appends a line. `None` for one that does not go on where the one before ends.
    fn push(&mut self, line: &str) -> Option<()> {
        let line = line.trim_end();
        if line.is_empty() {
            return Some(());
        }
        if line == SQUEEZED {
            self.is_squeezed = true;
            return Some(());
        }
        let (place, bytes) = dump_line(line)?;
        if std::mem::take(&mut self.is_squeezed) {
            self.repeat(place, bytes.is_empty())?;
        }
        if place != self.bytes.len() {
            return None;
        }
        self.columns = bytes.len();
        self.bytes.extend(bytes);
        Some(())
    }

    /// Repeats the last line up to a place. Only at the end a part of a line may be equal. `None` for a place that no input
    /// reaches, and for one within a line.
    fn repeat(&mut self, place: usize, is_end: bool) -> Option<()> {
        let lacking = place.checked_sub(self.bytes.len())?;
        let is_whole = lacking.is_multiple_of(self.columns);
        if place as u64 > BYTES_MAX || !(is_whole || is_end) {
            return None;
        }
        let last = self.bytes[self.bytes.len() - self.columns..].to_vec();
        self.bytes.extend(last.iter().cycle().take(lacking));
        Some(())
    }
}

/// The line that stands for lines which equal the one before.
const SQUEEZED: &str = "*";

/// A line of a dump: the place of its first byte, and its bytes. What it shows of them as text is passed over.
fn dump_line(line: &str) -> Option<(usize, Vec<u8>)> {
    let digits = line.find(|c: char| !c.is_ascii_hexdigit());
    let (place, behind) = line.split_at(digits.unwrap_or(line.len()));
    if !PLACE_DIGITS.contains(&place.len()) {
        return None;
    }
    let place = usize::from_str_radix(place, 16).ok()?;
    let columns = match behind.strip_prefix(": ") {
        // xxd parts the columns by two blanks, hexdump by a stroke.
        Some(behind) => behind.split("  ").next()?,
        None if behind.trim().is_empty() => "",
        None => behind.strip_prefix("  ")?.split('|').next()?,
    };
    let mut bytes = Vec::new();
    for group in columns.split_whitespace() {
        let (pairs, rest) = group.as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        for pair in pairs {
            bytes.push(u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?);
        }
    }
    Some((place, bytes))
}

const PLACE_DIGITS: std::ops::RangeInclusive<usize> = 7..=16;
