//! The parameters in the address of a request.

use axum::extract::FromRequestParts;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::Entrada;
use super::refusal::RefusedAction;
use crate::site::SignOnError;

/// The parameters of a sign-on. Those that cannot be read are refused with a page and a log line of ours.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Entrada> for Parameters<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Entrada) -> Result<Parameters<T>, Response> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(read)) => Ok(Parameters(read)),
            Err(_) => {
                let (action, error) = (RefusedAction::SignOn, SignOnError::Parameters);
                Err(action.refuse(&error, None))
            }
        }
    }
}
