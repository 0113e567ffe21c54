//! The stages of a token, each a type: [`UnverifiedJwt`] → [`VerifiedJwt`]. The second is made of the first by a signature that
//! holds, and this file alone makes it. The payload is not even decoded before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Map;
use serde_json::Value;

use super::JwkSet;
use super::JwtError;
use super::header;
use super::limits;
use crate::crypto::SignatureAlgorithm;
use crate::json;
use crate::json::NameCase;
use crate::text::redacted;
use crate::text::shown;

/// A token as it arrived. Nobody vouches for it, and nothing can be read from it but the id of the key that it names.
///
/// ```
/// use entrada::jwt::UnverifiedJwt;
///
/// // {"alg":"none"}
/// let error = UnverifiedJwt::read("eyJhbGciOiJub25lIn0.e30.").unwrap_err();
/// assert_eq!(error.to_string(), "expected alg RS256 in the header, found \"none\"");
/// ```
pub struct UnverifiedJwt<'a> {
    key_id: String,
    /// Header and payload with the dot between them: what is signed (RFC 7515 §5.2).
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> UnverifiedJwt<'a> {
    /// Bytes of a token at most.
    pub const MAX_BYTES: usize = limits::TOKEN_BYTES;

    /// Reads the compact form (RFC 7515 §3.1) and its header.
    ///
    /// # Errors
    /// A text that is too large or not of three parts, or one whose header is refused: another algorithm than RS256, `crit`, `b64`,
    /// another type, no `kid`.
    pub fn read(token: &'a str) -> Result<UnverifiedJwt<'a>, JwtError> {
        if token.len() > UnverifiedJwt::MAX_BYTES {
            return Err(JwtError::TooLarge { found: token.len() });
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(JwtError::Parts { found: parts.len() });
        };
        let key_id = header::key_id(&object("header", header)?)?;
        Ok(UnverifiedJwt {
            key_id,
            signed: &token[..header.len() + 1 + payload.len()],
            payload,
            signature: decoded("signature", signature)?,
        })
    }

    /// The id of the key that is said to have signed it. It chooses among trusted keys and does nothing else.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Verifies the signature with the key of the set that the token names, and reads what was signed.
    ///
    /// # Errors
    /// A key that the set does not have, a signature that does not hold, and then a payload that is no JSON object with each name
    /// once.
    pub fn verify(self, keys: &JwkSet) -> Result<VerifiedJwt, JwtError> {
        let mut named = keys.named(&self.key_id).peekable();
        let key_id = || shown(&self.key_id);
        if named.peek().is_none() {
            return Err(JwtError::UnknownKey { key_id: key_id() });
        }
        let (algorithm, signed) = (SignatureAlgorithm::RsaSha256, self.signed.as_bytes());
        if !named.any(|key| key.verify(algorithm, signed, &self.signature).is_ok()) {
            return Err(JwtError::Signature { key_id: key_id() });
        }
        Ok(VerifiedJwt {
            claims: object("payload", self.payload)?,
        })
    }
}

/// A token whose signature holds. Whether it is meant for us, and now, is another question.
pub struct VerifiedJwt {
    claims: Map<String, Value>,
}

impl VerifiedJwt {
    /// The value of the claim with this name. Letter case counts.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }
}

redacted!(VerifiedJwt);

/// Never prints the token.
impl std::fmt::Debug for UnverifiedJwt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnverifiedJwt(redacted)")
    }
}

fn object(part: &'static str, text: &str) -> Result<Map<String, Value>, JwtError> {
    match json::read(&decoded(part, text)?, NameCase::Counts) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(JwtError::NotAnObject { part }),
        Err(refused) => Err(match refused.twice {
            Some(name) => JwtError::NameTwice {
                part,
                name: shown(&name),
            },
            None => JwtError::NotAnObject { part },
        }),
    }
}

fn decoded(part: &'static str, text: &str) -> Result<Vec<u8>, JwtError> {
    let bytes = URL_SAFE_NO_PAD.decode(text);
    bytes.map_err(|_| JwtError::Encoding { part })
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
