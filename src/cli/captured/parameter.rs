//! A parameter that carries a message, before it is decoded.

use jiff::Timestamp;

use super::error::CaptureError;

pub(super) struct Parameter {
    pub(super) name: Option<&'static str>,
    pub(super) value: Result<String, CaptureError>,
    pub(super) relay_state: Option<String>,
    pub(super) sent: Sent,
    /// True in a page that is to post it: a request may carry it too.
    pub(super) on_page: bool,
}

impl Parameter {
    pub(super) fn new(name: Option<&'static str>, value: impl Into<String>) -> Parameter {
        Parameter {
            name,
            value: Ok(value.into()),
            relay_state: None,
            sent: Sent::default(),
            on_page: false,
        }
    }
}

/// The names of parameters that carry messages.
pub(super) const NAMES: [&str; 2] = ["SAMLResponse", "SAMLRequest"];

/// The name of a parameter that carries a message, in whatever case it is written.
pub(super) fn known_name(written: &str) -> Option<&'static str> {
    let mut names = NAMES.into_iter();
    names.find(|name| name.eq_ignore_ascii_case(written))
}

/// The time and the receiver of a message, as far as the capture says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::cli) struct Sent {
    pub(in crate::cli) at: Option<Timestamp>,
    /// The address of the receiver, without its query.
    pub(in crate::cli) to: Option<String>,
}

/// The address of a receiver: without query and fragment.
pub(super) fn receiver(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url[..end].to_owned()
}

/// A sign-on over three providers leaves some ten messages, a morning in front of the browser a few hundred.
pub(super) const ENTRIES_MAX: usize = 1000;
