//! Connections that stand in for another one while somebody validates it.

use super::Connection;
use super::ConnectionProblem;
use super::Listing;
use super::TrustSource;

impl Connection {
    /// The beginning of the ids of stand-ins; as many hexadecimal digits as [`Connection::STAND_IN_DIGITS`] follow.
    pub(crate) const STAND_IN: &'static str = "entrada-validation-";

    pub(crate) const STAND_IN_DIGITS: usize = 16;

    /// The problem with an id that somebody chose, if it is kept for stand-ins.
    pub(crate) fn reserved_id(id: &str) -> Option<ConnectionProblem> {
        let is_reserved = id.starts_with(Connection::STAND_IN);
        is_reserved.then(|| ConnectionProblem::ReservedId(id.to_owned()))
    }

    /// True for a connection that a validation has made for itself: by its id, and by what else it always is. It is removed when it is
    /// over, and no page, probe or warning speaks of it.
    pub(crate) fn is_stand_in(&self) -> bool {
        let digits = self.id().as_str().strip_prefix(Self::STAND_IN);
        let is_named = digits.is_some_and(|digits| {
            let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            digits.len() == Self::STAND_IN_DIGITS && digits.bytes().all(is_digit)
        });
        let is_unlisted = self.front_door().listing == Listing::Unlisted;
        let trust = self.trust();
        is_named && is_unlisted && matches!(trust, TrustSource::MetadataXml { file: None, .. })
    }
}
