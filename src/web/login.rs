//! `/saml/login`, `/saml/{connection}/login` and `/saml/{connection}/metadata`.

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use super::Entrada;
use super::cookie::UnderWay;
use super::outgoing;
use super::page;
use super::page::Doing;
use super::parameters::Parameters;
use super::wish::Wish;
use crate::site::SignOnError;
use serde::Deserialize;

/// The connection in the path of a route.
#[derive(Deserialize)]
pub(super) struct OfConnection {
    pub(super) connection: String,
}

/// `GET /saml/{connection}/login`: sends the browser to the identity provider.
pub(super) async fn begin(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    Parameters(wish): Parameters<Wish>,
    headers: HeaderMap,
) -> Response {
    match try_begin(&entrada, &connection, &wish, &headers).await {
        Ok(response) => response,
        Err(error) => page::refused(entrada.base_url(), Doing::SignOn, &error, Some(&connection)),
    }
}

async fn try_begin(
    entrada: &Entrada,
    connection: &str,
    wish: &Wish,
    headers: &HeaderMap,
) -> Result<Response, SignOnError> {
    let loaded = entrada.registry().named(connection).await?;
    let default = || loaded.connection.default_target(entrada.base_url());
    let return_path = wish.return_path()?.unwrap_or_else(default);
    let cookies = entrada.cookies();
    let previous_session = cookies.session(headers).map(|token| token.hash());
    let begin = wish.begin(return_path, previous_session);
    let begun = entrada.inner.site.sign_ons.begin(&loaded, begin).await?;
    let answer = outgoing::leave(&begun.outgoing)?;
    let secret = begun.browser.reveal();
    let cookies = cookies
        .begin(headers, UnderWay::SignOn, &begun.id, &secret, begun.at)
        .add(&cookies.set_choice(loaded.connection.id()));
    Ok((cookies, answer).into_response())
}

/// `GET /saml/{connection}/metadata`: our own metadata.
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
        Err(error) => page::refused(
            entrada.base_url(),
            Doing::Metadata,
            &error,
            Some(&connection),
        ),
    }
}
