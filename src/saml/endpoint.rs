//! The addresses that messages go to, and their bindings (Metadata §2.2.2).

use serde::Deserialize;
use serde::Serialize;
use url::Url;

use super::namespace::HTTP_POST;
use super::namespace::HTTP_REDIRECT;
use crate::address::has_credentials;
use crate::address::is_protected;

/// The way in which a message travels, of the bindings that we speak.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// In the query of a redirect.
    HttpRedirect,
    /// In a form.
    HttpPost,
}

impl Binding {
    /// The binding of a URI; `None` for one that we do not speak.
    pub fn from_uri(uri: &str) -> Option<Binding> {
        match uri {
            HTTP_REDIRECT => Some(Binding::HttpRedirect),
            HTTP_POST => Some(Binding::HttpPost),
            _ => None,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Binding::HttpRedirect => "HTTP-Redirect",
            Binding::HttpPost => "HTTP-POST",
        }
    }

    /// The URI of the binding.
    pub fn uri(self) -> &'static str {
        match self {
            Binding::HttpRedirect => HTTP_REDIRECT,
            Binding::HttpPost => HTTP_POST,
        }
    }
}

/// An address with its binding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Endpoint {
    /// The way in which messages travel there.
    pub binding: Binding,
    /// The address.
    pub location: String,
    /// The address that responses go to, if it is another one (Metadata §2.2.2, `ResponseLocation`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_location: Option<String>,
}

impl Endpoint {
    /// An endpoint with one address.
    pub fn new(binding: Binding, location: impl Into<String>) -> Endpoint {
        Endpoint {
            binding,
            location: location.into(),
            response_location: None,
        }
    }

    /// The address that responses go to.
    pub fn response_location(&self) -> &str {
        self.response_location.as_deref().unwrap_or(&self.location)
    }

    /// True if a browser may be sent there: an `https` address, or `http` on loopback, without a user name or a password,
    /// which everybody who signs in would learn. Anything else, such as `javascript:`, is refused (crewjam/saml's
    /// CVE-2023-45683).
    pub fn is_protected(&self) -> bool {
        let protected = |text: &str| {
            Url::parse(text).is_ok_and(|url| is_protected(&url) && !has_credentials(&url))
        };
        protected(&self.location) && protected(self.response_location())
    }
}
