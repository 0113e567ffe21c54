//! Escaping of text and attribute values, exactly as [Canonical XML](https://www.w3.org/TR/xml-c14n/#ProcessingModel) has it.
//! The writer uses the same two functions, so what it writes is escaped the way it will be signed.

/// Appends character data, with `&`, `<`, `>` and carriage return escaped.
pub(super) fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Appends the inside of a double-quoted attribute value, with `&`, `<`, `"`, tab, line feed and carriage return escaped.
pub(super) fn escape_attribute(value: &str, out: &mut String) {
    escape(value, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Copies the text, putting the replacement in place of each octet that has one. All of those are ASCII.
#[inline(always)]
fn escape(text: &str, out: &mut String, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(escaped) = replacement(byte) {
            out.push_str(&text[copied..at]);
            out.push_str(escaped);
            copied = at + 1;
        }
    }
    out.push_str(&text[copied..]);
}
