//! SCIM over HTTP: `/scim/{connection}/v2/...`. Here are headers, credentials, limits and the queue of the log; what is
//! done about a request is [`crate::scim_service`]'s.
//!
//! A request goes this way: credential → rate of the connection → body, up to its limit → answer → log. Credentials come
//! before the rate: a stranger must not be able to use up what a connection may send. Whatever goes wrong on the way is
//! answered in the form that SCIM clients read, also where there is no endpoint and where a handler panics.

mod body;
mod credential;
mod log;
mod rate;
mod request_id;
mod response;
mod throttle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use tower_http::catch_panic::CatchPanicLayer;

use self::credential::Denied;
use self::log::LogQueue;
use self::rate::Rates;
use self::response::Outcome;
use self::throttle::Throttle;
use super::Entrada;
use super::headers;
use super::registry::Loaded;
use crate::directory::Scope;
use crate::provisioning::Authenticated;
use crate::scim::ScimError;
use crate::scim_service::Conditions;
use crate::scim_service::Method;
use crate::scim_service::Occasion;
use crate::scim_service::ScimRequest;
use crate::scim_service::ScimService;
use crate::scim_service::body_limit;
use crate::store::Store;

/// What is kept between requests.
pub(super) struct Scim {
    throttle: Throttle,
    rates: Rates,
    log: LogQueue,
    statuses: Mutex<BTreeMap<u16, u64>>,
}

impl Scim {
    /// Starts the queue of the log, so it needs a runtime.
    pub(super) fn start(store: Arc<dyn Store>) -> Scim {
        Scim {
            throttle: Throttle::new(),
            rates: Rates::default(),
            log: LogQueue::start(store),
            statuses: Mutex::default(),
        }
    }

    /// How many answers had each status.
    pub(super) fn statuses(&self) -> BTreeMap<u16, u64> {
        self.counted().clone()
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<u16, u64>> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes, with limits of their own.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(entrada: &Entrada) -> Router<S> {
    let routes = Router::new()
        .route("/scim", any(receive))
        .route("/scim/", any(receive))
        .route("/scim/{*path}", any(receive));
    guarded(routes).with_state(entrada.clone())
}

fn guarded<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .layer(CatchPanicLayer::custom(|_| response::panicked()))
        .layer(middleware::from_fn(headers::guard))
}

async fn receive(State(entrada): State<Entrada>, request: Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let arrival = Arrival {
        request_id: request_id::of(&parts.headers),
        started,
        parts,
    };
    let outcome = tokio::time::timeout(TIMEOUT, entrada.answer_scim(&arrival, body)).await;
    let outcome = outcome.unwrap_or_else(|_| Outcome::refused(&ScimError::Unavailable));
    *entrada
        .scim()
        .counted()
        .entry(outcome.status())
        .or_default() += 1;
    outcome.into_response(&arrival.request_id)
}

/// A request without its body.
struct Arrival {
    request_id: String,
    started: Instant,
    parts: Parts,
}

impl Arrival {
    /// The segment behind `/scim`, and what follows it.
    fn place(&self) -> (&str, &str) {
        let path = self.parts.uri.path();
        let below = path.strip_prefix("/scim").unwrap_or(path);
        let below = below.trim_start_matches('/');
        below.split_at(below.find('/').unwrap_or(below.len()))
    }

    fn header(&self, name: HeaderName) -> Option<String> {
        header(&self.parts.headers, name)
    }

