//! SCIM over HTTP: `/scim/{connection}/v2/...`. Here are headers, credentials, limits and the queue of the log;
//! [`crate::scim_service`] does the rest. A request goes this way: credential → rate of the connection → body, up to
//! its limit → its operations → answer → log. Credentials come before the rate: a stranger must not use up what a
//! connection may send. All errors have the form that SCIM clients read, also where there is no endpoint and where a
//! handler panics.

mod answer;
mod arrival;
mod body;
mod credential;
mod rate;
mod response;
mod state;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use self::arrival::Arrival;
pub(super) use self::state::Scim;
pub(super) use self::state::TIMEOUT;
use super::headers;
use super::request_id;

pub(super) fn routes<S: Clone + Send + Sync + 'static>(scim: &Arc<Scim>) -> Router<S> {
    let routes = Router::new()
        .route("/scim", any(receive))
        .route("/scim/", any(receive))
        .route("/scim/{*path}", any(receive));
    guarded(routes).with_state(scim.clone())
}

fn guarded<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.layer(
        ServiceBuilder::new()
            .map_response(headers::set)
            .layer(CatchPanicLayer::custom(|_| response::panicked())),
    )
}

async fn receive(State(scim): State<Arc<Scim>>, request: Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let arrival = Arrival {
        at: scim.site.now(),
        request_id: request_id::current(),
        started,
        parts,
    };
    let outcome = scim.answer(&arrival, body).await;
    scim.count(outcome.status());
    outcome.into_response()
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use axum::body::Body;
    use axum::http::header;

    use super::*;
    use crate::scim::ScimError;

    #[tokio::test]
    async fn a_panic_is_an_error_of_ours_in_the_form_of_scim() {
        let broken = any(|| async { panic!("a fault, for the test") as Response });
        let routes: Router = guarded(Router::new().route("/scim", broken));
        let request = Request::get("/scim").body(Body::empty()).unwrap();
        let response = routes.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/scim+json"
        );
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, ScimError::Internal.to_json());
    }
}
