//! JSON Web Key Sets (RFC 7517 §5): of one, the RSA keys for signatures.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Map;
use serde_json::Value;

use super::JwkSetError;
use super::limits;
use crate::crypto::VerifyingKey;
use crate::json;
use crate::json::NameCase;

/// The RSA keys of a set that verify signatures, by their ids; at least one.
///
/// Two keys may have one id, which RFC 7517 §4.5 advises against and does not forbid: then both are tried. The publisher vouches for
/// either, so nothing is gained by which of them made a signature; to refuse the set would stop everybody for a slip of the publisher.
#[derive(Clone)]
pub struct JwkSet {
    keys: Vec<(String, VerifyingKey)>,
}

impl JwkSet {
    /// Bytes of a document at most.
    pub const MAX_BYTES: usize = limits::SET_BYTES;
    /// Keys in a document at most.
    pub const MAX_KEYS: usize = limits::SET_KEYS;

    /// Reads a document. Keys of other kinds, for other uses, without an id, or of a size that is refused are passed over, as RFC 7517
    /// §5 advises; so are those that name an issuer (`issuer`, an addition of Entra's) for which `is_issuer` is false.
    ///
    /// # Errors
    /// A document that is too large, none, or without a key for us.
    pub fn read(document: &[u8], is_issuer: impl Fn(&str) -> bool) -> Result<JwkSet, JwkSetError> {
        if document.len() > JwkSet::MAX_BYTES {
            let found = document.len();
            return Err(JwkSetError::TooLarge { found });
        }
        let document = json::read(document, NameCase::Counts).ok();
        let keys = document.as_ref().and_then(|document| document.get("keys"));
        let keys = keys.and_then(Value::as_array);
        let keys = keys.ok_or(JwkSetError::NotASet)?;
        if keys.len() > JwkSet::MAX_KEYS {
            return Err(JwkSetError::TooMany { found: keys.len() });
        }
        let keys = keys.iter().filter_map(Value::as_object);
        let ours = keys.filter(|key| match key.get("issuer") {
            None => true,
            Some(issuer) => issuer.as_str().is_some_and(&is_issuer),
        });
        let keys: Vec<_> = ours.filter_map(read_key).collect();
        match keys.is_empty() {
            true => Err(JwkSetError::NoKey),
            false => Ok(JwkSet { keys }),
        }
    }

    /// True if a key has this id, to the letter.
    pub fn has(&self, key_id: &str) -> bool {
        self.named(key_id).next().is_some()
    }

    /// The ids of the keys.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    /// The keys of this id.
    pub(super) fn named(&self, key_id: &str) -> impl Iterator<Item = &VerifyingKey> {
        let named = self.keys.iter().filter(move |(id, _)| id == key_id);
        named.map(|(_, key)| key)
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.key_ids()).finish()
    }
}

/// An RSA key for signatures (RFC 7517 §4, RFC 7518 §6.3.1); `None` for any other.
fn read_key(key: &Map<String, Value>) -> Option<(String, VerifyingKey)> {
    let text = |name| key.get(name).and_then(Value::as_str);
    let is_absent_or = |name, wanted| !key.contains_key(name) || text(name) == Some(wanted);
    let verifies = match key.get("key_ops") {
        None => true,
        Some(operations) => {
            let operations = operations.as_array();
            operations.is_some_and(|all| all.iter().any(|one| one == "verify"))
        }
    };
    let is_for_signatures = is_absent_or("use", "sig") && is_absent_or("alg", "RS256") && verifies;
    if text("kty") != Some("RSA") || !is_for_signatures {
        return None;
    }
    let number = |name| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let numbers = VerifyingKey::from_rsa_numbers(&number("n")?, &number("e")?);
    let id = text("kid").filter(|id| !id.is_empty())?;
    Some((id.to_owned(), numbers.ok()?))
}

#[cfg(test)]
#[path = "jwk_set_tests.rs"]
mod tests;
