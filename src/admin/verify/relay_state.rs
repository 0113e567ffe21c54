//! The RelayState beside a response: one that is too long, and that of a response that answers nothing.

use super::sides::OnSite;
use crate::saml::Hint;
use crate::site::is_relay_state_too_long;
use crate::site::remedy;

/// A note on where a RelayState leads, or a hint where the site does not follow it.
pub(super) fn target(site: &OnSite, relay_state: &str) -> Result<String, Hint> {
    let OnSite {
        connection,
        base_url,
    } = site;
    let overlooked = match connection.target(Some(relay_state), base_url) {
        Ok(path) => return Ok(format!("note: the RelayState leads to {}", path.as_str())),
        Err(overlooked) => overlooked,
    };
    Err(Hint {
        code: overlooked.code(),
        message: format!(
            "{overlooked}, so a server does not follow it: the sign-on leads to {} in its place. In Entra: Single sign-on > Basic SAML Configuration > Relay State: enter a target of the connection (`entrada connection show {}` lists them), or leave it empty",
            connection.default_target(base_url).as_str(),
            connection.id()
        ),
    })
}

/// The hint at a RelayState for whose length a server refuses the response beside it.
pub(super) fn too_long(relay_state: &str) -> Option<Hint> {
    is_relay_state_too_long(relay_state).then(|| Hint {
        code: TOO_LONG,
        message: format!(
            "the RelayState has {} bytes: a server refuses the response for it. {}",
            relay_state.len(),
            remedy(TOO_LONG)
        ),
    })
}

const TOO_LONG: &str = "relay-state-too-long";
