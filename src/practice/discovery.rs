//! The keys of the tenant, as an app fetches them that verifies assertions.

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha1;
use serde_json::Value;
use serde_json::json;

use super::aadsts::Aadsts;
use super::page;
use super::state::State;
use crate::crypto::Certificate;
use crate::jwt::jwk;

/// `GET /{tenant}/discovery/v2.0/keys`: the keys of the tenant as a JWK Set (RFC 7517), as Entra writes one.
pub(super) async fn keys(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
) -> Result<Response, Aadsts> {
    if tenant != state.tenant() {
        return Err(Aadsts::UnknownTenant(tenant));
    }
    let keys = match state.tenant_keys().await {
        Ok(keys) => {
            let certificates = keys.certificates();
            let listed = certificates.iter().map(|one| published(&state, one));
            listed.collect::<Option<Vec<Value>>>()
        }
        Err(_) => None,
    };
    Ok(match keys {
        Some(keys) => Json(json!({ "keys": keys })).into_response(),
        None => page::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The keys could not be written.",
        )
        .into_response(),
    })
}

/// A key as Entra lists it: with its certificate, and the issuer whose tokens it signs. `None` for an EC key.
fn published(state: &State, certificate: &Certificate) -> Option<Value> {
    let key_id = key_id(certificate);
    let mut key = jwk(&key_id, certificate.key())?;
    key["x5t"] = key_id.into();
    key["x5c"] = json!([STANDARD.encode(certificate.der())]);
    key["issuer"] = issuer(state, state.tenant()).into();
    Some(key)
}

/// The SHA-1 thumbprint of the certificate, which names a key and proves nothing.
pub(super) fn key_id(certificate: &Certificate) -> String {
    URL_SAFE_NO_PAD.encode(sha1(certificate.der()))
}

/// The issuer of a tenant's assertions.
pub(super) fn issuer(state: &State, tenant: &str) -> String {
    format!("{}/{tenant}/v2.0", state.base_url())
}
