//! Text as people hand it over and as they read it: the encodings in which tools save files, and the characters that
//! a reader does not see or that act on a terminal.

mod pasted;

use std::borrow::Cow;
use std::fmt::Write;

pub(crate) use self::pasted::has_no_width;
pub(crate) use self::pasted::is_quote;
pub(crate) use self::pasted::without_escapes;

/// The text of a file, without its byte order mark: UTF-8, or UTF-16 with its mark, as Windows' tools save it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err(NotText::Utf32),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => utf8(rest).map(Cow::Borrowed),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum NotText {
    /// UTF-16 with an odd number of bytes.
    #[error(
        "it is UTF-16 with half a character at its end: it was cut off, or something was added to it"
    )]
    OddByte,
    /// UTF-16 with one half of a pair.
    #[error("it is UTF-16 with half a character in it: it is damaged")]
    HalfPair,
    /// UTF-16 that does not say so.
    #[error("it is UTF-16 without its mark (FF FE or FE FF): save it as UTF-8")]
    NoMark,
    #[error("it is UTF-32: save it as UTF-8")]
    Utf32,
    /// Neither.
    #[error(
        "it is text neither in UTF-8 nor in UTF-16 with a mark (line {line}): save it as UTF-8"
    )]
    Other {
        /// The line in which that shows.
        line: usize,
    },
}

fn utf8(bytes: &[u8]) -> Result<&str, NotText> {
    if lacks_its_mark(bytes) {
        return Err(NotText::NoMark);
    }
    std::str::from_utf8(bytes).map_err(|error| NotText::Other {
        line: bytes[..error.valid_up_to()]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
            + 1,
    })
}

/// True if every other byte of the beginning is zero, as in UTF-16 of Western text.
fn lacks_its_mark(bytes: &[u8]) -> bool {
    let (pairs, _) = bytes[..bytes.len().min(LOOKED_AT)].as_chunks::<2>();
    let all = |zero: usize| {
        pairs
            .iter()
            .all(|pair| pair[zero] == 0 && pair[1 - zero] != 0)
    };
    pairs.len() > 1 && (all(0) || all(1))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(NotText::OddByte);
    }
    char::decode_utf16(pairs.iter().copied().map(unit))
        .collect::<Result<_, _>>()
        .map_err(|_| NotText::HalfPair)
}

/// Bytes by which UTF-16 without a mark is known.
const LOOKED_AT: usize = 32;

/// True for a character that acts on a terminal, or changes how the text beside it looks, instead of showing: of Unicode 16
/// the controls and formats (Cc, Cf), the separators of lines and paragraphs (Zl, Zp), what is ignored by default
/// (`Default_Ignorable_Code_Point`: variation selectors, fillers, marks of direction, what has no width) and the code points
/// that are no characters; and the blank of braille.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// True for white space other than a blank, and for a hidden character: two texts that differ in such a one look alike.
pub(crate) fn is_invisible(c: char) -> bool {
    is_hidden(c) || (c.is_whitespace() && c != ' ')
}

/// True for a character that acts on a terminal instead of showing there; line breaks and tabs only move on.
#[cfg(feature = "server")]
pub(crate) fn steers_a_terminal(c: char) -> bool {
    is_hidden(c) && c != '\n' && c != '\t'
}

/// Implements `Debug` of types that hold what no log may: it says their name and nothing else.
macro_rules! redacted {
    ($($type:ident),+) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(redacted)"))
            }
        }
    )+};
}

pub(crate) use redacted;

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes all text");
    }
    text
}

/// True if a text is a GUID, in whatever case: hexadecimal digits in five groups. A GUID is the same in upper and in
/// lower case; for other ids that is not known.
pub fn is_guid(text: &str) -> bool {
    let groups = text.split('-').map(|group| {
        let hex = group.bytes().all(|c| c.is_ascii_hexdigit());
        hex.then_some(group.len())
    });
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// True for so many lower-case hexadecimal digits.
pub(crate) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(is_hex_digit)
}

/// True for a digit as [`hex`] writes it.
pub(crate) fn is_hex_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// A text in which all characters of a kind are spelled out, such as `\u{1b}`.
pub(crate) fn spelled_out(text: &str, kind: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(kind) {
        return Cow::Borrowed(text);
    }
    let mut spelled = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' if kind(c) => spelled.extend(c.escape_default()),
            _ if kind(c) => spelled.extend(c.escape_unicode()),
            _ => spelled.push(c),
        }
    }
    Cow::Owned(spelled)
}

/// A foreign text, fit for a line of a log or a terminal: cut, and with every character spelled out that does not show, so that
/// two values which look alike are seen to differ.
pub(crate) fn shown(text: &str) -> String {
    let is_long = text.chars().nth(SHOWN).is_some();
    let cut: String = text.chars().take(SHOWN).collect();
    let shown = spelled_out(&cut, is_invisible);
    match is_long {
        true => format!("{shown}…"),
        false => shown.into_owned(),
    }
}

