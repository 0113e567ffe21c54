//! `/saml/login`, `/saml/{connection}/login` and `/saml/{connection}/metadata`.

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::Entrada;
use super::page;
use super::refusal::SignOnError;
use super::registry::Loaded;
use super::registry::sp_metadata;
use crate::saml::ReturnPath;
use crate::token::Token;

/// What a sign-on is asked with.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(rename = "return")]
    return_path: Option<String>,
}

impl Wish {
    /// The path to come back to; an address elsewhere is refused, not replaced.
    fn return_path(&self) -> Result<Option<ReturnPath>, SignOnError> {
        self.return_path
            .as_deref()
            .map(|text| ReturnPath::parse(text).ok_or(SignOnError::ReturnPath))
            .transpose()
    }
}

/// `GET /saml/login`: goes to the only connection, or lets the person choose one.
pub(super) async fn choose(State(entrada): State<Entrada>, Query(wish): Query<Wish>) -> Response {
    let snapshot = match entrada.registry().current().await {
        Ok(snapshot) => snapshot,
        Err(error) => return page::refused(&SignOnError::Store(error), None),
    };
    let return_path = match wish.return_path() {
        Ok(path) => path,
        Err(error) => return page::refused(&error, None),
    };
    let links: Vec<(String, String)> = snapshot
        .iter()
        .map(|loaded| {
            (
                loaded.connection.display_name().to_owned(),
                login_address(&entrada, loaded, return_path.as_ref()),
            )
        })
        .collect();
    match links.as_slice() {
        [(_, only)] => Redirect::to(only).into_response(),
        _ => page::connections(&links),
    }
}

fn login_address(entrada: &Entrada, loaded: &Loaded, return_path: Option<&ReturnPath>) -> String {
    let address = entrada.base_url().saml(loaded.connection.id(), "login");
    match return_path {
        None => address,
        Some(path) => {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("return", path.as_str())
                .finish();
            format!("{address}?{query}")
        }
    }
}

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
    let outgoing = entrada.begin(&loaded, &browser, return_path).await?;
    let jar = CookieJar::new().add(entrada.cookies().set_browser(&browser));
    tracing::info!(connection, "sign-on begun");
    Ok((jar, outgoing).into_response())
}

/// `GET /saml/{connection}/metadata`: our own metadata.
pub(super) async fn metadata(
    State(entrada): State<Entrada>,
    Path(connection): Path<String>,
) -> Response {
    let written = async {
        let loaded = find(&entrada, &connection).await?;
        sp_metadata(&loaded.connection, entrada.base_url())
            .to_xml()
            .map_err(|_| SignOnError::Write)
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

pub(super) async fn find(entrada: &Entrada, connection: &str) -> Result<Arc<Loaded>, SignOnError> {
    entrada
        .registry()
        .current()
        .await?
        .get(connection)
        .ok_or(SignOnError::UnknownConnection)
}
