//! The facts that are known of a document besides its bytes.

use jiff::Timestamp;

/// The facts that are known of a document besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The entity to look at; all identity providers of the document where none is named.
    pub entity_id: Option<&'a str>,
    /// The address that it came from; anything else where it came from a file.
    pub source: &'a str,
    /// The time at which its source last vouched for it, if it is a copy that will be renewed.
    pub confirmed: Option<Timestamp>,
    /// True if our sign-on requests are signed.
    pub signs_requests: bool,
    /// The present moment.
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// A document about which only its source is known.
    pub fn new(source: &'a str, now: Timestamp) -> Context<'a> {
        Context {
            entity_id: None,
            source,
            confirmed: None,
            signs_requests: false,
            now,
        }
    }
}
