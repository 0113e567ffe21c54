//! SCIM over HTTP: `/scim/{connection}/v2/...`. Here are headers, credentials, limits and the queue of the log; what is
//! done about a request is [`crate::scim_service`]'s.
//!
//! A request goes this way: credential → rate of the connection → body, up to its limit → its operations → answer → log. Credentials come
//! before the rate: a stranger must not be able to use up what a connection may send. Whatever goes wrong on the way is
//! answered in the form that SCIM clients read, also where there is no endpoint and where a handler panics.

mod body;
mod credential;
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
use axum::response::Response;
use axum::routing::any;
use jiff::Timestamp;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use self::credential::Denied;
use self::rate::Rates;
use self::response::Outcome;
use self::throttle::Throttle;
use super::Entrada;
use super::bodies;
use super::headers;
use crate::connection::ConnectionId;
use crate::directory::Scope;
use crate::provisioning::Authenticated;
use crate::scim::ScimError;
use crate::scim_service::Conditions;
use crate::scim_service::Method;
use crate::scim_service::RequestContext;
use crate::scim_service::ScimRequest;
use crate::scim_service::ScimService;
use crate::scim_service::body_limit;
use crate::site::Loaded;
use crate::site::LogQueue;
use crate::store::Store;

/// What is kept between requests.
pub(super) struct Scim {
    throttle: Throttle,
    rates: Rates,
    log: LogQueue,
    statuses: Mutex<BTreeMap<u16, u64>>,
    timeout: Duration,
}

impl Scim {
    /// Starts the queue of the log, so it needs a runtime.
    pub(super) fn start(store: Arc<dyn Store>, timeout: Duration) -> Scim {
        Scim {
            timeout,
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
    routes.layer(
        ServiceBuilder::new()
            .map_response(headers::set)
            .layer(CatchPanicLayer::custom(|_| response::panicked())),
    )
}

async fn receive(State(entrada): State<Entrada>, request: Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let arrival = Arrival {
        at: entrada.now(),
        request_id: request_id::of(&parts.headers),
        started,
        parts,
    };
    let outcome = entrada.answer_scim(&arrival, body).await;
    *entrada
        .scim()
        .counted()
        .entry(outcome.status())
        .or_default() += 1;
    outcome.into_response(&arrival.request_id)
}

/// A request of a caller who may ask, as far as it could be read.
struct Received {
    occasion: RequestContext,
    request: Result<ScimRequest, (ScimRequest, ScimError)>,
    loaded: Arc<Loaded>,
}

/// A request without its body.
struct Arrival {
    /// The moment at which it came, by the site's clock: its credential is held against it. A change is made at the moment at which
    /// the body is complete, which may be half a minute later.
    at: Timestamp,
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
    /// The request has so much time to arrive. After that, what only reads has as much again to be answered; a change is
    /// waited for, since it may be on disk a moment after anybody has lost patience: what was done is never answered with
    /// an error because it took long.
    async fn answer_scim(&self, arrival: &Arrival, body: Body) -> Outcome {
        let received = tokio::time::timeout(self.scim().timeout, self.receive(arrival, body)).await;
        let received = match received {
            Ok(Ok(received)) => received,
            Ok(Err(outcome)) => return outcome,
            Err(_) => return slow(arrival, "to arrive"),
        };
        let answering = self.answer_received(arrival, &received);
        match received.request {
            Ok(ref request) if request.may_change() => answering.await,
            _ => tokio::time::timeout(self.scim().timeout, answering)
                .await
                .unwrap_or_else(|_| slow(arrival, "to be answered")),
        }
    }

    /// The caller and the request, as far as they hold.
    async fn receive(&self, arrival: &Arrival, body: Body) -> Result<Received, Outcome> {
        let (connection, path) = arrival.place();
        let (caller, loaded) = match self.authenticate(arrival, connection).await {
            Ok(known) => known,
            Err(denied) => return Err(self.denied(arrival, denied)),
        };
        let (id, rates) = (loaded.connection.id(), &self.scim().rates);
        within(id, rates.check(&loaded.connection))?;
        bodies::vouch(&arrival.parts, id);
        let request = self.read(arrival, path, body).await;
        if let Ok(request) = &request {
            let operations = request.operations();
            within(id, rates.check_operations(&loaded.connection, operations))?;
        }
        Ok(Received {
            occasion: self.occasion(arrival, caller),
            request,
            loaded,
        })
    }

    async fn read(
        &self,
        arrival: &Arrival,
        path: &str,
        body: Body,
    ) -> Result<ScimRequest, (ScimRequest, ScimError)> {
        let path = match versioned(path) {
            Ok(path) => path,
            Err(error) => return Err((arrival.request(path), error)),
        };
        let request = arrival.request(path);
        match body::read(body, body_limit(path)).await {
            Ok(body) => Ok(ScimRequest { body, ..request }),
            Err(error) => Err((request, error)),
        }
    }

    async fn answer_received(&self, arrival: &Arrival, received: &Received) -> Outcome {
        let service = ScimService {
            directory: self.store(),
            view: &received.loaded.view,
            rules: Scope::of(&received.loaded.connection, received.occasion.now).rules,
        };
        let occasion = &received.occasion;
        let answered = match &received.request {
            Ok(request) => service.answer(request, occasion).await,
            Err((request, error)) => service.refuse(request, occasion, error.clone()),
        };
        let connection = received.loaded.connection.id();
        for cause in &answered.causes {
            tracing::error!(
                %connection,
                request = arrival.request_id,
                cause,
                "scim: the store failed"
            );
        }
        tracing::debug!(
            %connection,
            request = arrival.request_id,
            status = answered.answer.status,
            duration_us = arrival.started.elapsed().as_micros(),
            "scim"
        );
        self.scim().log.note(answered.log);
        Outcome::answered(answered.answer)
    }

    fn occasion(&self, arrival: &Arrival, caller: Authenticated) -> RequestContext {
        let started = arrival.started;
        RequestContext {
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
                self.scim()
                    .log
                    .note(entry.map(|entry| *entry).into_iter().collect());
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
        (_, false) => Err(ScimError::NoEndpoint),
    }
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut octets = [0; N];
    openssl::rand::rand_bytes(&mut octets).ok()?;
    Some(octets)
}

/// Whether a request was within the rate of its connection.
fn within(connection: &ConnectionId, checked: Result<(), Duration>) -> Result<(), TooMany> {
    checked.map_err(|wait| {
        let retry_after = wait.as_secs();
        tracing::info!(%connection, retry_after, "scim: too many requests");
        TooMany(wait)
    })
}

/// For how long nothing more is taken.
struct TooMany(Duration);

impl From<TooMany> for Outcome {
    fn from(TooMany(wait): TooMany) -> Outcome {
        Outcome::later(wait)
    }
}

fn slow(arrival: &Arrival, what: &str) -> Outcome {
    tracing::warn!(
        request = arrival.request_id,
        "scim: a request took too long {what}"
    );
    Outcome::refused(&ScimError::Unavailable)
}

/// A request arrives within milliseconds, and a list takes as many; what takes this long is stuck. Entra waits longer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

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
            ("/Users", Err(ScimError::NoEndpoint)),
            ("/v/Users", Err(ScimError::NoEndpoint)),
            ("", Err(ScimError::NoEndpoint)),
        ] {
            assert_eq!(versioned(path), expected, "{path}");
        }
    }
}
