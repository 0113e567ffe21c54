//! References of HTML within what was copied out of a page.

use std::borrow::Cow;

/// A text in which the references of HTML are resolved, as far as base64 and addresses need them.
pub(super) fn without_references(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        out.push_str(before);
        let end = reference
            .bytes()
            .take(REFERENCE_MAX)
            .position(|byte| byte == b';');
        let character = end.and_then(|end| reference_of(&reference[..end]));
        match (character, end) {
            (Some(c), Some(end)) => {
                out.push(c);
                rest = &reference[end + 1..];
            }
            _ => {
                out.push('&');
                rest = reference;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn reference_of(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "plus" => Some('+'),
        "equals" => Some('='),
        "sol" => Some('/'),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// Bytes of a reference at most, such as `#x10FFFF`.
const REFERENCE_MAX: usize = 10;
