//! The words about tokens that are about to end, so that provisioning does not stop by surprise.

use crate::admin::credentials::CredentialExpiry;
use crate::admin::log::time;
use crate::metadata::ExpiryLevel;

/// Says that a token has ended or is about to, and names the commands that help.
pub(in crate::cli) fn message(expiry: &CredentialExpiry) -> String {
    let (id, at) = (&expiry.credential, time(expiry.expires));
    match expiry.level {
        ExpiryLevel::Past => format!(
            "the token {id} expired at {at}, and no other is in use: entrada token extend {id} --expires-in 365d, or revoke it if nobody needs it"
        ),
        _ => format!(
            "the token {id} expires at {at}: entrada token rotate {id}, and paste the new one into Entra; or entrada token extend {id} --expires-in 365d"
        ),
    }
}
