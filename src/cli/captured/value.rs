//! From the value of a parameter, as somebody wrote it down, to the XML of the message.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::percent_decode_str;
use percent_encoding::utf8_percent_encode;

use super::error::CaptureError;
use super::references::without_references;
use super::root::root;
use crate::form;
use crate::saml::redirect;
use crate::text;
use crate::text::has_no_width;
use crate::text::is_quote;
use crate::text::without_escapes;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binding {
    /// Base64 of XML (Bindings §3.5.4).
    Post,
    /// Base64 of deflated XML (Bindings §3.4.4).
    Redirect,
}

/// Decodes a value. Tools show and copy it as it is, percent-encoded, with spaces for plus signs, wrapped, or as a string of
/// some language. `bare` says that nothing names the parameter: a long word that was a message before it was damaged is then
/// taken for what was posted.
pub(super) fn decode(value: &str, bare: bool) -> Result<(Content, Binding), CaptureError> {
    let field = value.trim();
    let value = unescaped(value);
    let line = value.lines().next().unwrap_or_default();
    let word = value.split_whitespace().next().unwrap_or_default();
    let mut damaged = None;
    let mut tried: Vec<String> = Vec::new();
    for text in [&*value, line, word] {
        for candidate in candidates(text) {
            if tried.contains(&candidate) {
                continue;
            }
            if let Some((xml, binding)) = message(&candidate) {
                if root(&xml).is_some() {
                    return Ok((Content::Xml(xml), binding));
                }
                // One that is cut off never came anywhere so: whoever copied it lost its end.
                if xml.trim_ascii_end().ends_with(b">") || xml.contains(&0) {
                    damaged = damaged.or(Some((Content::Xml(xml), binding)));
                }
            }
            tried.push(candidate);
        }
    }
    let remains = || bare.then(|| Remains::of(field)).flatten();
    damaged.map_or_else(
        || match &*value {
            value if is_shortened(value) => Err(CaptureError::Shortened),
            value if value.contains("***") => Err(CaptureError::Masked),
            value if value.contains("{{") => Err(CaptureError::Variable),
            value if is_certificate(value) => Err(CaptureError::OtherForm(CERTIFICATE)),
            _ => match remains() {
                // The field as it was posted: an ACS would refuse it for that.
                Some(Remains::Whole) => Ok((Content::Field(field.to_owned()), Binding::Post)),
                Some(Remains::Beginning) => Err(CaptureError::NotBase64),
                None if bare => Err(CaptureError::Unrecognised),
                None => Err(CaptureError::NotBase64),
            },
        },
        Ok,
    )
}

pub(in crate::cli) enum Content {
    Xml(Vec<u8>),
    /// A message whose base64 is damaged.
    Field(String),
}

impl Content {
    /// A message about what stands before the XML, where something does.
    pub(in crate::cli) fn before_markup(&self) -> Option<CaptureError> {
        let Content::Xml(xml) = self else {
            return None;
        };
        let text = text::decode(xml).ok()?;
        form::before_markup(&text).map(CaptureError::BeforeMarkup)
    }
}

/// Remains of a message in a long word that is no base64, though it was before some of its characters were damaged.
enum Remains {
    /// All of it, up to its last tag.
    Whole,
    /// Its beginning.
    Beginning,
}

impl Remains {
    fn of(text: &str) -> Option<Remains> {
        let may =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_' | '%');
        let word = text.trim_end_matches('=');
        if word.len() < WORD_MIN || !word.chars().all(may) {
            return None;
        }
        let decoded_word: Vec<u8> = word
            .bytes()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                b'%' | b'=' => b'A',
                byte => byte,
            })
            .collect();
        // The others move where characters are lost.
        let read = (0..4).filter_map(|lost| {
            let rest = decoded_word.get(lost..)?;
            let whole = rest.len() - usize::from(rest.len() % 4 == 1);
            TOLERANT.decode(&rest[..whole]).ok()
        });
        let (mut named, mut ended) = (false, false);
        for xml in read {
            named |= xml.windows(NAMESPACE.len()).any(|part| part == NAMESPACE);
            ended |= xml.trim_ascii_end().ends_with(b">");
        }
        match (named, ended) {
            (true, true) => Some(Remains::Whole),
            (true, false) => Some(Remains::Beginning),
            (false, _) => None,
        }
    }
}

