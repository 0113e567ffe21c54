//! Resolves the references that need no DTD: the five predefined entities and character references.

use super::chars::is_char;
use super::error::XmlErrorKind;

/// The character that `&name;` stands for, given what is between the ampersand and the semicolon.
///
/// Fails with `xml-entity` on any other entity and on a malformed reference, with `xml-character` on a reference to a
/// character that XML does not allow ([XML 1.0, §4.1](https://www.w3.org/TR/xml/#sec-references)).
pub(super) fn resolve(name: &str) -> Result<char, XmlErrorKind> {
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => character(name.strip_prefix('#').ok_or(XmlErrorKind::Entity)?),
    }
}

fn character(number: &str) -> Result<char, XmlErrorKind> {
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` alone would take a sign.
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(XmlErrorKind::Entity);
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|&c| is_char(c))
        .ok_or(XmlErrorKind::Character)
}
