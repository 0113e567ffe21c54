//! Message identifiers (SAML 2.0 Core §1.3.4): unguessable, unique, and an NCName that Entra accepts.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::text::hex;

/// The `ID` of a message that we send.
///
/// SAML asks for at least 128 random bits; this one carries 160. It begins with a letter since Entra refuses
/// an ID that begins with a digit (AADSTS7500529).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageId(String);

impl MessageId {
    /// Random bytes that one ID takes.
    pub const RANDOM_BYTES: usize = 20;

    /// Makes an ID of bytes that came from a cryptographic random generator.
    pub fn from_random(bytes: [u8; MessageId::RANDOM_BYTES]) -> MessageId {
        MessageId(format!("id-{}", hex(&bytes)))
    }

    /// Draws a fresh ID from OpenSSL's generator.
    ///
    /// # Errors
    /// Fails when the generator has no entropy.
    #[cfg(feature = "server")]
    pub fn random() -> Result<MessageId, openssl::error::ErrorStack> {
        let mut bytes = [0; MessageId::RANDOM_BYTES];
        openssl::rand::rand_bytes(&mut bytes)?;
        Ok(MessageId::from_random(bytes))
    }

    /// Takes an ID that somebody else names, such as an `InResponseTo` or an argument of `entrada verify`:
    /// it proves nothing by itself. `None` when it is empty or longer than 256 bytes, which no ID of ours is.
    pub fn from_text(text: &str) -> Option<MessageId> {
        (!text.is_empty() && text.len() <= 256).then(|| MessageId(text.to_owned()))
    }

    /// The ID as it stands in the message.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({})", self.0)
    }
}