/// Characters of a foreign text that are shown: an entity ID has rarely over 100.
const SHOWN: usize = 256;

/// True for a text with something in it that a reader does not see: a hidden character, white space other than a blank, or a
/// blank at an end or beside another.
pub(crate) fn has_invisible(text: &str) -> bool {
    text.contains(is_invisible)
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains("  ")
}

/// A text in quotation marks, with everything in it that a reader does not see spelled out.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", spelled_out(text, is_invisible))
}

/// A JSON text in which hidden characters are written as JSON escapes: parsed, it is the same document. Outside its
/// strings there are none but line breaks.
#[cfg(feature = "server")]
pub(crate) fn json_escaped(json: &str) -> Cow<'_, str> {
    let escaped = |c: char| c != '\n' && is_hidden(c);
    if !json.contains(escaped) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match escaped(c) {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                out.push_str(&format!("\\u{unit:04x}"));
            }),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = text.encode_utf16().flat_map(bytes);
        mark.iter().copied().chain(units).collect()
    }

    #[test]
    fn text_is_read_in_the_encodings_in_which_tools_save_it() {
        let text = "<a>ä𝄞</a>\r\n";
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            units(text, b"\xff\xfe", u16::to_le_bytes),
            units(text, b"\xfe\xff", u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn other_bytes_are_refused_with_their_form() {
        let odd = [units("<a/>", b"\xff\xfe", u16::to_le_bytes), vec![b'<']].concat();
        for (bytes, expected) in [
            (odd, NotText::OddByte),
            (b"\xff\xfe\x00\xd8".to_vec(), NotText::HalfPair),
            (units("<a/>", b"", u16::to_le_bytes), NotText::NoMark),
            (units("<a/>", b"", u16::to_be_bytes), NotText::NoMark),
            (b"\xff\xfe\0\0<\0\0\0".to_vec(), NotText::Utf32),
            (b"a\nb\n\xe4".to_vec(), NotText::Other { line: 3 }),
        ] {
            assert_eq!(decode(&bytes), Err(expected));
        }
    }

    #[test]
    fn what_hides_is_spelled_out() {
        let hidden = "\u{0}\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}\u{e0041}";
        assert!(hidden.chars().all(is_hidden));
        let spelled = spelled_out(hidden, is_hidden);
        assert!(!spelled.contains(is_hidden));
        assert!(spelled.starts_with("\\u{0}\\u{1b}\\u{7f}"), "{spelled}");
        for plain in ["plain é ✓ 日本", "a b", "\u{a0}"] {
            assert_eq!(spelled_out(plain, is_hidden), plain);
        }
    }

    #[test]
    fn each_end_of_a_range_is_hidden_and_its_neighbours_are_not() {
        for (first, last) in [
            ('\u{600}', '\u{605}'),
            ('\u{890}', '\u{891}'),
            ('\u{115f}', '\u{1160}'),
            ('\u{180b}', '\u{180f}'),
            ('\u{200b}', '\u{200f}'),
            ('\u{2060}', '\u{206f}'),
            ('\u{2800}', '\u{2800}'),
            ('\u{3164}', '\u{3164}'),
            ('\u{fdd0}', '\u{fdef}'),
            ('\u{fe00}', '\u{fe0f}'),
            ('\u{ffa0}', '\u{ffa0}'),
            ('\u{fff0}', '\u{fffb}'),
            ('\u{fffe}', '\u{ffff}'),
            ('\u{13430}', '\u{1343f}'),
            ('\u{1bca0}', '\u{1bca3}'),
            ('\u{1fffe}', '\u{1ffff}'),
            ('\u{dfffe}', '\u{e0fff}'),
        ] {
            assert!((first..=last).all(is_hidden), "{first:?}");
            let beside = [u32::from(first) - 1, u32::from(last) + 1];
            let beside = beside.into_iter().filter_map(char::from_u32);
            assert!(!beside.into_iter().any(is_hidden), "{first:?}");
        }
        assert!(is_hidden('\u{10ffff}'));
    }

    proptest::proptest! {
        // The tables are those of regex-syntax.
        #[test]
        fn what_unicode_calls_a_format_or_ignores_is_hidden(
            format in "[\\p{Cf}\\p{Cc}\\p{Zl}\\p{Zp}&&[^\\x{E0000}-\\x{E0FFF}]]{64}",
            ignored in "[\\p{Default_Ignorable_Code_Point}&&[^\\x{E0000}-\\x{E0FFF}]]{64}",
        ) {
            let shows = format.chars().chain(ignored.chars()).find(|&c| !is_hidden(c));
            proptest::prop_assert_eq!(shows, None);
        }
    }
}
