//! The way of a token request from its arrival to its answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Path;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;

use super::answer;
use super::state::OAuth;
use crate::connection::ConnectionId;
use crate::oauth::ErrorCode;
use crate::oauth::ReceivedRequest;
use crate::oauth::TokenRequest;
use crate::oauth::TokenRequestError;
use crate::ports::StoreError;
use crate::provisioning::AssertionFailure;
use crate::site::KindNotTaken;
use crate::site::TokenRefusal;
use crate::web::body;
use crate::web::body::BodyError;

pub(super) async fn receive(
    State(oauth): State<Arc<OAuth>>,
    Path(connection): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let read = oauth.within(&parts, "to arrive", read(&parts, body)).await;
    let request = match read {
        Ok(Ok(request)) => request,
        Ok(Err(error)) => return oauth.refuse(&parts, &connection, error).await,
        Err(slow) => return slow,
    };
    let granted = oauth.grant(&connection, &request);
    match oauth.within(&parts, "to be answered", granted).await {
        Ok(Ok(granted)) => granted,
        Ok(Err(refusal)) => oauth.refused(&parts, refusal),
        Err(slow) => slow,
    }
}

/// A token request is a POST (RFC 6749 §3.2).
pub(super) async fn wrong_method() -> Response {
    let (status, code) = (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidRequest);
    let mut response = answer::refused_with(status, code, "expected the method POST");
    let post = HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, post);
    response
}

/// The reason why a request could not be read.
enum ReadError {
    NoRoom,
    Request(TokenRequestError),
}

async fn read(parts: &Parts, body: Body) -> Result<TokenRequest, ReadError> {
    let body = body::read(body, TokenRequest::LONGEST, PATIENCE).await;
    let body = body.map_err(|error| match error {
        BodyError::NoRoom => ReadError::NoRoom,
        BodyError::Broken => ReadError::Request(TokenRequestError::Broken),
        BodyError::TooLong => ReadError::Request(TokenRequestError::TooLong),
    })?;
    let values = |name: HeaderName| {
        let values = parts.headers.get_all(name).iter();
        values.map(HeaderValue::as_bytes).collect()
    };
    let received = ReceivedRequest {
        authorization: values(header::AUTHORIZATION),
        content_type: values(header::CONTENT_TYPE),
        query: parts.uri.query().unwrap_or_default(),
        body: &body,
    };
    TokenRequest::read(&received).map_err(ReadError::Request)
}

/// A request that was refused once it could be read.
enum Refused {
    Site(TokenRefusal),
    /// The connection has issued too many tokens.
    TooMany(Response),
}

impl From<TokenRefusal> for Refused {
    fn from(refusal: TokenRefusal) -> Refused {
        Refused::Site(refusal)
    }
}

