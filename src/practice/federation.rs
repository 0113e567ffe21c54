//! `federationmetadata.xml`: with `appid` the keys of that app, without it those of the tenant, which sign no
//! response.

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

use super::EntraMetadata;
use super::aadsts::Aadsts;
use super::issue::guid;
use super::issue::issuer;
use super::keys::SigningKeys;
use super::page;
use super::state::State;

#[derive(Deserialize)]
pub(super) struct Parameters {
    appid: Option<String>,
}

/// `GET /{tenant}/federationmetadata/2007-06/federationmetadata.xml`
pub(super) async fn metadata(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Response {
    if tenant != state.tenant() {
        return page::refusal(&Aadsts::UnknownTenant(tenant)).into_response();
    }
    let document = match parameters.appid {
        Some(app_id) => match state.app(&app_id) {
            Some(entry) => write(&state, &entry.keys),
            None => {
                let error = Aadsts::UnknownApplication {
                    identifier: app_id,
                    tenant,
                };
                return page::refusal(&error).into_response();
            }
        },
        None => match state.tenant_keys().await {
            Ok(keys) => write(&state, keys),
            Err(_) => None,
        },
    };
    match document {
        Some(document) => ([(header::CONTENT_TYPE, "application/xml")], document).into_response(),
        None => page::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The metadata could not be written.",
        )
        .into_response(),
    }
}

fn write(state: &State, keys: &SigningKeys) -> Option<Vec<u8>> {
    let metadata = EntraMetadata {
        id: format!("_{}", guid().ok()?),
        entity_id: issuer(state.tenant()),
        base: state.base_url().to_owned(),
        tenant: state.tenant().to_owned(),
        certificates: keys.certificates(),
    };
    metadata.signed(keys.active()).ok()
}
