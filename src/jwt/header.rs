//! The header of a token (RFC 7515 §4): what it must say, and what is refused in it. What names keys by anything but an id
//! (`jku`, `jwk`, `x5u`, `x5c`) is never looked at: keys come from configuration alone.

use serde_json::Map;
use serde_json::Value;

use super::JwtError;
use crate::text::shown;

/// The id of the key that made the signature, of a header that is accepted.
pub(super) fn key_id(header: &Map<String, Value>) -> Result<String, JwtError> {
    let text = |name| header.get(name).and_then(Value::as_str);
    let found = |name| {
        let found = header.get(name).map(Value::to_string);
        found.map_or_else(|| "none".to_owned(), |found| shown(&found))
    };
    if text("alg") != Some("RS256") {
        return Err(JwtError::Algorithm {
            found: found("alg"),
        });
    }
    if let Some(found) = ["crit", "b64"]
        .into_iter()
        .find(|name| header.contains_key(*name))
    {
        return Err(JwtError::Critical { found });
    }
    if header.contains_key("typ") && text("typ") != Some("JWT") {
        return Err(JwtError::Type {
            found: found("typ"),
        });
    }
    match text("kid") {
        Some(key_id) if !key_id.is_empty() => Ok(key_id.to_owned()),
        _ => Err(JwtError::NoKeyId {
            found: found("kid"),
        }),
    }
}
