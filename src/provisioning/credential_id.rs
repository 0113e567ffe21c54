//! The public name of a credential.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::text::hex;
use crate::text::is_hex;

/// The public name of a credential: it stands in logs and commands, and opens nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct CredentialId(String);

/// The text is no name of a credential.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a credential's id is 16 lower-case hexadecimal digits")]
pub struct CredentialIdError;
debug_as_sentence!(CredentialIdError);

impl CredentialId {
    /// Bytes of an id before they become text.
    pub const BYTES: usize = 8;

    /// An id of bytes that came from a cryptographic random generator.
    pub fn from_random(bytes: [u8; CredentialId::BYTES]) -> CredentialId {
        CredentialId(hex(&bytes))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CredentialId {
    type Err = CredentialIdError;

    fn from_str(text: &str) -> Result<CredentialId, CredentialIdError> {
        match is_hex(text, 2 * CredentialId::BYTES) {
            true => Ok(CredentialId(text.to_owned())),
            false => Err(CredentialIdError),
        }
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
