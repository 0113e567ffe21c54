//! OAuth over HTTP: `/entrada/oauth/{connection}/token`, outside the prefix of the SCIM server, and the metadata of it at the root
//! of the host. A request goes this way: body, up to its limit → reading → client → rate of the connection → token. What is wrong with
//! a client counts in the throttle that SCIM's credentials count in. [`crate::oauth`] reads, and the site decides.

mod answer;
mod metadata;
mod rate;
mod state;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum::routing::post;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

pub(super) use self::state::OAuth;
use super::headers;

pub(super) fn routes<S: Clone + Send + Sync + 'static>(oauth: &Arc<OAuth>) -> Router<S> {
    // The well-known part goes between the host and the path of an issuer (RFC 8414 §3.1).
    let base = oauth.site.base_url.path();
    let metadata =
        format!("/.well-known/oauth-authorization-server{base}/entrada/oauth/{{connection}}");
    Router::new()
        .route(
            "/entrada/oauth/{connection}/token",
            post(token::receive).fallback(token::wrong_method),
        )
        .route(&metadata, get(metadata::show))
        .layer(
            ServiceBuilder::new()
                .map_response(headers::set)
                .layer(CatchPanicLayer::custom(|_| answer::failed())),
        )
        .with_state(oauth.clone())
}
