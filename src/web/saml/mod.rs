//! The routes below `/saml`: sign-on, logout, our metadata, and a person's own sessions.

mod acs;
mod again;
mod choose;
mod login;
mod logout;
mod my_sessions;
pub(super) mod near_miss;
mod outgoing;
mod posted;
mod slo;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use axum::routing::post;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::Entrada;
use super::cookie::doubled;
use super::pages;

/// All routes below `/saml`, with a page at every other address there.
pub(super) fn routes(entrada: &Entrada) -> Router {
    Router::new()
        .route("/saml/login", get(choose::show))
        .route("/saml/logout", get(logout::ask).post(logout::end))
        .route(
            "/saml/sessions",
            get(my_sessions::show).post(my_sessions::end),
        )
        .route("/saml/{connection}/metadata", get(login::metadata))
        .route(
            "/saml/{connection}/login",
            get(login::begin).layer(middleware::from_fn_with_state(
                entrada.clone(),
                login::bound,
            )),
        )
        .route(
            "/saml/{connection}/acs",
            post(acs::receive).get(acs::visited),
        )
        .route(
            "/saml/{connection}/slo",
            get(slo::redirected)
                .post(slo::posted)
                .head(login::looked_at),
        )
        .fallback(near_miss::show)
        .method_not_allowed_fallback(near_miss::wrong_method)
        .layer(
            // One stack: each layer that is added by itself costs a box, and a copy of all within, for each request.
            ServiceBuilder::new()
                .layer(CatchPanicLayer::new())
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::SERVICE_UNAVAILABLE,
                    TIMEOUT,
                ))
                .layer(middleware::from_fn_with_state(
                    entrada.inner.pages.clone(),
                    pages::layer,
                ))
                .layer(middleware::from_fn_with_state(
                    entrada.inner.place(),
                    doubled::guard,
                ))
                .layer(DefaultBodyLimit::max(BODY_LIMIT)),
        )
        .with_state(entrada.clone())
}

/// A response of the largest size in base64, with its escapes and the RelayState.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// A sign-on takes milliseconds; what takes this long is stuck.
const TIMEOUT: Duration = Duration::from_secs(30);
