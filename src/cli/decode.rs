//! `entrada decode`: shows a message, and says loudly that nothing of it was verified.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde::Serializer;
use serde_json::json;

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
use super::pretty;
use crate::address::shown;
use crate::saml::EntraError;
use crate::saml::namespace;
use crate::text;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;

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
    errors: Vec<Unread>,
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
struct Unread {
    #[serde(flatten)]
    place: MessageOrigin,
    error: String,
}

#[derive(Serialize)]
struct Message {
    #[serde(flatten)]
    place: MessageOrigin,
    message: String,
    description: &'static str,
    binding: Option<&'static str>,
    relay_state: Option<String>,
    /// The meaning of Entra's number in its status, if it has one that is known.
    #[serde(serialize_with = "explained")]
    entra_error: Option<&'static EntraError>,
    xml: String,
}

fn explained<S: Serializer>(
    error: &Option<&'static EntraError>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let explained = error.map(|error| {
        // `mend` is the former name of `remedy`, for one version.
        let (code, remedy) = (error.code, error.remedy);
        json!({ "code": code, "meaning": error.meaning, "remedy": remedy, "mend": remedy })
    });
    explained.serialize(serializer)
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
                Err(error) => errors.push(Unread {
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
        let notes = errors.iter().map(Unread::note).collect::<Vec<_>>();
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

impl Unread {
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
        let text = text::decode(xml).map_err(|error| error.to_string())?;
        let document = Document::parse(&text, &Budget::METADATA).map_err(|error| {
            let before = captured.content.before_markup();
            before.map_or_else(|| error.to_string(), |found| found.to_string())
        })?;
        Ok(Message {
            place: MessageOrigin::of(entry),
            message: document.root().local().to_owned(),
            description: description(document.root()),
            binding: captured.binding(),
            relay_state: captured.relay_state.clone(),
            entra_error: entra_error(document.root()),
            xml: pretty::print(&document),
        })
    }

    fn text(&self, several: bool, style: Style) -> String {
        let mut facts = Vec::new();
        if several {
            facts.push(("Entry", Cow::from(self.place.entry.to_string())));
        }
        let message = format!("{} ({})", self.message, self.description);
        facts.push(("Message", message.into()));
        facts.extend(self.place.time.map(|at| ("Sent", at.to_string().into())));
        facts.extend(self.place.address.as_deref().map(|to| ("To", to.into())));
        facts.extend(self.binding.map(|binding| ("Binding", binding.into())));
        facts.extend(
            self.relay_state
                .as_deref()
                .map(|s| ("RelayState", s.into())),
        );
        facts.extend(self.entra_error.map(|error| {
            let EntraError {
                code,
                meaning,
                remedy,
            } = error;
            ("Entra", format!("AADSTS{code}: {meaning} {remedy}").into())
        }));
        facts.push(("Verified", "NOTHING".into()));
        format!("{}\n{}", style.bold(&rows(0, facts)), self.xml)
    }
}

/// The meaning of the number in a refused status.
fn entra_error(root: Element<'_>) -> Option<&'static EntraError> {
    let message = child(child(root, "Status")?, "StatusMessage")?;
    EntraError::named_in(message.text()?)
}

fn child<'d>(parent: Element<'d>, local: &str) -> Option<Element<'d>> {
    let mut children = parent.children();
    children.find(|child| child.is(namespace::PROTOCOL, local))
}

/// The purpose of a message, by its root element.
fn description(root: Element<'_>) -> &'static str {
    match (root.namespace(), root.local()) {
        (namespace::PROTOCOL, "AuthnRequest") => "a request to sign a person on",
        (namespace::PROTOCOL, "Response") => "the answer to a sign-on",
        (namespace::PROTOCOL, "LogoutRequest") => "a request to sign a person out",
        (namespace::PROTOCOL, "LogoutResponse") => "the answer to a sign-out",
        (namespace::PROTOCOL, _) => "another SAML 2.0 message",
        (namespace::ASSERTION, "Assertion") => "an assertion without its response",
        (namespace::METADATA, _) => "metadata: see entrada metadata show",
        _ => "no SAML 2.0 message",
    }
}