/// The beginning of the namespaces of every message.
const NAMESPACE: &[u8] = b"urn:oasis:names:tc:SAML:";

/// Base64 that may end anywhere.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Characters of a word that may hold a message; the shortest response has some thousand.
const WORD_MIN: usize = 64;

/// True for base64 of a certificate or a key.
fn is_certificate(base64: &str) -> bool {
    let compact: String = base64.split_whitespace().collect();
    STANDARD
        .decode(compact)
        .is_ok_and(|bytes| bytes.starts_with(b"\x30\x82"))
}

pub(super) const CERTIFICATE: &str = "a certificate or a key";

/// True for a value of which a tool has left a part out, and said so.
pub(super) fn is_shortened(value: &str) -> bool {
    value.contains('…') || value.contains("...")
}

/// Readings of a value, as base64 without white space.
fn candidates(text: &str) -> Vec<String> {
    let mut candidates = Vec::new();
    let compact: String = text.split_whitespace().collect();
    // Batch files of Windows double the percent sign; a line may end within an escape.
    for start in [text, &compact, &compact.replace("%%", "%")] {
        let mut decoded = Cow::Borrowed(start);
        for _ in 0..ENCODED_MAX {
            candidates.push(decoded.split_whitespace().collect());
            if decoded.contains(' ') {
                // A blank at the end of a line may be a plus as well as white space.
                let lines = || decoded.trim_matches(['\r', '\n']).lines();
                candidates.push(lines().map(|line| line.replace(' ', "+")).collect());
                candidates.push(lines().map(|line| line.trim().replace(' ', "+")).collect());
            }
            if !decoded.contains('%') {
                break;
            }
            let next = percent_decode_str(&decoded)
                .decode_utf8_lossy()
                .into_owned();
            decoded = Cow::Owned(next);
        }
        if compact.len() == text.len() && !text.contains("%%") {
            break;
        }
    }
    candidates
}

/// Undoes what no base64 has: references of HTML, escapes of strings, carets of the Windows command line, quotes, and what has
/// no width.
fn unescaped(value: &str) -> String {
    let mut out = without_escapes(&without_references(value)).into_owned();
    out.retain(|c| !matches!(c, '^' | '`') && !is_quote(c) && !has_no_width(c));
    match out.starts_with('>') {
        // The quotes of a mail.
        true => out.replace('>', ""),
        false => out,
    }
}

fn message(text: &str) -> Option<(Vec<u8>, Binding)> {
    if let Some(bytes) = of_hexadecimal(text) {
        return Some((bytes, Binding::Post));
    }
    let decoded = STANDARD.decode(text).ok()?;
    match str::from_utf8(&decoded) {
        // Encoded twice.
        Ok(inner) if inner.len() >= WORD_MIN && STANDARD.decode(inner.trim()).is_ok() => {
            of_base64(inner.trim())
        }
        _ => of_base64(text),
    }
}

/// XML in hexadecimal digits.
fn of_hexadecimal(text: &str) -> Option<Vec<u8>> {
    if !text.starts_with("3c") && !text.starts_with("3C") {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            u8::from_str_radix(str::from_utf8(pair).ok().filter(|p| p.len() == 2)?, 16).ok()
        })
        .collect()
}

fn of_base64(base64: &str) -> Option<(Vec<u8>, Binding)> {
    let bytes = STANDARD.decode(base64).ok()?;
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let is_xml = start.trim_ascii_start().starts_with(b"<") || start.starts_with(b"\xff\xfe<");
    if is_xml {
        return Some((bytes, Binding::Post));
    }
    // Deflated with the frame of zlib (RFC 1950) around it, or, as the binding has it, without.
    let framed = match bytes.as_slice() {
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, deflated @ .., _, _, _, _] => {
            Some(STANDARD.encode(deflated))
        }
        _ => None,
    };
    let query = format!(
        "SAMLResponse={}",
        utf8_percent_encode(framed.as_deref().unwrap_or(base64), NON_ALPHANUMERIC)
    );
    let decoded = redirect::decode(&query).ok()?;
    Some((decoded.xml.into_bytes(), Binding::Redirect))
}

/// Times that a value may have been percent-encoded: once for the form, once by a tool, once by another.
const ENCODED_MAX: usize = 4;
