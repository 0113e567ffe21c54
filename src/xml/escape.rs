//! Escaping of text and attribute values, exactly as [Canonical XML](https://www.w3.org/TR/xml-c14n/#ProcessingModel) has it.
//! The writer uses the same two functions, so what it writes is escaped the way it will be signed.

use super::chars::find;

/// Appends character data, with `&`, `<`, `>` and carriage return escaped.
pub(super) fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |byte| matches!(byte, b'&' | b'<' | b'>' | b'\r'));
}

/// Appends the inside of a double-quoted attribute value, with `&`, `<`, `"`, tab, line feed and carriage return escaped.
pub(super) fn escape_attribute(value: &str, out: &mut String) {
    escape(value, out, |byte| {
        matches!(byte, b'&' | b'<' | b'"' | b'\t' | b'\n' | b'\r')
    });
}

/// Copies the text, with each special byte replaced. All of those are ASCII.
#[inline(always)]
fn escape(text: &str, out: &mut String, special: impl Fn(u8) -> bool) {
    let mut rest = text;
    while let Some(at) = find(rest.as_bytes(), &special) {
        out.push_str(&rest[..at]);
        out.push_str(replacement(rest.as_bytes()[at]));
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn replacement(special: u8) -> &'static str {
    match special {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'"' => "&quot;",
        b'\t' => "&#x9;",
        b'\n' => "&#xA;",
        _ => "&#xD;",
    }
}