    /// What the request says, but for its body. `path` is what follows the connection.
    fn request(&self, path: &str) -> ScimRequest {
        ScimRequest {
            method: Method::named(self.parts.method.as_str()),
            path: path.to_owned(),
            query: self.parts.uri.query().unwrap_or_default().to_owned(),
            content_type: self.header(header::CONTENT_TYPE),
            conditions: Conditions {
                if_match: self.header(header::IF_MATCH),
                if_none_match: self.header(header::IF_NONE_MATCH),
            },
            body: Vec::new(),
        }
    }
}

/// The values of a header, which may be there several times. One that is no text is none: it fits nothing.
fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let values: Vec<&str> = values
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

impl Entrada {
    async fn answer_scim(&self, arrival: &Arrival, body: Body) -> Outcome {
        let (connection, path) = arrival.place();
        let (caller, loaded) = match self.authenticate(arrival, connection).await {
            Ok(known) => known,
            Err(denied) => return self.denied(arrival, denied),
        };
        if let Err(wait) = self.scim().rates.check(&loaded.connection) {
            tracing::info!(
                connection,
                retry_after = wait.as_secs(),
                "scim: too many requests"
            );
            return Outcome::later(wait);
        }
        let answered = self
            .answer_caller(arrival, caller, &loaded, path, body)
            .await;
        for cause in &answered.causes {
            tracing::error!(
                connection,
                request = arrival.request_id,
                cause,
                "scim: the store failed"
            );
        }
        tracing::debug!(
            connection,
            request = arrival.request_id,
            status = answered.answer.status,
            duration_us = arrival.started.elapsed().as_micros(),
            "scim"
        );
        self.scim().log.note(answered.log);
        Outcome::answered(answered.answer)
    }

    async fn answer_caller(
        &self,
        arrival: &Arrival,
        caller: Authenticated,
        loaded: &Loaded,
        path: &str,
        body: Body,
    ) -> crate::scim_service::Answered {
        let occasion = self.occasion(arrival, caller);
        let service = ScimService {
            directory: self.store(),
            view: &loaded.view,
            rules: Scope::of(&loaded.connection, occasion.now).rules,
        };
        let path = match versioned(path) {
            Ok(path) => path,
            Err(error) => return service.refuse(&arrival.request(path), &occasion, error),
        };
        let mut request = arrival.request(path);
        match body::read(body, body_limit(path)).await {
            Ok(octets) => request.body = octets,
            Err(error) => return service.refuse(&request, &occasion, error),
        }
        service.answer(&request, &occasion).await
    }

    fn occasion(&self, arrival: &Arrival, caller: Authenticated) -> Occasion {
        let started = arrival.started;
        Occasion {
            caller,
            request_id: arrival.request_id.clone(),
            now: self.now(),
            elapsed: Arc::new(move || started.elapsed()),
            random: Arc::new(random),
        }
    }

    fn denied(&self, arrival: &Arrival, denied: Denied) -> Outcome {
        match denied {
            Denied::Wrong(entry) => {
                self.scim().log.note(entry.into_iter().collect());
                Outcome::unauthorized()
            }
            Denied::TooOften(wait) => Outcome::later(wait),
            Denied::Store(error) => {
                tracing::error!(request = arrival.request_id, %error, "scim: the store failed");
                Outcome::refused(&ScimError::Unavailable)
            }
        }
    }

    pub(super) fn scim(&self) -> &Scim {
        &self.inner.scim
    }
}

/// What follows `/v2`. Of other versions the RFC has an error of its own (§3.13).
fn versioned(path: &str) -> Result<&str, ScimError> {
    let path = path.trim_start_matches('/');
    let (version, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    let number = version.strip_prefix(['v', 'V']).unwrap_or_default();
    let is_version = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    match (number, is_version) {
        ("2", _) => Ok(rest),
        (_, true) => Err(ScimError::InvalidVersion),
        (_, false) => Err(ScimError::NotFound),
    }
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut octets = [0; N];
    openssl::rand::rand_bytes(&mut octets).ok()?;
    Some(octets)
}

/// A request takes milliseconds, a Bulk request seconds; what takes this long is stuck. Entra waits longer.
const TIMEOUT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;

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

    #[test]
    fn a_version_is_ours_another_or_none() {
        for (path, expected) in [
            ("/v2/Users", Ok("/Users")),
            ("//V2", Ok("")),
            ("/v1/Users", Err(ScimError::InvalidVersion)),
            ("/v2.1/Users", Err(ScimError::InvalidVersion)),
            ("/Users", Err(ScimError::NotFound)),
            ("/v/Users", Err(ScimError::NotFound)),
            ("", Err(ScimError::NotFound)),
        ] {
            assert_eq!(versioned(path), expected, "{path}");
        }
    }
}
