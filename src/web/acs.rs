//! `/saml/{connection}/acs`: where responses arrive (SAML 2.0 Bindings §3.5, Profiles §4.1).

use axum::Form;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::Entrada;
use super::client::Client;
use super::login::find;
use super::metrics;
use super::page;
use super::refusal::SignOnError;
use super::relay_state;
use super::sign_on::Answer;
use super::sign_on::Completed;
use super::wish::Wish;

/// The form that the identity provider has the browser post.
#[derive(Deserialize)]
pub(super) struct Posted {
    #[serde(rename = "SAMLResponse")]
    response: String,
    #[serde(rename = "RelayState")]
    relay_state: Option<String>,
}

/// `POST /saml/{connection}/acs`: verifies a response and signs the person on.
pub(super) async fn receive(
    State(entrada): State<Entrada>,
    Path(connection): Path<String>,
    client: Client,
    headers: HeaderMap,
    form: Result<Form<Posted>, FormRejection>,
) -> Response {
    match sign_on(&entrada, &connection, client, &headers, form).await {
        Ok(response) => {
            entrada.outcomes().count(metrics::SIGNED_ON);
            response
        }
        Err(error) => {
            entrada.outcomes().count(error.code());
            page::refused(&error, Some(&connection))
        }
    }
}

async fn sign_on(
    entrada: &Entrada,
    connection: &str,
    Client(device): Client,
    headers: &HeaderMap,
    form: Result<Form<Posted>, FormRejection>,
) -> Result<Response, SignOnError> {
    let Form(posted) = form.map_err(|_| SignOnError::Form)?;
    let loaded = find(entrada, connection).await?;
    let answer = Answer {
        response: &posted.response,
        relay_state: relay_state::bounded(posted.relay_state.as_deref())?,
        browser: entrada.cookies().browser(headers),
        session: entrada.cookies().session(headers),
        device,
    };
    let (token, session, return_path) = match entrada.complete(loaded, answer).await? {
        Completed::SignedOn {
            token,
            session,
            return_path,
        } => (token, session, return_path),
        Completed::NotAsked { return_path } => {
            tracing::info!(connection, "nobody was asked");
            return Ok(Redirect::to(return_path.as_str()).into_response());
        }
        Completed::ProveAnew { return_path } => {
            tracing::info!(
                connection,
                "groups have changed: a fresh proof is asked for"
            );
            let login = format!("{}/saml/{connection}/login", entrada.base_url());
            let login = Wish::returning(&return_path, Some(0)).at(&login);
            return Ok(Redirect::to(&login).into_response());
        }
    };
    tracing::info!(connection, session = %session.record().id, "signed on");
    let jar = CookieJar::new().add(entrada.cookies().set_session(&token));
    Ok((jar, Redirect::to(return_path.as_str())).into_response())
}

/// `GET` there is a person who typed the address, or a reload after an error: nothing is wrong, and nothing is
/// there to see.
pub(super) async fn visited() -> Response {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(axum::http::header::ALLOW, "POST")],
        page::nothing_here(),
    )
        .into_response()
}
