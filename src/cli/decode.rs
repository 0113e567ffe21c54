//! `entrada decode`: shows a message, and says loudly that nothing of it was verified.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::captured::CaptureError;
use super::captured::Content;
use super::captured::Entry;
use super::captured::numbered;
use super::captured::read_capture;
use super::error::CliError;
use super::input;
use super::output::Report;
use super::output::Style;
use super::output::rows;
use crate::address::shown;
use crate::admin::decode::DecodeError;
use crate::admin::decode::DecodedMessage;
use crate::saml::EntraError;

/// Pretty-print a SAML message; nothing is verified
///
/// Reads XML, base64, the address of a redirect, the body of a form, a request copied from the browser's developer tools (as
/// cURL, fetch or PowerShell), the page that posts itself, or a recording (HAR, SAML-tracer, Postman), of which all messages
/// are shown; and all of these in a data: address or a dump in hexadecimal (xxd, hexdump -C).
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Decode {
    /// The captured message; - reads stdin
    #[arg(value_name = "FILE")]
    file: String,
    /// Of a capture that holds several messages, show this one alone
    #[arg(long, value_name = "N")]
    entry: Option<usize>,
}

const HELP: &str = "\
Examples:
  entrada decode response.txt
  echo 'https://idp.example/sso?SAMLRequest=...' | entrada decode -
  entrada decode --json recording.har | jq -r '.messages[].xml'

Exit codes:
  0  decoded; whether it is genuine, entrada verify says
  2  wrong usage, or no message that can be read";

/// Never lets a reader take what it sees for the truth.
const WARNING: &str = "WARNING: nothing was verified. Anybody can write such a message; `entrada verify` says whether it is genuine.";

#[derive(Serialize)]
struct Decoded {
    verified: bool,
    messages: Vec<Message>,
    /// The reason why an entry cannot be read, in a capture that holds more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<UnreadableMessage>,
}

/// The number of a message in its capture, and when and where it was sent.
#[derive(Serialize)]
struct MessageOrigin {
    entry: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

#[derive(Serialize)]
struct UnreadableMessage {
    #[serde(flatten)]
    place: MessageOrigin,
    error: String,
}

#[derive(Serialize)]
struct Message {
    #[serde(flatten)]
    place: MessageOrigin,
    #[serde(flatten)]
    decoded: DecodedMessage,
    binding: Option<&'static str>,
    relay_state: Option<String>,
}

impl Decode {
    pub(super) fn run(self, style: Style) -> Result<Report, CliError> {
        let entries = read_capture(&self.file)?;
        let entries = match self.entry {
            Some(number) => std::slice::from_ref(numbered(&entries, number)?),
            None => entries.as_slice(),
        };
        let (mut messages, mut errors) = (Vec::new(), Vec::new());
        for entry in entries {
            match Message::of(entry) {
                Ok(message) => messages.push(message),
                Err(error) => errors.push(UnreadableMessage {
                    place: MessageOrigin::of(entry),
                    error,
                }),
            }
        }
        if let ([], [first, ..]) = (messages.as_slice(), errors.as_slice()) {
            return Err(CliError::input(input::name(&self.file), &first.error));
        }
        let several = messages.len() + errors.len() > 1;
        let texts: Vec<String> = messages.iter().map(|m| m.text(several, style)).collect();
        let notes = errors
            .iter()
            .map(UnreadableMessage::note)
            .collect::<Vec<_>>();
        let decoded = Decoded {
            verified: false,
            messages,
            errors,
        };
        Ok(Report::new(texts.join("\n"), &decoded)
            .notes(notes)
            .note(WARNING))
    }
}

impl MessageOrigin {
    fn of(entry: &Entry) -> MessageOrigin {
        MessageOrigin {
            entry: entry.number,
            time: entry.sent.at,
            address: entry.sent.to.as_deref().map(|to| shown(to).into_owned()),
        }
    }
}

impl UnreadableMessage {
    fn note(&self) -> String {
        let to = self
            .place
            .address
            .as_deref()
            .map_or_else(String::new, |to| format!(" to {to}"));
        format!(
            "note: entry {}{to} is left out: {}",
            self.place.entry, self.error
        )
    }
}

impl Message {
    fn of(entry: &Entry) -> Result<Message, String> {
        let captured = entry.message.as_ref().map_err(ToString::to_string)?;
        let xml = match &captured.content {
            Content::Xml(xml) => xml,
            Content::Field(_) => return Err(CaptureError::NotBase64.to_string()),
        };
        let decoded = DecodedMessage::of(xml).map_err(|error| {
            let is_xml = matches!(error, DecodeError::Xml(_));
            let before = captured.content.before_markup().filter(|_| is_xml);
            before.map_or_else(|| error.to_string(), |found| found.to_string())
        })?;
        Ok(Message {
            place: MessageOrigin::of(entry),
            decoded,
            binding: captured.binding(),
            relay_state: captured.relay_state.clone(),
        })
    }

    fn text(&self, several: bool, style: Style) -> String {
        let mut facts = Vec::new();
        if several {
            facts.push(("Entry", Cow::from(self.place.entry.to_string())));
        }
        let decoded = &self.decoded;
        let message = format!("{} ({})", decoded.message, decoded.description);
        facts.push(("Message", message.into()));
        facts.extend(self.place.time.map(|at| ("Sent", at.to_string().into())));
        facts.extend(self.place.address.as_deref().map(|to| ("To", to.into())));
        facts.extend(self.binding.map(|binding| ("Binding", binding.into())));
        facts.extend(
            self.relay_state
                .as_deref()
                .map(|s| ("RelayState", s.into())),
        );
        facts.extend(decoded.entra_error.map(|error| {
            let EntraError {
                code,
                meaning,
                remedy,
            } = error;
            ("Entra", format!("AADSTS{code}: {meaning} {remedy}").into())
        }));
        facts.push(("Verified", "NOTHING".into()));
        format!("{}\n{}", style.bold(&rows(0, facts)), decoded.xml)
    }
}
