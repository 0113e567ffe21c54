//! Opaque random tokens: session cookies, browser bindings and RelayState. A token is shown once, to the one
//! who holds it; everybody else, the store included, sees only its SHA-256. Drawing the random bytes is the
//! edge's work.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::memcmp;
use serde::Deserialize;
use serde::Serialize;

use crate::crypto::sha256;
use crate::text::redacted;

/// A secret of 256 random bits. `Debug` never prints it.
#[derive(Clone)]
pub struct Token([u8; Token::LENGTH]);

impl Token {
    /// Bytes in a token: 256 bits, beyond any guessing.
    pub const LENGTH: usize = 32;

    /// Wraps bytes that came from a cryptographic random generator.
    pub fn from_random(bytes: [u8; Token::LENGTH]) -> Token {
        Token(bytes)
    }

    /// Draws a fresh token from OpenSSL's generator.
    ///
    /// # Errors
    /// Fails when the generator has no entropy; nothing may go on without it.
    #[cfg(feature = "server")]
    pub fn random() -> Result<Token, openssl::error::ErrorStack> {
        let mut bytes = [0; Token::LENGTH];
        openssl::rand::rand_bytes(&mut bytes)?;
        Ok(Token(bytes))
    }

    /// Reads the text form that [`Token::reveal`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Token> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Token)
    }

    /// The text form, 43 characters of URL-safe base64. Only for the holder's eyes.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The hash of the token, which a store may keep.
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(&self.0))
    }
}

/// The SHA-256 of a [`Token`]; equality takes constant time.
#[derive(Clone, Copy, Eq, Serialize, Deserialize)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// A hash read back from a store.
    pub fn from_bytes(bytes: [u8; 32]) -> TokenHash {
        TokenHash(bytes)
    }

    /// The 32 bytes, as a store keeps them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &TokenHash) -> bool {
        memcmp::eq(&self.0, &other.0)
    }
}

impl std::hash::Hash for TokenHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

redacted!(Token, TokenHash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_form_and_nothing_else_parses() {
        let token = Token::from_random([7; 32]);
        let read = Token::parse(&token.reveal()).unwrap();
        assert_eq!(read.hash(), token.hash());
        for bad in [
            "",
            "short",
            &"A".repeat(44),
            &format!("{} ", token.reveal()),
        ] {
            assert!(Token::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn debug_never_prints_the_secret() {
        let token = Token::from_random([7; 32]);
        assert_eq!(
            format!("{token:?} {:?}", token.hash()),
            "Token(redacted) TokenHash(redacted)"
        );
    }
}
