//! `/healthz` and `/readyz`, for whoever watches the process.

use axum::extract::State;
use axum::http::StatusCode;

use super::Entrada;

/// The process lives.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers, and at least one connection can be trusted.
pub(super) async fn readyz(State(entrada): State<Entrada>) -> (StatusCode, &'static str) {
    match entrada.registry().current().await {
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer\n",
        ),
        Ok(snapshot) if snapshot.iter().any(|loaded| loaded.trust.is_ok()) => {
            (StatusCode::OK, "ready\n")
        }
        Ok(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "no connection can be trusted\n",
        ),
    }
}
