//! The forms in which people capture SAML messages: XML, base64, the body of a form, the address of a redirect, a recording of
//! the browser (HAR, SAML-tracer), a request copied from its developer tools (as cURL, fetch or PowerShell, or as the list of
//! parameters), the page that posts itself, or an HTTP message. The form is found by looking at the content.

mod choice;
mod copied;
mod page;
mod recording;
mod value;

use std::borrow::Cow;

use jiff::Timestamp;

pub(super) use self::choice::Unchosen;
pub(super) use self::choice::chosen;
pub(super) use self::choice::numbered;
use self::value::Binding;
pub(super) use self::value::Content;
use super::error::CliError;
use super::input;
use crate::address::shown;
use crate::form;
use crate::text;
use crate::text::NotText;
use crate::xml;
use crate::xml::Budget;
use crate::xml::Document;

/// A message that a capture holds, or what stands in its place.
pub(super) struct Entry {
    /// Its number in the capture, from one.
    pub(super) number: usize,
    /// The parameter that it came in; nobody knows for bare XML or base64.
    pub(super) parameter: Option<&'static str>,
    pub(super) sent: Sent,
    pub(super) message: Result<Captured, CaptureError>,
}

/// When and where a message was sent, as far as the capture says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Sent {
    pub(super) at: Option<Timestamp>,
    /// The address of the receiver, without its query.
    pub(super) to: Option<String>,
}

/// One message as it was captured. Nothing of it is verified.
pub(super) struct Captured {
    pub(super) content: Content,
    binding: Option<Binding>,
    /// The RelayState beside it.
    pub(super) relay_state: Option<String>,
    /// The name of its root element, and where that says that the message goes; `None` if it does not parse.
    root: Option<(String, Option<String>)>,
}

/// A parameter with a message, as it was written.
struct Parameter {
    name: Option<&'static str>,
    value: Result<String, CaptureError>,
    relay_state: Option<String>,
    sent: Sent,
}

/// Why no message was found.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum CaptureError {
    #[error("{0}")]
    NotText(NotText),
    #[error("this is {0}")]
    OtherForm(&'static str),
    #[error(
        "expected XML, base64, a redirect address, a form body, a recording (HAR, SAML-tracer) or a request copied from the browser; found none of these"
    )]
    Unrecognised,
    #[error(
        "the JSON does not parse (line {line}, column {column}): the recording was cut off or edited"
    )]
    Json { line: usize, column: usize },
    #[error(
        "none of the {requests} requests in the recording carries a SAMLRequest or a SAMLResponse"
    )]
    EmptyRecording { requests: usize },
    #[error(
        "the JSON holds neither a SAMLRequest nor a SAMLResponse: expected a HAR file or an export of SAML-tracer"
    )]
    EmptyJson,
    #[error("the address carries neither a SAMLRequest nor a SAMLResponse")]
    NoMessage,
    #[error("the {0} comes more than once, with different values")]
    Repeated(&'static str),
    #[error("the message is shortened (…): copy the whole value")]
    Shortened,
    #[error("the message was masked when the recording was exported: export it with its values")]
    Masked,
    #[error("the message is not base64 of XML: it is cut off, or no SAML message")]
    NotBase64,
}

/// Reads the messages of a capture in a file.
///
/// # Errors
/// A file that cannot be read, or that holds none.
pub(super) fn read_capture(file: &str) -> Result<Vec<Entry>, CliError> {
    let bytes = input::read(file)?;
    Entry::read(&bytes).map_err(|error| CliError::input(input::name(file), error))
}

impl Entry {
    /// Finds the messages of a capture, at least one; those that cannot be read are among them, with the reason.
    pub(super) fn read(bytes: &[u8]) -> Result<Vec<Entry>, CaptureError> {
        let text = match text::decode(bytes) {
            Ok(text) => xml::without_utf_16(text),
            // One odd byte somewhere in a recording.
            Err(NotText::Other { .. }) if bytes.trim_ascii_start().starts_with(b"{") => {
                String::from_utf8_lossy(bytes)
            }
            // A page or a copied text in another encoding: what is looked for is ASCII.
            Err(NotText::Other { .. })
                if form::of(bytes).is_none_or(|_| is_markup(bytes))
                    && !in_ascii(bytes).is_empty() =>
            {
                return Ok(entries(in_ascii(bytes)));
            }
            // A message in another encoding is for the XML reader to refuse.
            Err(NotText::Other { .. }) if bytes.trim_ascii_start().starts_with(b"<") => {
                return Ok(vec![Entry::of_xml(bytes.to_vec())]);
            }
            Err(error @ NotText::Other { .. }) => {
                return Err(match form::of(bytes) {
                    Some(form) => CaptureError::OtherForm(form),
                    None if bytes.starts_with(b"\x30\x82") => {
                        CaptureError::OtherForm(value::CERTIFICATE)
                    }
                    None => CaptureError::NotText(error),
                });
            }
            Err(error) => return Err(CaptureError::NotText(error)),
        };
        let trimmed = text.trim();
        if trimmed.starts_with(['{', '[']) {
            return recording::find(trimmed).map(entries);
        }
        let on_pages = page::find(trimmed);
        if !on_pages.is_empty() {
            return Ok(entries(on_pages));
        }
        let copied = match trimmed.starts_with('<') {
            true => Vec::new(),
            false => copied::find(trimmed),
        };
        if !copied.is_empty() {
            return Ok(entries(copied));
        }
        if trimmed.contains('<') {
            return match form::of_text(trimmed) {
                Some(form) => Err(CaptureError::OtherForm(form)),
                // What stands before the markup is for the XML reader to refuse.
                None => Ok(vec![Entry::of_xml(text.as_bytes().to_vec())]),
            };
        }
        let bare = Parameter {
            name: None,
            value: Ok(trimmed.to_owned()),
            relay_state: None,
            sent: Sent::default(),
        };
        let bare = Entry::of(bare, 1);
        match bare.message {
            Ok(_) => Ok(vec![bare]),
            Err(error @ CaptureError::OtherForm(_)) => Err(error),
            Err(_) => Err(why_not(trimmed)),
        }
    }

