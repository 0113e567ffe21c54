//! Traces of the tools and programs through which a text was copied, and what undoes them.

use std::borrow::Cow;

use super::is_hidden;

/// Undoes the escapes of strings in JSON, JavaScript, TOML and shells; a line break stands for each of `\n`, `\r` and `\t`.
/// Meant for text that has no backslash of its own, such as PEM and base64.
pub(crate) fn without_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split('\\');
    out.extend(pieces.next());
    for piece in pieces {
        let rest = match piece.as_bytes() {
            [b'n' | b'r' | b't', ..] => {
                out.push('\n');
                &piece[1..]
            }
            [b'x', ..] => escaped(piece, 2, &mut out),
            [b'u', ..] => escaped(piece, 4, &mut out),
            _ => piece,
        };
        out.push_str(rest);
    }
    Cow::Owned(out)
}

/// Appends the character of an escape with so many digits, and hands back what follows.
fn escaped<'a>(piece: &'a str, digits: usize, out: &mut String) -> &'a str {
    let code = piece.get(1..1 + digits);
    let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
    match code.and_then(char::from_u32) {
        Some(c) => {
            out.push(c);
            &piece[1 + digits..]
        }
        None => piece,
    }
}

/// Says if a character has no width, as web pages and chat programs put them into what is copied. Line breaks are none.
pub(crate) fn has_no_width(c: char) -> bool {
    is_hidden(c) && !c.is_control()
}

/// Says if a character is a quotation mark, typographic ones included: word processors and chat programs put those in place
/// of the others.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '\u{ab}' | '\u{bb}' | '\u{2018}'
            ..='\u{201f}'
                | '\u{2032}'
                | '\u{2033}'
                | '\u{2039}'
                | '\u{203a}'
                | '\u{ff02}'
                | '\u{ff07}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_what_is_none_stays() {
        for (escaped, plain) in [
            ("ab", "ab"),
            ("a\\nb\\r\\tc", "a\nb\n\nc"),
            ("\\u002b\\x3D\\/", "+=/"),
            ("\\u00", "u00"),
            ("\\xé", "xé"),
            ("\\ud83d", "ud83d"),
        ] {
            assert_eq!(without_escapes(escaped), plain, "{escaped}");
        }
    }
}
