//! Tokens and keys of our own: of the practice provider, and of tests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::json;

use crate::crypto::KeyError;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::crypto::VerifyingKey;

/// Signs claims, the text of a JSON object, by RS256, in the compact form.
///
/// # Errors
/// A key that is no RSA key.
pub fn signed(claims: &str, key_id: &str, key: &SigningKey) -> Result<String, KeyError> {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": key_id});
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims);
    let text = format!("{header}.{claims}");
    let signature = key.sign(SignatureAlgorithm::RsaSha256, text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// An RSA key as a set lists it; `None` for an EC key.
pub fn jwk(key_id: &str, key: &VerifyingKey) -> Option<Value> {
    let (modulus, exponent) = key.rsa_numbers()?;
    let [n, e] = [modulus, exponent].map(|number| URL_SAFE_NO_PAD.encode(number));
    Some(json!({"kty": "RSA", "use": "sig", "kid": key_id, "n": n, "e": e}))
}