impl OAuth {
    async fn within<T>(
        &self,
        parts: &Parts,
        what: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Response> {
        tokio::time::timeout(self.timeout, work).await.map_err(|_| {
            self.outcomes.count("too-slow");
            let address = self.proxies.origin(parts).client;
            // Whoever sends slowly again and again fills no log.
            if self.throttle.wrong(address, None).is_ok() {
                tracing::warn!(
                    event = "oauth-too-slow",
                    "oauth: a token request took too long {what}"
                );
            }
            answer::refused(
                ErrorCode::TemporarilyUnavailable,
                "the request took too long",
            )
        })
    }

    async fn grant(&self, connection: &str, request: &TokenRequest) -> Result<Response, Refused> {
        let now = self.site.now();
        let client = self.site.token_client(connection, request, now).await?;
        if let Err(wait) = self.issued.take(client.connection()) {
            let (connection, retry_after) = (client.connection(), wait.as_secs());
            self.outcomes.count("rate-exceeded");
            tracing::info!(event = "oauth-rate-exceeded", %connection, retry_after, "oauth: too many access tokens");
            return Err(Refused::TooMany(answer::later(wait)));
        }
        let token = self.site.issue_access_token(&client, now).await?;
        self.outcomes.count("issued");
        Ok(answer::granted(&token))
    }

    fn refused(&self, parts: &Parts, refused: Refused) -> Response {
        match refused {
            Refused::TooMany(response) => response,
            Refused::Site(TokenRefusal::Client { connection, reason }) => {
                let (words, for_client) = (reason.to_string(), reason.for_client());
                self.wrong(parts, connection, &words, &for_client, reason.failures())
            }
            Refused::Site(TokenRefusal::NoKeys {
                connection,
                retry_after,
            }) => self.no_keys(parts, connection, retry_after),
            Refused::Site(TokenRefusal::NotTaken(not_taken)) => self.not_taken(parts, not_taken),
            Refused::Site(TokenRefusal::NoRandom) => {
                self.outcomes.count("no-random-numbers");
                tracing::error!(
                    event = "oauth-no-random-numbers",
                    "oauth: random numbers are unavailable"
                );
                answer::failed()
            }
            Refused::Site(TokenRefusal::Store(error)) => self.unavailable(&error),
        }
    }

    /// Refuses what is no token request. It counts as a wrong client does: nobody may fill the log.
    async fn refuse(&self, parts: &Parts, connection: &str, unread: ReadError) -> Response {
        let error = match unread {
            ReadError::NoRoom => {
                self.outcomes.count("no-room");
                let busy = "the server has no room for the request at the moment";
                return answer::refused(ErrorCode::TemporarilyUnavailable, busy);
            }
            ReadError::Request(TokenRequestError::TooLong) => {
                self.outcomes.count("request-refused");
                let (status, code) = (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::InvalidRequest);
                let description = TokenRequestError::TooLong.to_string();
                return answer::refused_with(status, code, &description);
            }
            ReadError::Request(error) => error,
        };
        let connection = match self.site.registry.find(connection).await {
            Ok(loaded) => loaded.map(|loaded| loaded.connection.id().clone()),
            Err(error) => return self.unavailable(&error),
        };
        let reason = error.to_string();
        match error.code() {
            ErrorCode::InvalidClient => self.wrong(parts, connection, &reason, &reason, &[]),
            code => {
                if let Err(wait) = self.counted(parts, connection, "request-refused") {
                    return answer::later(wait);
                }
                tracing::info!(
                    event = "oauth-request-refused",
                    reason,
                    "oauth: no token request"
                );
                answer::refused(code, &reason)
            }
        }
    }

    /// Counts a request that proves nothing, as an outcome and in the throttle; fails with the time to wait.
    fn counted(
        &self,
        parts: &Parts,
        connection: Option<ConnectionId>,
        outcome: &'static str,
    ) -> Result<(), Duration> {
        let address = self.proxies.origin(parts).client;
        let throttled = self.throttle.wrong(address, connection);
        let outcome = throttled.map_or("throttled", |()| outcome);
        self.outcomes.count(outcome);
        throttled
    }

    /// Puts off a client whose assertion cannot be verified yet. It has proven nothing, so it counts as a wrong one does; a client that
    /// waits as long as it is told never comes so far, and is put off in either case.
    fn no_keys(
        &self,
        parts: &Parts,
        connection: Option<ConnectionId>,
        retry_after: Duration,
    ) -> Response {
        match self.counted(parts, connection, "no-keys") {
            Ok(()) => {
                let words = "the keys of the assertion's issuer are unavailable at the moment";
                answer::not_now(retry_after, words)
            }
            Err(wait) => answer::later(wait),
        }
    }

    /// Counts a wrong client, and refuses it: the same for a connection that does not exist.
    fn wrong(
        &self,
        parts: &Parts,
        connection: Option<ConnectionId>,
        reason: &str,
        description: &str,
        failures: &[AssertionFailure],
    ) -> Response {
        if let Err(wait) = self.counted(parts, connection.clone(), "client-refused") {
            return answer::later(wait);
        }
        if let Some(connection) = connection {
            tracing::warn!(event = "oauth-client-refused", %connection, reason, "oauth: wrong client");
            for failure in failures {
                let AssertionFailure {
                    check,
                    expected,
                    found,
                    remedy,
                } = failure;
                tracing::warn!(event = "oauth-assertion-refused", %connection, check, expected, found, remedy, "oauth: an assertion is another one than expected");
            }
        }
        answer::refused(ErrorCode::InvalidClient, description)
    }

    /// Refuses a credential of a kind that the connection does not take. It counts as a wrong one: a federation has proven nothing yet, and
    /// nobody may fill the log.
    fn not_taken(&self, parts: &Parts, not_taken: KindNotTaken) -> Response {
        let KindNotTaken { connection, kind } = not_taken;
        let of = Some(connection.clone());
        if let Err(wait) = self.counted(parts, of, "client-unauthorized") {
            return answer::later(wait);
        }
        let kind = kind.name();
        tracing::warn!(event = "oauth-client-unauthorized", %connection, kind, "oauth: the connection takes no such credential");
        let description = format!("the connection takes no credential of the kind {kind}");
        answer::refused(ErrorCode::UnauthorizedClient, &description)
    }

    fn unavailable(&self, error: &StoreError) -> Response {
        self.outcomes.count("store-failed");
        tracing::error!(event = "oauth-store-failed", %error, "oauth: the store failed");
        answer::refused(
            ErrorCode::TemporarilyUnavailable,
            "the store does not answer",
        )
    }
}

/// Bytes that are read of a body that is too long: four times of what may come.
const PATIENCE: usize = 4 * TokenRequest::LONGEST;
