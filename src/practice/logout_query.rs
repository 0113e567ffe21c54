//! A signed query in Entra's spelling: lower-case escapes, the signature before its algorithm. A service provider that
//! spells the query anew before it verifies finds other bytes than were signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::dsig::SignError;
use crate::dsig::Signer;
use crate::saml::redirect::Outgoing;
use crate::saml::redirect::deflate;

/// The address to send the browser to.
pub(super) fn signed_url(outgoing: &Outgoing<'_>, signer: &Signer) -> Result<String, SignError> {
    let message = STANDARD.encode(deflate(outgoing.message));
    let mut query = format!("{}={}", outgoing.kind.parameter(), escape(&message));
    if let Some(relay_state) = outgoing.relay_state {
        query += &format!("&RelayState={}", escape(relay_state));
    }
    let algorithm = format!("&SigAlg={}", escape(signer.algorithm().uri()));
    let signature = signer.sign_bytes(format!("{query}{algorithm}").as_bytes())?;
    let signature = escape(&STANDARD.encode(signature));
    let joint = if outgoing.destination.contains('?') {
        '&'
    } else {
        '?'
    };
    Ok(format!(
        "{}{joint}{query}&Signature={signature}{algorithm}",
        outgoing.destination
    ))
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3), in lower case.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(byte.into());
        } else {
            escaped += &format!("%{byte:02x}");
        }
    }
    escaped
}
