//! Answers as HTTP has them.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::Response;

use crate::scim::ScimError;
use crate::scim_service::ScimAnswer;
use crate::web::keyed_rate::retry_after;

pub(super) struct Outcome {
    answer: ScimAnswer,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Outcome {
    pub(super) fn answered(answer: ScimAnswer) -> Outcome {
        Outcome {
            answer,
            headers: Vec::new(),
        }
    }

    pub(super) fn refused(error: &ScimError) -> Outcome {
        Outcome::answered(ScimAnswer::from(error))
    }

    /// The same for a connection that does not exist and for whatever is wrong with a credential.
    pub(super) fn unauthorized() -> Outcome {
        let schemes = [
            "Bearer realm=\"scim\"",
            "Basic realm=\"scim\", charset=\"UTF-8\"",
        ];
        let headers =
            schemes.map(|scheme| (header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme)));
        Outcome {
            headers: headers.into(),
            ..Outcome::refused(&ScimError::Unauthorized)
        }
    }

    pub(super) fn later(wait: Duration) -> Outcome {
        Outcome {
            headers: vec![(header::RETRY_AFTER, retry_after(wait))],
            ..Outcome::refused(&ScimError::TooManyRequests)
        }
    }

    pub(super) fn status(&self) -> u16 {
        self.answer.status
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = response(&self.answer);
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

/// A handler panicked: what happened is in the log of the process.
pub(super) fn panicked() -> Response {
    response(&ScimAnswer::from(&ScimError::Internal))
}

fn response(answer: &ScimAnswer) -> Response {
    let body = match &answer.body {
        Some(body) => Body::from(body.to_string()),
        None => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::LOCATION, answer.location.clone()),
        (
            header::ETAG,
            answer.version.map(|version| version.to_string()),
        ),
        (header::ALLOW, answer.allow.map(str::to_owned)),
        (
            header::CONTENT_TYPE,
            answer.body.as_ref().map(|_| MEDIA_TYPE.to_owned()),
        ),
    ];
    for (name, value) in headers {
        let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
        value.map(|value| response.headers_mut().insert(name, value));
    }
    response
}

/// RFC 7644 §8.1; clients that ask for `application/json` read it too.
const MEDIA_TYPE: &str = "application/scim+json";
