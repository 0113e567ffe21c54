//! `entrada decode`: shows a message, and says loudly that nothing of it was verified.

use std::borrow::Cow;

use serde::Serialize;

use super::captured::Captured;
use super::error::CliError;
use super::input;
use super::output::Report;
use super::output::Style;
use super::output::rows;
use super::pretty;
use crate::saml::EntraError;
use crate::saml::namespace;
use crate::xml;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;

/// Pretty-print a SAML message; nothing is verified
///
/// Reads XML, base64, the address of a redirect, the body of a form, or a HAR recording of the browser (all its
/// messages are shown).
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Decode {
    /// The captured message; - reads stdin
    #[arg(value_name = "FILE")]
    file: String,
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
}

#[derive(Serialize)]
struct Message {
    message: String,
    description: &'static str,
    binding: Option<&'static str>,
    relay_state: Option<String>,
    /// What Entra's number in its status means, if it has one that is known.
    entra_error: Option<Explained>,
    xml: String,
}

#[derive(Serialize)]
struct Explained {
    code: u32,
    meaning: &'static str,
    mend: &'static str,
}

impl Decode {
    pub(super) fn run(self, style: Style) -> Result<Report, CliError> {
        let octets = input::read(&self.file)?;
        let unreadable = |reason: String| CliError::input(input::name(&self.file), reason);
        let captured = Captured::read(&octets).map_err(|error| unreadable(error.to_string()))?;
        let messages = captured.iter().map(Message::of);
        let messages = messages
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable)?;
        let texts: Vec<String> = messages.iter().map(|m| m.text(style)).collect();
        let decoded = Decoded {
            verified: false,
            messages,
        };
        Ok(Report::new(texts.join("\n"), &decoded).note(WARNING))
    }
}

impl Message {
    fn of(captured: &Captured) -> Result<Message, String> {
        let octets = captured.xml_octets().map_err(|error| error.to_string())?;
        let text = xml::decode_utf8(&octets).map_err(|error| error.to_string())?;
        let document =
            Document::parse(text, &Budget::METADATA).map_err(|error| error.to_string())?;
        Ok(Message {
            message: document.root().local().to_owned(),
            description: description(document.root()),
            binding: captured.binding(),
            relay_state: captured.relay_state.clone(),
            entra_error: entra_error(document.root()),
            xml: pretty::print(&document),
        })
    }

    fn text(&self, style: Style) -> String {
        let mut facts = vec![(
            "Message",
            Cow::from(format!("{} ({})", self.message, self.description)),
        )];
        facts.extend(self.binding.map(|binding| ("Binding", binding.into())));
        facts.extend(
            self.relay_state
                .as_deref()
                .map(|s| ("RelayState", s.into())),
        );
        facts.extend(self.entra_error.as_ref().map(|error| {
            let Explained {
                code,
                meaning,
                mend,
            } = error;
            ("Entra", format!("AADSTS{code}: {meaning} {mend}").into())
        }));
        facts.push(("Verified", "NOTHING".into()));
        format!("{}\n{}", style.bold(&rows(0, facts)), self.xml)
    }
}

/// What the number in a refused status means.
fn entra_error(root: Element<'_>) -> Option<Explained> {
    let message = child(child(root, "Status")?, "StatusMessage")?;
    let EntraError {
        code,
        meaning,
        mend,
    } = *EntraError::named_in(message.text()?)?;
    Some(Explained {
        code,
        meaning,
        mend,
    })
}

fn child<'d>(parent: Element<'d>, local: &str) -> Option<Element<'d>> {
    let mut children = parent.children();
    children.find(|child| child.is(namespace::PROTOCOL, local))
}

/// What a message is for, by its root element.
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
