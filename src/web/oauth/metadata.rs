//! The metadata of a connection's authorization server (RFC 8414 §3).

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::answer;
use super::state::OAuth;
use crate::oauth::ErrorCode;

pub(super) async fn show(
    State(oauth): State<Arc<OAuth>>,
    Path(connection): Path<String>,
) -> Response {
    match oauth.site.server_metadata(&connection).await {
        Ok(Some(metadata)) => answer::json(200, &metadata.to_json()),
        Ok(None) => {
            let none = "there is no authorization server of this name";
            answer::refused_with(StatusCode::NOT_FOUND, ErrorCode::InvalidRequest, none)
        }
        Err(error) => {
            tracing::error!(event = "oauth-store-failed", %error, "oauth: the store failed");
            answer::refused(
                ErrorCode::TemporarilyUnavailable,
                "the store does not answer",
            )
        }
    }
}
