//! `/saml/login`, `/saml/{connection}/login` and `/saml/{connection}/metadata`.

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum_extra::extract::CookieJar;

use super::Entrada;
use super::page;
use super::refusal::SignOnError;
use super::registry::Loaded;
use super::wish::Wish;
use crate::saml::ReturnPath;
use crate::token::Token;

/// `GET /saml/{connection}/login`: sends the browser to the identity provider.
pub(super) async fn begin(
    State(entrada): State<Entrada>,
    Path(connection): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    match try_begin(&entrada, &connection, &wish, &headers).await {
        Ok(response) => response,
        Err(error) => page::refused(&error, Some(&connection)),
    }
}

async fn try_begin(
    entrada: &Entrada,
    connection: &str,
    wish: &Wish,
    headers: &HeaderMap,
) -> Result<Response, SignOnError> {
    let loaded = find(entrada, connection).await?;
    let default = || {
        ReturnPath::parse(loaded.connection.default_relay_state()).unwrap_or_else(ReturnPath::root)
    };
    let return_path = wish.return_path()?.unwrap_or_else(default);
    // One browser may have several sign-ons under way, in several tabs: they share its token.
    let browser = match entrada.cookies().browser(headers) {
        Some(token) => token,
        None => Token::random().map_err(|_| SignOnError::Random)?,
    };
    let outgoing = entrada
        .begin(
            &loaded,
            &browser,
            return_path,
            wish,
            entrada.cookies().session(headers),
        )
        .await?;
    let jar = CookieJar::new()
        .add(entrada.cookies().set_browser(&browser))
        .add(entrada.cookies().set_choice(loaded.connection.id()));
    Ok((jar, outgoing).into_response())
}

/// `GET /saml/{connection}/metadata`: our own metadata.
pub(super) async fn metadata(
    State(entrada): State<Entrada>,
    Path(connection): Path<String>,
) -> Response {
    let written = async {
        let loaded = find(&entrada, &connection).await?;
        loaded.metadata(entrada.base_url())
    };
    match written.await {
        Ok(xml) => (
            [(header::CONTENT_TYPE, "application/samlmetadata+xml")],
            xml,
        )
            .into_response(),
        Err(error) => page::refused(&error, Some(&connection)),
    }
}

/// The connection of this name. One that is not known yet may have been added a moment ago.
pub(super) async fn find(entrada: &Entrada, connection: &str) -> Result<Arc<Loaded>, SignOnError> {
    if let Some(loaded) = entrada.registry().current().await?.get(connection) {
        return Ok(loaded);
    }
    let renewed = entrada.registry().renewed().await?;
    renewed
        .get(connection)
        .ok_or(SignOnError::UnknownConnection)
}
