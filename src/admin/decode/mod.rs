//! A message in XML as people read it. Nothing of it is verified.

mod pretty;

use serde::Serialize;
use serde::Serializer;
use serde_json::json;

use crate::saml::EntraError;
use crate::saml::namespace;
use crate::text;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::XmlError;

/// A message as people read it. Nothing of it is verified.
#[derive(Clone, Serialize, Debug)]
pub struct DecodedMessage {
    /// The name of its root element.
    pub message: String,
    /// The purpose of such a message.
    pub description: &'static str,
    /// The meaning of Entra's number in its status, if it has one that is known.
    #[serde(serialize_with = "explained")]
    pub entra_error: Option<&'static EntraError>,
    /// The XML, one element a line. What could steer a terminal is written as a reference.
    pub xml: String,
}

/// The reason why a message cannot be decoded.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is no text.
    #[error("{0}")]
    NotText(String),
    /// It is no XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
}
debug_as_sentence!(DecodeError);

impl DecodedMessage {
    /// Reads a message. Fails on bytes that are no text, and on a text that is no XML within the limits of metadata.
    pub fn of(xml: &[u8]) -> Result<DecodedMessage, DecodeError> {
        let text = text::decode(xml).map_err(|error| DecodeError::NotText(error.to_string()))?;
        let document = Document::parse(&*text, &Budget::METADATA)?;
        let root = document.root();
        Ok(DecodedMessage {
            message: root.local().to_owned(),
            description: description(root),
            entra_error: entra_error(root),
            xml: pretty::print(&document),
        })
    }
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

fn entra_error(root: Element<'_>) -> Option<&'static EntraError> {
    let message = child(child(root, "Status")?, "StatusMessage")?;
    EntraError::named_in(message.text()?)
}

fn child<'d>(parent: Element<'d>, local: &str) -> Option<Element<'d>> {
    let mut children = parent.children();
    children.find(|child| child.is(namespace::PROTOCOL, local))
}

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
