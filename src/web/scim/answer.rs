//! The way of a request from its arrival to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;

use super::arrival::Arrival;
use super::body;
use super::credential::Denied;
use super::response::Outcome;
use super::state::Scim;
use crate::connection::ConnectionId;
use crate::directory::Scope;
use crate::provisioning::Authenticated;
use crate::scim::ScimError;
use crate::scim_service::RequestContext;
use crate::scim_service::ScimRequest;
use crate::scim_service::ScimService;
use crate::scim_service::body_limit;
use crate::site::LoadedConnection;
use crate::web::bodies;
use crate::web::request_id::random;

/// A request of a caller who may ask, as far as it could be read.
struct Received {
    context: RequestContext,
    request: Result<ScimRequest, (ScimRequest, ScimError)>,
    loaded: Arc<LoadedConnection>,
}

impl Scim {
    /// The request has so much time to arrive. What only reads has as much again to be answered; a change is waited
    /// for: what was done is never answered with an error because it took long.
    pub(super) async fn answer(&self, arrival: &Arrival, body: Body) -> Outcome {
        let received = tokio::time::timeout(self.timeout, self.receive(arrival, body)).await;
        let received = match received {
            Ok(Ok(received)) => received,
            Ok(Err(outcome)) => return outcome,
            Err(_) => return slow(arrival, "to arrive"),
        };
        let answering = self.answer_received(arrival, &received);
        match received.request {
            Ok(ref request) if request.may_change() => answering.await,
            _ => tokio::time::timeout(self.timeout, answering)
                .await
                .unwrap_or_else(|_| slow(arrival, "to be answered")),
        }
    }

    async fn receive(&self, arrival: &Arrival, body: Body) -> Result<Received, Outcome> {
        let (connection, path) = arrival.place();
        let (caller, loaded) = match self.authenticate(arrival, connection).await {
            Ok(known) => known,
            Err(denied) => return Err(self.denied(arrival, denied)),
        };
        let (id, rates) = (loaded.connection.id(), &self.rates);
        within(id, rates.check(&loaded.connection)).map_err(Outcome::later)?;
        bodies::vouch(&arrival.parts, id);
        let request = self.read(arrival, path, body).await;
        if let Ok(request) = &request {
            let operations = request.operations();
            let checked = rates.check_operations(&loaded.connection, operations);
            within(id, checked).map_err(Outcome::later)?;
        }
        Ok(Received {
            context: self.context(arrival, caller),
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
            directory: &*self.site.store,
            view: &received.loaded.view,
            rules: Scope::of(&received.loaded.connection, received.context.now).rules,
            page_ends: &self.page_ends,
        };
        let context = &received.context;
        let answered = match &received.request {
            Ok(request) => service.answer(request, context).await,
            Err((request, error)) => service.refuse(request, context, error.clone()),
        };
        let connection = received.loaded.connection.id();
        for cause in &answered.causes {
            tracing::error!(
                event = "scim-store-failed",
                %connection,
                request = arrival.request_id,
                error = cause,
                "scim: the store failed"
            );
        }
        self.log.note(answered.log);
        Outcome::answered(answered.answer)
    }

    fn context(&self, arrival: &Arrival, caller: Authenticated) -> RequestContext {
        let started = arrival.started;
        RequestContext {
            caller,
            request_id: arrival.request_id.clone(),
            now: self.site.now(),
            elapsed: Arc::new(move || started.elapsed()),
            random: Arc::new(random),
        }
    }

    fn denied(&self, arrival: &Arrival, denied: Denied) -> Outcome {
        match denied {
            Denied::Wrong(entry) => {
                self.log
                    .note(entry.map(|entry| *entry).into_iter().collect());
                Outcome::unauthorized()
            }
            Denied::TooOften(wait) => Outcome::later(wait),
            Denied::Store(error) => {
                tracing::error!(event = "scim-store-failed", request = arrival.request_id, %error, "scim: the store failed");
                Outcome::refused(&ScimError::Unavailable)
            }
        }
    }
}

/// The path after `/v2`. The RFC has an error of its own for other versions (§3.13).
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

/// Checks that a request was within the rate of its connection; if not, the log has it.
fn within(connection: &ConnectionId, checked: Result<(), Duration>) -> Result<(), Duration> {
    checked.inspect_err(|wait| {
        let retry_after = wait.as_secs();
        tracing::info!(event = "scim-rate-exceeded", %connection, retry_after, "scim: too many requests");
    })
}

fn slow(arrival: &Arrival, what: &str) -> Outcome {
    tracing::warn!(
        event = "scim-too-slow",
        request = arrival.request_id,
        "scim: a request took too long {what}"
    );
    Outcome::refused(&ScimError::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

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
