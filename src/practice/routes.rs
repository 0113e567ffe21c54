//! The addresses, as Entra has them, and what holds for all of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::middleware;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use tower_http::timeout::TimeoutLayer;

use super::cookie;
use super::directory_pages;
use super::discovery;
use super::federation;
use super::logout;
use super::page;
use super::portal;
use super::provision;
use super::sso;
use super::state::State;
use crate::web::Bodies;
use crate::web::count_bodies;
use crate::web::origin::is_from_here;

pub(super) fn router(state: Arc<State>) -> Router {
    let buttons = Router::new()
        .route("/signin", post(portal::sign_in))
        .route("/signout", post(logout::everywhere))
        .route("/fault", post(portal::arm))
        .route("/reach", post(portal::set_reach))
        .route("/launch", post(portal::launch))
        .route("/sign-ins", post(portal::set_sign_ins))
        .route("/{tenant}/login", post(sso::choose))
        .merge(directory_pages::buttons())
        .merge(provision::pages::buttons())
        .layer(middleware::from_fn_with_state(
            state.clone(),
            own_pages_only,
        ));
    Router::new()
        .route("/", get(portal::show))
        .route(
            "/{tenant}/saml2",
            get(sso::by_redirect).post(sso::by_post).head(looked_at),
        )
        .route(
            "/{tenant}/federationmetadata/2007-06/federationmetadata.xml",
            get(federation::metadata),
        )
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .merge(directory_pages::pages())
        .merge(provision::pages::pages())
        .merge(buttons)
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            state.clone(),
            without_doubled_cookies,
        ))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(
            Bodies::default(),
            count_bodies,
        ))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            TIMEOUT,
        ))
        .with_state(state)
}

/// HEAD is asked by those who look whether an address is there: it signs nobody on or out.
async fn looked_at() -> StatusCode {
    StatusCode::OK
}

async fn not_found() -> Response {
    page::plain(StatusCode::NOT_FOUND, "There is no such page here.").into_response()
}

async fn wrong_method() -> Response {
    let sentence = "This address takes no such request.";
    page::plain(StatusCode::METHOD_NOT_ALLOWED, sentence).into_response()
}

async fn without_doubled_cookies(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let removal = cookie::without_doubled(&state, request.headers(), request.uri().path());
    let mut response = next.run(request).await;
    if let Some(removal) = removal {
        removal.put_before(response.headers_mut());
    }
    response
}

/// The buttons are on our own pages: another site may not press them.
async fn own_pages_only(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    match is_from_here(request.headers(), state.base_url()) {
        true => next.run(request).await,
        false => page::plain(
            StatusCode::FORBIDDEN,
            "This button works on the identity provider's own pages only.",
        )
        .into_response(),
    }
}

/// Bytes of a form at most: a request of a few kilobytes in base64, with room to spare.
const BODY_LIMIT: usize = 256 * 1024;

/// Far more than any answer takes, the making of a key included.
const TIMEOUT: Duration = Duration::from_secs(10);
