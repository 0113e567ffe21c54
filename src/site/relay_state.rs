//! The RelayState beside a message that came in: text from outside, which is compared, or sent back as it came.

use super::SignOnError;
use crate::saml::ReturnPath;

/// Lets a RelayState of at most [`MAX_BYTES`] through.
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

/// Bytes at most. The specification says 80 (Bindings §3.4.3, §3.5.3), which not all identity providers keep. The
/// longest return path, a target of ours, must pass. It is also short enough to be sent back in a query.
const MAX_BYTES: usize = ReturnPath::MAX_LENGTH;
