//! A parameter that carries a message, before it is decoded.

use jiff::Timestamp;

use super::error::CaptureError;

/// A parameter with a message, as it was written.
pub(super) struct Parameter {
    pub(super) name: Option<&'static str>,
    pub(super) value: Result<String, CaptureError>,
    pub(super) relay_state: Option<String>,
    pub(super) sent: Sent,
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
