//! `/saml/{connection}/acs`: where responses arrive (SAML 2.0 Bindings §3.5, Profiles §4.1).

use axum::Form;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use super::Entrada;
use super::client::Client;
use super::cookie::UnderWay;
use super::cookie_header::SetCookies;
use super::login::OfConnection;
use super::login::find;
use super::metrics;
use super::page;
use super::page::Doing;
use super::refusal::SignOnError;
use super::relay_state;
use super::sign_on::Answer;
use super::sign_on::Completed;
use super::wish::Wish;
use crate::saml::MessageId;
use crate::saml::ReturnPath;

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
    Path(OfConnection { connection }): Path<OfConnection>,
    client: Client,
    headers: HeaderMap,
    form: Result<Form<Posted>, FormRejection>,
) -> Response {
    let mut known = Known::default();
    let attempt = sign_on(&entrada, &connection, client, &headers, form, &mut known);
    let response = match attempt.await {
        Ok(response) => {
            entrada.outcomes().count(metrics::SIGNED_ON);
            response
        }
        Err(error) => match led_on(&entrada, &connection, &headers, &error, &known).await {
            Some(response) => response,
            None => {
                entrada.outcomes().count(error.code());
                let hop = second_time(&error, &known);
                let hop = hop.filter(|_| entrada.cookies().session(&headers).is_none());
                let hop = hop.map(|path| entrada.came_twice(&connection, path, error.code()));
                page::refused_and_on(entrada.base_url(), &error, Some(&connection), hop)
            }
        },
    };
    let over = |id: MessageId| {
        let cookies = entrada.cookies();
        cookies.finish(&headers, UnderWay::SignOn, id.as_str())
    };
    (known.finished.map(over).unwrap_or_default(), response).into_response()
}

/// What is known of a response, also where it is refused.
#[derive(Default)]
struct Known {
    /// The request that came to its end by it.
    finished: Option<MessageId>,
    /// Where it would lead, for all that the RelayState says.
    target: Option<ReturnPath>,
}

/// Signs a person on.
async fn sign_on(
    entrada: &Entrada,
    connection: &str,
    Client(device): Client,
    headers: &HeaderMap,
    form: Result<Form<Posted>, FormRejection>,
    known: &mut Known,
) -> Result<Response, SignOnError> {
    let Form(posted) = form.map_err(|_| SignOnError::Form)?;
    let loaded = find(entrada, connection).await?;
    let mut answer = Answer {
        response: &posted.response,
        relay_state: relay_state::bounded(posted.relay_state.as_deref())?,
        headers,
        device,
        finished: None,
    };
    let target = loaded
        .connection
        .target(answer.relay_state, entrada.base_url());
    known.target =
        Some(target.unwrap_or_else(|_| loaded.connection.default_target(entrada.base_url())));
    let completed = entrada.complete(loaded, &mut answer).await;
    known.finished = answer.finished;
    let (token, session, return_path) = match completed? {
        Completed::SignedOn {
            token,
            session,
            return_path,
        } => (token, session, return_path),
        Completed::NotAsked { return_path } => {
            tracing::info!(connection, "nobody was asked");
            return Ok(entrada.redirect(&return_path));
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
    let cookies = SetCookies::default().add(&entrada.cookies().set_session(&token));
    Ok((cookies, entrada.redirect(&return_path)).into_response())
}

/// Leads a person on whose response came a second time, by the Back button, a reload or a double click, if this browser
/// shows that the first time has signed them on. All that it grants is a link to a page of this site.
async fn led_on(
    entrada: &Entrada,
    connection: &str,
    headers: &HeaderMap,
    error: &SignOnError,
    known: &Known,
) -> Option<Response> {
    let path = second_time(error, known)?;
    let session = entrada.live_session(headers).await.ok().flatten()?;
    let code = error.code();
    tracing::info!(connection, session = %session.record().id, code, "signed on already, and led on");
    Some(entrada.redirect(path))
}

/// Where a response that came too late, or a second time, would have led.
fn second_time<'a>(error: &'a SignOnError, known: &'a Known) -> Option<&'a ReturnPath> {
    match error {
        SignOnError::UnknownRequest(Some(path)) => Some(path),
        SignOnError::UnknownRequest(None) | SignOnError::ExpiredRequest => known.target.as_ref(),
        SignOnError::Response(refusal) if refusal.code() == "replayed" => known.target.as_ref(),
        _ => None,
    }
}

impl Entrada {
    /// The address that looks at the session and leads on: the session cookie does not come along with the identity provider's
    /// cross-site POST, but with a page of our own that goes on from there.
    fn came_twice(&self, connection: &str, path: &ReturnPath, code: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return", path.as_str())
            .append_pair("code", code)
            .finish();
        format!("{}/saml/{connection}/acs?{query}", self.base_url())
    }
}

/// The query of an address that [`Entrada::came_twice`] makes.
#[derive(Deserialize)]
pub(super) struct CameTwice {
    #[serde(rename = "return")]
    return_path: Option<String>,
    code: Option<String>,
}

/// `GET` there is a person who typed the address, or whose response came a second time: they are led on if they are signed
/// on.
pub(super) async fn visited(
    State(entrada): State<Entrada>,
    Query(came): Query<CameTwice>,
    headers: HeaderMap,
) -> Response {
    let path = came.return_path.as_deref().and_then(ReturnPath::parse);
    let code = CODES.iter().find(|code| came.code.as_deref() == Some(code));
    let (Some(path), Some(code)) = (path, code) else {
        return nothing_here(&entrada);
    };
    match entrada.live_session(&headers).await {
        Ok(Some(_)) => entrada.redirect(&path),
        Ok(None) => {
            let login = format!("{}/saml/login", entrada.base_url());
            page::came_twice(code, &Wish::returning(&path, None).at(&login))
        }
        Err(error) => page::refused(entrada.base_url(), Doing::SignOn, &error.into(), None),
    }
}

/// Nothing is wrong, and nothing is there to see.
fn nothing_here(entrada: &Entrada) -> Response {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(axum::http::header::ALLOW, "POST")],
        page::nothing_here(entrada.base_url()),
    )
        .into_response()
}

/// The refusals of a response that came too late or a second time.
const CODES: [&str; 3] = ["request-unknown", "request-expired", "replayed"];
