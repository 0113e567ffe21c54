//! `/saml/{connection}/acs`: where responses arrive (SAML 2.0 Bindings §3.5, Profiles §4.1).

use axum::extract::Path;
use axum::extract::RawForm;
use axum::extract::State;
use axum::extract::rejection::RawFormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use super::again::CODES;
use super::again::CameAgain;
use super::login::OfConnection;
use super::outgoing::redirect;
use super::posted::Posted;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::site::IdpResponse;
use crate::site::PersonMark;
use crate::site::SIGNED_ON;
use crate::site::SignOnError;
use crate::site::SignOnOutcome;
use crate::site::relay_state;
use crate::web::Entrada;
use crate::web::client::Client;
use crate::web::cookie::Shown;
use crate::web::cookie::header::SetCookies;
use crate::web::cookie::requests::UnderWay;
use crate::web::login_params::LoginParams;
use crate::web::pages::Page;
use crate::web::parameters::Parameters;
use crate::web::refusal::RefusedAction;

pub(super) async fn receive(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    client: Client,
    headers: HeaderMap,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    let mut known = ResponseFacts::default();
    let attempt = sign_on(&entrada, &connection, client, &headers, form, &mut known);
    let response = match attempt.await {
        Ok(response) => {
            entrada.outcomes().count(SIGNED_ON);
            response
        }
        Err(error) => match again(&entrada, &connection, &headers, &error, &known).await {
            Some(response) => response,
            None => {
                entrada.outcomes().count(error.code());
                RefusedAction::SignOn.refuse(&error, Some(&connection))
            }
        },
    };
    let requests = &entrada.cookies().requests;
    let over = |id: MessageId| requests.finish(&headers, UnderWay::SignOn, id.as_str());
    (known.finished.map(over).unwrap_or_default(), response).into_response()
}

/// The facts known of a response, also where it is refused.
#[derive(Default)]
struct ResponseFacts {
    /// The request that came to its end by it.
    finished: Option<MessageId>,
    /// The page that it would lead to, for all that the RelayState says.
    target: Option<ReturnPath>,
    /// The person who signs on by it, where its signature holds.
    person: Option<PersonMark>,
}

async fn sign_on(
    entrada: &Entrada,
    connection: &str,
    Client(device): Client,
    headers: &HeaderMap,
    form: Result<RawForm, RawFormRejection>,
    known: &mut ResponseFacts,
) -> Result<Response, SignOnError> {
    let posted = Posted::of(form)?;
    let response = posted.response.ok_or(SignOnError::Form)?;
    let loaded = entrada.registry().named(connection).await?;
    let browser = Shown {
        cookies: entrada.cookies(),
        headers,
    };
    let mut answer = IdpResponse {
        now: entrada.now(),
        response: &response,
        relay_state: relay_state::bounded(posted.relay_state.as_deref())?,
        browser: &browser,
        device,
        finished: None,
        person: None,
    };
    let target = loaded
        .connection
        .target(answer.relay_state, entrada.base_url());
    known.target =
        Some(target.unwrap_or_else(|_| loaded.connection.default_target(entrada.base_url())));
    let completed = entrada
        .inner
        .site
        .sign_ons
        .complete(loaded, &mut answer)
        .await;
    known.finished = answer.finished;
    known.person = answer.person;
    let completed = completed?;
    let return_path = completed.return_path;
    let (token, session) = match completed.outcome {
        SignOnOutcome::SignedOn(token, session) => (token, session),
        SignOnOutcome::NotAsked => {
            tracing::info!(event = "nobody-asked", connection, "nobody was asked");
            return Ok(redirect(entrada.base_url(), &return_path));
        }
        SignOnOutcome::Reauthenticate => {
            tracing::info!(
                event = "fresh-proof-asked",
                connection,
                "groups have changed: a fresh proof is asked for"
            );
            let login = format!("{}/saml/{connection}/login", entrada.base_url());
            let login = LoginParams::returning(&return_path, Some(0)).at(&login);
            return Ok(Redirect::to(&login).into_response());
        }
    };
    tracing::info!(event = "signed-on", connection, session = %session.record().id, "signed on");
    let cookies = SetCookies::default().add(&entrada.cookies().set_session(&token));
    Ok((cookies, redirect(entrada.base_url(), &return_path)).into_response())
}

/// Answers a response that came a second time; `None` for every other refusal, and where this browser shows a session
/// that is over.
async fn again(
    entrada: &Entrada,
    connection: &str,
    headers: &HeaderMap,
    error: &SignOnError,
    known: &ResponseFacts,
) -> Option<Response> {
    let came = CameAgain {
        connection,
        path: second_time(error, known)?,
        person: known.person.as_ref(),
        code: error.code(),
    };
    match entrada.cookies().session(headers) {
        None => Some(came.look_again(entrada.base_url())),
        Some(_) => came.lead_on(entrada, headers).await.ok().flatten(),
    }
}

/// The page that a response which came too late, or a second time, would have led to.
fn second_time<'a>(error: &'a SignOnError, known: &'a ResponseFacts) -> Option<&'a ReturnPath> {
    match error {
        SignOnError::UnknownRequest(Some(path)) => Some(path),
        SignOnError::UnknownRequest(None) | SignOnError::ExpiredRequest => known.target.as_ref(),
        SignOnError::Response(refusal) if refusal.code() == "replayed" => known.target.as_ref(),
        _ => None,
    }
}

/// The query of an address that [`CameAgain::look_again`] makes.
#[derive(Deserialize)]
pub(super) struct CameTwice {
    #[serde(rename = "return")]
    return_path: Option<String>,
    code: Option<String>,
    person: Option<String>,
}

/// `GET` there is a person who typed the address, or whose response came a second time: they are led on if they are signed
/// on.
pub(super) async fn visited(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    Parameters(came): Parameters<CameTwice>,
    headers: HeaderMap,
) -> Response {
    let refused = |error: SignOnError| RefusedAction::SignOn.refuse(&error, Some(&connection));
    if let Err(error) = entrada.registry().named(&connection).await {
        return refused(error);
    }
    let path = came.return_path.as_deref().and_then(ReturnPath::parse);
    let code = CODES
        .into_iter()
        .find(|code| came.code.as_deref() == Some(code));
    let (Some(path), Some(code)) = (path, code) else {
        return nothing_here();
    };
    let person = came.person.map(PersonMark::from_text);
    let came = CameAgain {
        connection: &connection,
        path: &path,
        person: person.as_ref(),
        code,
    };
    match came.lead_on(&entrada, &headers).await {
        Ok(Some(response)) => response,
        Ok(None) => came.refuse(&entrada),
        Err(error) => refused(error),
    }
}

/// Somebody looked at an address that is for machines.
fn nothing_here() -> Response {
    let page = Page::ForMachines.answer(StatusCode::METHOD_NOT_ALLOWED);
    ([(header::ALLOW, "POST")], page).into_response()
}
