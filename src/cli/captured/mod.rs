//! The forms in which people capture SAML messages: XML, base64, the body of a form, the address of a redirect, a recording of
//! the browser (HAR, SAML-tracer), a request copied from its developer tools (as cURL, fetch or PowerShell, or as the list of
//! parameters), a collection of Postman, the page that posts itself, or an HTTP message; and all of these in a `data:` address or
//! in a dump. The form is found by looking at the content.

mod choice;
mod copied;
mod page;
mod recording;
mod references;
mod value;
mod wrapped;

use jiff::Timestamp;

pub(super) use self::choice::Unchosen;
pub(super) use self::choice::chosen;
pub(super) use self::choice::numbered;
use self::references::without_references;
use self::value::Binding;
pub(super) use self::value::Content;
use super::error::CliError;
use super::input;
use crate::address::shown;
use crate::crypto;
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
    #[error("this is {0}; expected a SAML message")]
    NoMessageBut(&'static str),
    #[error("expected a message in XML, found {0}")]
    BeforeMarkup(&'static str),
    #[error(
        "the dump in hexadecimal is not whole: its line {line} does not go on where the one before ends; take the file itself"
    )]
    Dump { line: usize },
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
        "the JSON holds neither a SAMLRequest nor a SAMLResponse: expected a HAR file, an export of SAML-tracer or one of Postman"
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
    #[error("in place of the message stands a variable ({{{{…}}}}): copy the value as it was sent")]
    Variable,
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
        match wrapped::content(bytes) {
            Some(content) => Entry::read_content(&content?),
            None => Entry::read_content(bytes),
        }
    }

    fn read_content(bytes: &[u8]) -> Result<Vec<Entry>, CaptureError> {
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
                let secret = crypto::secret(bytes).map(CaptureError::NoMessageBut);
                return Err(secret.unwrap_or_else(|| match form::of(bytes) {
                    Some(form) => CaptureError::OtherForm(form),
                    None if bytes.starts_with(b"\x30\x82") => {
                        CaptureError::NoMessageBut(value::CERTIFICATE)
                    }
                    None => CaptureError::NotText(error),
                }));
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
            return match (known(trimmed), form::before_markup(&text)) {
                (Some(error), _) => Err(error),
                (None, Some(before)) if !is_glued(&text) => Err(CaptureError::BeforeMarkup(before)),
                (None, _) => Ok(vec![Entry::of_xml(text.as_bytes().to_vec())]),
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
            Err(error) => Err(why_not(trimmed, error)),
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

/// Says if a character that shows stands right before the markup. Such a message may have been altered as well as copied: the
/// XML reader refuses it with its code.
fn is_glued(text: &str) -> bool {
    let before = text.split('<').next().unwrap_or_default();
    before.ends_with(|c: char| !c.is_whitespace() && !text::is_hidden(c))
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

/// The name of what a text is in place of a message.
fn known(text: &str) -> Option<CaptureError> {
    let is_markup = text.starts_with('<');
    let secret = || crypto::secret(text.as_bytes()).map(CaptureError::NoMessageBut);
    let form = || form::of_text(text).map(CaptureError::OtherForm);
    (!is_markup).then(secret).flatten().or_else(form)
}

/// The reason that a text holds no message, where that can be said better than of its value.
fn why_not(text: &str, error: CaptureError) -> CaptureError {
    if text.starts_with("https://") || text.starts_with("http://") {
        return CaptureError::NoMessage;
    }
    match known(text) {
        Some(known) => known,
        None if text.starts_with("-----BEGIN ") => CaptureError::NoMessageBut(value::CERTIFICATE),
        None => error,
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

    /// The address to which the message says that it goes.
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

#[cfg(test)]
mod tests;