    fn of_xml(xml: Vec<u8>) -> Entry {
        Entry {
            number: 1,
            parameter: None,
            sent: Sent::default(),
            message: Ok(Captured::of(Content::Xml(xml), None, None)),
        }
    }

    fn of(parameter: Parameter, number: usize) -> Entry {
        let Parameter {
            name,
            value,
            relay_state,
            sent,
        } = parameter;
        let decoded = value.and_then(|value| value::decode(&value, name.is_none()));
        Entry {
            number,
            parameter: name,
            sent,
            message: decoded
                .map(|(content, binding)| Captured::of(content, Some(binding), relay_state)),
        }
    }

    /// The entry on one line: its number, when it was sent, what it is, and where it went.
    pub(super) fn line(&self) -> String {
        let at = self
            .sent
            .at
            .map_or_else(String::new, |at| format!("  {at}"));
        let kind = match &self.message {
            Ok(message) => message.kind().to_owned(),
            Err(error) => format!("{}: {error}", self.parameter.unwrap_or("unreadable")),
        };
        let to = match &self.sent.to {
            Some(to) => format!(" to {}", shown(to)),
            None => String::new(),
        };
        format!("{}{at}  {kind}{to}", self.number)
    }
}

fn is_markup(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

/// The messages of a page or a copied text in an encoding that is not known.
fn in_ascii(bytes: &[u8]) -> Vec<Parameter> {
    let text = String::from_utf8_lossy(bytes);
    match is_markup(bytes) {
        true => page::find(text.trim()),
        false => copied::find(text.trim()),
    }
}

/// Why a text holds no message.
fn why_not(text: &str) -> CaptureError {
    if text.starts_with("https://") || text.starts_with("http://") {
        return CaptureError::NoMessage;
    }
    match form::of_text(text) {
        Some(form) => CaptureError::OtherForm(form),
        None if text.starts_with("-----BEGIN ") => CaptureError::OtherForm(value::CERTIFICATE),
        None if value::is_shortened(text) => CaptureError::Shortened,
        None => CaptureError::Unrecognised,
    }
}

/// Numbers what was found, as much as a person looks through.
fn entries(found: Vec<Parameter>) -> Vec<Entry> {
    let found = found.into_iter().take(ENTRIES_MAX).enumerate();
    found
        .map(|(index, parameter)| Entry::of(parameter, index + 1))
        .collect()
}

/// A sign-on over three providers leaves some ten messages, a morning in front of the browser a few hundred.
const ENTRIES_MAX: usize = 1000;

impl Captured {
    fn of(content: Content, binding: Option<Binding>, relay_state: Option<String>) -> Captured {
        let root = match &content {
            Content::Xml(xml) => root(xml),
            Content::Field(_) => None,
        };
        Captured {
            content,
            binding,
            relay_state,
            root,
        }
    }

    /// The binding over which it travelled, in the standard's words; `None` for bare XML.
    pub(super) fn binding(&self) -> Option<&'static str> {
        self.binding.map(|binding| match binding {
            Binding::Post => "HTTP-POST",
            Binding::Redirect => "HTTP-Redirect",
        })
    }

    /// The name of its root element.
    pub(super) fn kind(&self) -> &str {
        self.root
            .as_ref()
            .map_or("a message that does not parse", |(name, _)| name)
    }

    /// Where the message says that it goes.
    fn destination(&self) -> Option<&str> {
        self.root.as_ref()?.1.as_deref()
    }
}

fn root(xml: &[u8]) -> Option<(String, Option<String>)> {
    let text = text::decode(xml).ok()?;
    let document = Document::parse(&text, &Budget::METADATA).ok()?;
    let root = document.root();
    let destination = root.attribute("Destination").map(str::to_owned);
    Some((root.local().to_owned(), destination))
}

/// The address of a receiver: without query and fragment.
fn receiver(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url[..end].to_owned()
}

/// A text in which the references of HTML are resolved, as far as base64 and addresses need them.
fn without_references(text: &str) -> Cow<'_, str> {
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

#[cfg(test)]
mod tests;
