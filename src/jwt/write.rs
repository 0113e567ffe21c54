//! Tokens and keys of our own: of the practice provider, and of tests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::json;

use crate::crypto::VerifyingKey;

/// A token in the compact form (RFC 7515 §3.1) with these claims, the text of a JSON object. `sign` makes the signature, by RS256 and the
/// key of this id.
///
/// ```
/// use entrada::crypto::SignatureAlgorithm;
/// use entrada::crypto::SigningKey;
/// use entrada::jwt::signed;
///
/// let key = SigningKey::generate_rsa_2048()?;
/// let sign = |bytes: &[u8]| key.sign(SignatureAlgorithm::RsaSha256, bytes);
/// assert!(signed("{}", "1", sign)?.starts_with("ey"));
/// # Ok::<(), entrada::crypto::KeyError>(())
/// ```
///
/// # Errors
/// Fails as `sign` does.
pub fn signed<E>(
    claims: &str,
    key_id: &str,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<String, E> {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": key_id});
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims);
    let text = format!("{header}.{claims}");
    let signature = sign(text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// An RSA key as a set lists it; `None` for an EC key.
pub fn jwk(key_id: &str, key: &VerifyingKey) -> Option<Value> {
    let (modulus, exponent) = key.rsa_numbers()?;
    let [n, e] = [modulus, exponent].map(|number| URL_SAFE_NO_PAD.encode(number));
    Some(json!({"kty": "RSA", "use": "sig", "kid": key_id, "n": n, "e": e}))
}
