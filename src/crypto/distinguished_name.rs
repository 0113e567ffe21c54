//! Distinguished names as one line of text. A name comes from whoever made the certificate and ends up on terminals and pages,
//! so nothing in it may move a cursor or turn the direction of writing.

use std::fmt::Write;

use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::objects::oid_registry;
use x509_parser::objects::oid2abbrev;
use x509_parser::x509::AttributeTypeAndValue;
use x509_parser::x509::X509Name;

use crate::text::hex;

/// Writes a name in the manner of [RFC 4514](https://www.rfc-editor.org/rfc/rfc4514), but in the order of the certificate and
/// with a space after each comma, as `openssl` shows it.
pub(super) fn to_line(name: &X509Name<'_>) -> String {
    let names: Vec<String> = name
        .iter_rdn()
        .map(|rdn| rdn.iter().map(attribute).collect::<Vec<_>>().join("+"))
        .collect();
    names.join(", ")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type();
    let name = oid2abbrev(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned);
    match text(attribute) {
        Some(value) => format!("{name}={}", escape(&value)),
        None => format!("{name}=#{}", hex(attribute.as_slice()).to_ascii_uppercase()),
    }
}

fn text(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    match attribute.attr_value().tag() {
        Tag::BmpString => {
            let (pairs, rest) = attribute.as_slice().as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            let value = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
            rest.is_empty().then_some(value)
        }
        _ => attribute.as_str().ok().map(str::to_owned),
    }
}

fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => escaped.extend(['\\', c]),
            c if is_invisible(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(escaped, "\\{byte:02X}").expect("a String takes all text");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Control characters, and those that turn the direction of writing (the "Trojan source" characters).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_as_a_command() {
        assert_eq!(
            escape("a\u{1b}[2J\u{202e}b, c"),
            "a\\1B[2J\\E2\\80\\AEb\\, c"
        );
    }

    #[test]
    fn every_kind_of_value_has_a_text() {
        use std::borrow::Cow;

        use x509_parser::der_parser::asn1_rs::Any;
        use x509_parser::der_parser::asn1_rs::Oid;

        for (oid, tag, bytes, line) in [
            ("2.5.4.3", Tag::Utf8String, "Größe".as_bytes(), "CN=Größe"),
            ("2.5.4.3", Tag::BmpString, b"\0G\0r\0\xf6", "CN=Grö"),
            ("2.5.4.3", Tag::BmpString, b"\xd8\x00", "CN=#D800"),
            ("2.5.4.3", Tag::BmpString, b"\0G\0", "CN=#004700"),
            ("2.5.4.3", Tag::T61String, b"Gr\xf6", "CN=#4772F6"),
            ("1.2.3.4", Tag::PrintableString, b"x", "1.2.3.4=x"),
        ] {
            let oid: Oid<'_> = oid.parse().unwrap();
            let value = Any::from_tag_and_data(tag, bytes);
            let oid = Oid::new(Cow::Owned(oid.as_bytes().to_vec()));
            assert_eq!(attribute(&AttributeTypeAndValue::new(oid, value)), line);
        }
    }
}
