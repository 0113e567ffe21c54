//! `/saml/login`: which connection a person signs in over. By the host name, by the domain of an e-mail address, by an
//! earlier choice, or from a list; with one connection there is nothing to choose. Connections that are unlisted are left out,
//! also for a browser that says that it chose one before: its cookie is text from outside.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use super::outgoing;
use crate::connection::Listing;
use crate::site::LoadedConnection;
use crate::site::SignOnError;
use crate::site::Snapshot;
use crate::web::Entrada;
use crate::web::cookie::header::SetCookies;
use crate::web::login_params::LoginParams;
use crate::web::pages::Choice;
use crate::web::pages::Page;
use crate::web::parameters::Parameters;
use crate::web::refusal::RefusedAction;

#[derive(Deserialize)]
pub(super) struct Entered {
    email: Option<String>,
}

pub(super) async fn show(
    State(entrada): State<Entrada>,
    Parameters(params): Parameters<LoginParams>,
    Parameters(entered): Parameters<Entered>,
    parts: Parts,
) -> Response {
    match try_show(&entrada, &params, entered.email, &parts).await {
        Ok(response) => response,
        Err(error) => RefusedAction::SignOn.refuse(&error, None),
    }
}

async fn try_show(
    entrada: &Entrada,
    params: &LoginParams,
    email: Option<String>,
    parts: &Parts,
) -> Result<Response, SignOnError> {
    let snapshot = entrada.registry().current().await?;
    let return_path = params.return_path()?;
    let email = email.filter(|email| !email.trim().is_empty());
    let host = entrada.inner.proxies.origin(parts).host;
    if let Some(loaded) = only(&snapshot).or_else(|| of_host(&snapshot, host?)) {
        let params = params.clone().hinting(email);
        return Ok(Redirect::to(&address(entrada, &loaded, &params)).into_response());
    }
    if let Some(loaded) = email
        .as_deref()
        .and_then(|email| of_email(&snapshot, email))
    {
        let address = address(entrada, &loaded, &params.clone().hinting(email));
        let choice = entrada.cookies().set_choice(loaded.connection.id());
        let cookies = SetCookies::default().add(&choice);
        return Ok((cookies, outgoing::onward(&address)).into_response());
    }
    let remembered = entrada.cookies().choice(&parts.headers);
    let mut connections: Vec<Choice> = snapshot
        .iter()
        .filter(|loaded| loaded.connection.front_door().listing == Listing::Listed)
        .map(|loaded| Choice {
            name: loaded.connection.display_name().to_owned(),
            address: address(entrada, loaded, params),
            remembered: remembered == Some(loaded.connection.id().as_str()),
        })
        .collect();
    connections.sort_by_key(|choice| (!choice.remembered, choice.name.to_lowercase()));
    let by_email = snapshot
        .iter()
        .any(|loaded| !loaded.connection.front_door().email_domains.is_empty());
    let status = match connections.is_empty() && !by_email {
        true => StatusCode::NOT_FOUND,
        false => StatusCode::OK,
    };
    let page = Page::SignIn {
        choices: connections,
        by_email,
        action: format!("{}/saml/login", entrada.base_url()),
        return_path: return_path.map(|path| path.as_str().to_owned()),
        unknown_email: email,
    };
    Ok(page.answer(status))
}

fn address(entrada: &Entrada, loaded: &LoadedConnection, params: &LoginParams) -> String {
    params.at(&entrada.base_url().saml(loaded.connection.id(), "login"))
}

/// The one connection of the site. Beside an unlisted one, which is found by e-mail address, there is something to choose.
pub(super) fn only(snapshot: &Snapshot) -> Option<Arc<LoadedConnection>> {
    let is_own = |loaded: &&Arc<LoadedConnection>| !loaded.connection.is_stand_in();
    let mut all = snapshot.iter().filter(is_own);
    match (all.next(), all.next()) {
        (Some(only), None) if only.connection.front_door().listing == Listing::Listed => {
            Some(only.clone())
        }
        _ => None,
    }
}

/// The connection that has this host name for its own. The header is text from outside, but all that it decides is whom
/// to ask.
fn of_host(snapshot: &Snapshot, host: &str) -> Option<Arc<LoadedConnection>> {
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, _)| name)
        .to_ascii_lowercase();
    let has =
        |loaded: &&Arc<LoadedConnection>| loaded.connection.front_door().hosts.contains(&name);
    snapshot.iter().find(has).cloned()
}

fn of_email(snapshot: &Snapshot, email: &str) -> Option<Arc<LoadedConnection>> {
    let domain = email.trim().rsplit_once('@')?.1.to_ascii_lowercase();
    let has = |loaded: &&Arc<LoadedConnection>| {
        loaded
            .connection
            .front_door()
            .email_domains
            .contains(&domain)
    };
    snapshot.iter().find(has).cloned()
}
