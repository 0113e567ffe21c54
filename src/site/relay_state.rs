//! The RelayState beside a message that came in: text from outside, which is compared, or sent back as it came.

use super::SignOnError;
use crate::saml::ReturnPath;

/// Lets a RelayState through that is not too long.
///
/// # Errors
/// One of more than [`MAX_BYTES`].
pub(crate) fn bounded(relay_state: Option<&str>) -> Result<Option<&str>, SignOnError> {
    match relay_state.map(str::len) {
        Some(found) if found > MAX_BYTES => Err(SignOnError::RelayStateTooLong {
            limit: MAX_BYTES,
            found,
        }),
        _ => Ok(relay_state),
    }
}

/// Says if a RelayState is so long that the response beside it is refused.
pub(crate) fn is_too_long(relay_state: &str) -> bool {
    bounded(Some(relay_state)).is_err()
}

/// Bytes at most. The specification says 80 (Bindings §3.4.3, §3.5.3). Identity providers that put an address or a
/// state of their own into it do not keep that. A target of ours is a return path, so the longest of those is the
/// least that must pass. It is also short enough to be sent back in a query.
const MAX_BYTES: usize = ReturnPath::MAX_LENGTH;
