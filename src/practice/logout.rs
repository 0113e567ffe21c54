//! Single logout as Entra does it: over HTTP-Redirect alone. The session at the identity provider ends at once; a page
//! then loads a signed `LogoutRequest` to each other app in a frame, and goes on to whoever asked.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use super::aadsts::Aadsts;
use super::cookie;
use super::issue::IssueError;
use super::logout_query::signed_url;
use super::page;
use super::request;
use super::request::child;
use super::state::Reach;
use super::state::RegisteredApp;
use super::state::SignOn;
use super::state::State;
use crate::dsig::SignError;
use crate::saml::MessageId;
use crate::saml::logout::LogoutRequest;
use crate::saml::logout::LogoutResponse;
use crate::saml::logout::LogoutStatus;
use crate::saml::namespace::ASSERTION;
use crate::saml::namespace::PROTOCOL;
use crate::saml::redirect::MessageKind;
use crate::saml::redirect::Outgoing;
use crate::saml::redirect::RedirectMessage;

/// True if a message at `/{tenant}/saml2` is about logout: a request, or an app's answer to one of ours.
pub(super) fn is_for_us(message: &RedirectMessage) -> bool {
    let local = match message.kind {
        MessageKind::Request => "LogoutRequest",
        MessageKind::Response => "LogoutResponse",
    };
    request::parse(&message.xml).is_ok_and(|document| document.root().is(PROTOCOL, local))
}

/// `GET /{tenant}/saml2` with a logout message. Like Entra, it takes an unsigned request.
pub(super) fn receive(
    state: &State,
    tenant: &str,
    headers: &HeaderMap,
    message: &RedirectMessage,
) -> Result<Response, Aadsts> {
    if tenant != state.tenant() {
        return Err(Aadsts::UnknownTenant(tenant.to_owned()));
    }
    if message.kind == MessageKind::Response {
        // An app's answer, in a frame of the page that asked for it. It changes nothing.
        return Ok(page::signed_out().into_response());
    }
    let asked = ReceivedLogoutRequest::read(state, &message.xml)?;
    let relay_state = message.relay_state.as_deref();
    let reach = state.reach.take();
    Ok(match asked.answer_url(state, relay_state, reach) {
        Ok(next) => end(state, headers, Some((&asked.entry, reach)), next.as_deref()),
        Err(_) => failed(),
    })
}

/// `POST /signout`, at the portal: of the identity provider, and of every app that has a logout URL.
pub(super) async fn everywhere(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    end(&state, &headers, None, Some("/"))
}

struct ReceivedLogoutRequest {
    id: String,
    entry: RegisteredApp,
}

impl ReceivedLogoutRequest {
    fn read(state: &State, xml: &str) -> Result<ReceivedLogoutRequest, Aadsts> {
        let document = request::parse(xml)?;
        let root = document.root();
        let id = request::id(root)?;
        let issuer = request::issuer(root)?;
        child(root, ASSERTION, "NameID").ok_or(Aadsts::NoNameId)?;
        let entry = state.app_of_issuer(&issuer)?;
        Ok(ReceivedLogoutRequest { id, entry })
    }

    /// The `LogoutResponse`, if the app has a logout URL.
    fn answer_url(
        &self,
        state: &State,
        relay_state: Option<&str>,
        reach: Reach,
    ) -> Result<Option<String>, IssueError> {
        let Some(destination) = &self.entry.app.logout_url else {
            return Ok(None);
        };
        let response = LogoutResponse {
            id: MessageId::random()?,
            issue_instant: state.now(),
            destination: destination.clone(),
            issuer: issuer(state.tenant()),
            in_response_to: self.id.clone(),
            status: match reach {
                Reach::Everywhere => LogoutStatus::Success,
                Reach::Partial => LogoutStatus::Partial,
            },
        };
        let outgoing = Outgoing {
            destination,
            kind: MessageKind::Response,
            message: &response.to_xml().map_err(SignError::from)?,
            relay_state,
        };
        Ok(Some(signed_url(&outgoing, self.entry.keys.active())?))
    }
}

fn end(
    state: &State,
    headers: &HeaderMap,
    asked_by: Option<(&RegisteredApp, Reach)>,
    next: Option<&str>,
) -> Response {
    let token = cookie::read(state, headers);
    let sign_ons = token.map_or_else(Vec::new, |token| state.close_session(&token));
    let others = sign_ons.iter().filter(|sign_on| match asked_by {
        Some((entry, Reach::Everywhere)) => entry.app.app_id != sign_on.app_id,
        Some((_, Reach::Partial)) => false,
        None => true,
    });
    let requests: Result<Vec<String>, IssueError> = others
        .filter_map(|sign_on| request_url(state, sign_on).transpose())
        .collect();
    let Ok(requests) = requests else {
        return failed();
    };
    let answer = match (requests.as_slice(), next) {
        ([], Some(next)) => Redirect::to(next).into_response(),
        (requests, next) => page::signing_out(requests, next).into_response(),
    };
    (cookie::removal(state), answer).into_response()
}

/// The `LogoutRequest` that ends a sign-on, if its app has a logout URL.
pub(super) fn request_url(state: &State, sign_on: &SignOn) -> Result<Option<String>, IssueError> {
    let Some(entry) = state.app(&sign_on.app_id) else {
        return Ok(None);
    };
    let Some(destination) = &entry.app.logout_url else {
        return Ok(None);
    };
    let request = LogoutRequest {
        id: MessageId::random()?,
        issue_instant: state.now(),
        destination: destination.clone(),
        issuer: issuer(state.tenant()),
        name_id: sign_on.name_id.clone(),
        session_index: Some(sign_on.session_index.clone()),
    };
    let outgoing = Outgoing {
        destination,
        kind: MessageKind::Request,
        message: &request.to_xml().map_err(SignError::from)?,
        relay_state: None,
    };
    Ok(Some(signed_url(&outgoing, entry.keys.active())?))
}

/// Entra signs assertions as `https://sts.windows.net/{tenant}/` and logout messages under this name.
fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/")
}

fn failed() -> Response {
    let sentence = "The logout message could not be written.";
    page::plain(StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
}
