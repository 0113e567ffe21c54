//! `/saml/login`, `/saml/{connection}/login` and `/saml/{connection}/metadata`.

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;

use super::outgoing;
use crate::site::SignOnError;
use crate::web::Entrada;
use crate::web::cookie::requests::UnderWay;
use crate::web::login_params::LoginParams;
use crate::web::parameters::Parameters;
use crate::web::refusal::RefusedAction;
use crate::web::refusal::status;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct OfConnection {
    pub(super) connection: String,
}

/// `HEAD /saml/{connection}/slo` and `HEAD /saml/{connection}/login`: whoever asks that wants to know whether the address is there. It ends and begins nothing.
pub(super) async fn looked_at(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
) -> StatusCode {
    match entrada.registry().named(&connection).await {
        Ok(_) => StatusCode::OK,
        Err(error) => status(&error),
    }
}

/// Stands before what begins a sign-on. HEAD begins none: it is asked by those who look whether a link leads somewhere.
pub(super) async fn bound(
    State(entrada): State<Entrada>,
    Path(of): Path<OfConnection>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::HEAD {
        let found = looked_at(State(entrada), Path(of)).await;
        return found.into_response();
    }
    let (parts, body) = request.into_parts();
    let origin = entrada.inner.proxies.origin(&parts);
    let (client, unknown_proxy) = (origin.client, origin.unknown_proxy);
    entrada
        .inner
        .proxies
        .notice_plain_http(&origin, entrada.base_url());
    let rate = &entrada.inner.begin_rate;
    let query = parts.uri.query().map_or(0, str::len);
    match rate.check(client, query) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(wait) => rate.refuse(client, unknown_proxy, &of.connection, wait),
    }
}

/// `GET /saml/{connection}/login`: sends the browser to the identity provider.
pub(super) async fn begin(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    Parameters(params): Parameters<LoginParams>,
    headers: HeaderMap,
) -> Response {
    match try_begin(&entrada, &connection, &params, &headers).await {
        Ok(response) => response,
        Err(error) => RefusedAction::SignOn.refuse(&error, Some(&connection)),
    }
}

async fn try_begin(
    entrada: &Entrada,
    connection: &str,
    params: &LoginParams,
    headers: &HeaderMap,
) -> Result<Response, SignOnError> {
    let loaded = entrada.registry().named(connection).await?;
    let default = || loaded.connection.default_target(entrada.base_url());
    let return_path = params.return_path()?.unwrap_or_else(default);
    let cookies = entrada.cookies();
    let previous_session = cookies.session(headers).map(|token| token.hash());
    let begin = params.begin(return_path, previous_session);
    let begun = entrada.inner.site.sign_ons.begin(&loaded, begin).await?;
    let answer = outgoing::leave(&begun.outgoing);
    let secret = begun.browser.reveal();
    let requests = &cookies.requests;
    let cookies = requests
        .begin(headers, UnderWay::SignOn, &begun.id, &secret, begun.at)
        .add(&cookies.set_choice(loaded.connection.id()));
    Ok((cookies, answer).into_response())
}

pub(super) async fn metadata(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
) -> Response {
    let written = async {
        let loaded = entrada.registry().named(&connection).await?;
        loaded.metadata(entrada.base_url())
    };
    match written.await {
        Ok(xml) => (
            [(header::CONTENT_TYPE, "application/samlmetadata+xml")],
            Bytes::from_owner(xml),
        )
            .into_response(),
        Err(error) => RefusedAction::Metadata.refuse(&error, Some(&connection)),
    }
}
