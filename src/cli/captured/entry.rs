//! The messages of a capture, whatever its form.

use super::super::error::CliError;
use super::super::input;
use super::copied;
use super::error::CaptureError;
use super::message::Captured;
use super::page;
use super::parameter::ENTRIES_MAX;
use super::parameter::Parameter;
use super::parameter::Sent;
use super::recording;
use super::value;
use super::value::Content;
use super::wrapped;
use crate::address::shown;
use crate::crypto;
use crate::form;
use crate::text;
use crate::text::NotText;
use crate::xml;

/// A message that a capture holds, or what stands in its place.
pub(in crate::cli) struct Entry {
    /// Its number in the capture, from one.
    pub(in crate::cli) number: usize,
    /// The parameter that it came in; nobody knows for bare XML or base64.
    pub(in crate::cli) parameter: Option<&'static str>,
    pub(in crate::cli) sent: Sent,
    pub(in crate::cli) message: Result<Captured, CaptureError>,
}

pub(in crate::cli) fn read_capture(file: &str) -> Result<Vec<Entry>, CliError> {
    let bytes = input::read(file)?;
    Entry::read(&bytes).map_err(|error| CliError::input(input::name(file), error))
}

impl Entry {
    /// Finds the messages of a capture, at least one; those that cannot be read are among them, with the reason.
    pub(in crate::cli) fn read(bytes: &[u8]) -> Result<Vec<Entry>, CaptureError> {
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
                let secret = crypto::secret(bytes).map(CaptureError::OtherForm);
                return Err(secret.unwrap_or_else(|| match form::of(bytes) {
                    Some(form) => CaptureError::OtherForm(form),
                    None if bytes.starts_with(b"\x30\x82") => {
                        CaptureError::OtherForm(value::CERTIFICATE)
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
        let bare = Entry::of(Parameter::new(None, trimmed), 1);
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
            on_page: _,
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
    pub(in crate::cli) fn line(&self) -> String {
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
    let secret = || crypto::secret(text.as_bytes()).map(CaptureError::OtherForm);
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
        None if text.starts_with("-----BEGIN ") => CaptureError::OtherForm(value::CERTIFICATE),
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
