//! `federationmetadata.xml`: with `appid` the keys of that app, without it those of the tenant, which sign no
//! response.

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

use super::EntraMetadata;
use super::aadsts::Aadsts;
use super::issue::issuer;
use super::keys::SigningKeys;
use super::page;
use super::state::State;
use crate::crypto::DigestAlgorithm;

#[derive(Deserialize)]
pub(super) struct Parameters {
    appid: Option<String>,
}

pub(super) async fn metadata(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Aadsts> {
    if tenant != state.tenant() {
        return Err(Aadsts::UnknownTenant(tenant));
    }
    let document = match parameters.appid {
        Some(app_id) => {
            let keys = state.keys_of(&app_id);
            write(&state, &keys.ok_or_else(|| state.unknown(&app_id))?)
        }
        None => match state.tenant_keys().await {
            Ok(keys) => write(&state, keys),
            Err(_) => None,
        },
    };
    Ok(match document {
        Some(document) => answer(&headers, document),
        None => page::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The metadata could not be written.",
        )
        .into_response(),
    })
}

/// The document with its `ETag`, or "not modified" to whoever has it (RFC 9110 §13.1.2).
fn answer(headers: &HeaderMap, document: Vec<u8>) -> Response {
    let etag = format!("\"{}\"", hex(&document, 16));
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "application/xml".to_owned()),
        (header::ETAG, etag),
    ];
    (headers, document).into_response()
}

/// Writes the document. The same keys make the same document, byte for byte: its ID is drawn from them.
fn write(state: &State, keys: &SigningKeys) -> Option<Vec<u8>> {
    let certificates = keys.certificates();
    let ders: Vec<u8> = certificates
        .iter()
        .flat_map(|certificate| certificate.der().to_vec())
        .collect();
    let metadata = EntraMetadata {
        id: format!("_{}", hex(&ders, 16)),
        entity_id: issuer(state.tenant()),
        base: state.base_url().to_owned(),
        tenant: state.tenant().to_owned(),
        certificates,
    };
    metadata.signed(keys.active()).ok()
}

fn hex(bytes: &[u8], length: usize) -> String {
    let digest = DigestAlgorithm::Sha256.digest(bytes);
    let digest = &digest.as_ref()[..length];
    crate::text::hex(digest)
}
