//! `/{tenant}/saml2`: takes a sign-on request over HTTP-Redirect or HTTP-POST, asks who is there if need be, and sends
//! the browser back with a response. The account picker carries the request along in its form, and it is checked again
//! when it returns: the identity provider remembers nothing of a sign-on that is under way.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use axum::extract::RawQuery;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::html;
use serde::Deserialize;
use url::form_urlencoded;

use super::aadsts::Aadsts;
use super::app::App;
use super::app::Requests;
use super::app::Tokens;
use super::cookie;
use super::encrypt::Encrypt;
use super::encrypt::Encryption;
use super::fault::Fault;
use super::issue::Issue;
use super::logout;
use super::page;
use super::page::Page;
use super::people::people;
use super::request;
use super::request::NameIdFormat;
use super::request::ReceivedRequest;
use super::state::RegisteredApp;
use super::state::SignOn;
use super::state::SignedIn;
use super::state::State;
use crate::dsig;
use crate::saml::post::PostForm;
use crate::saml::redirect;
use crate::saml::redirect::MessageKind;
use crate::saml::redirect::RedirectError;
use crate::saml::redirect::RedirectMessage;
use crate::xml;

/// A request as it arrived, with what came beside it.
struct Arrived {
    xml: String,
    relay_state: Option<String>,
    login_hint: Option<String>,
    /// The query that it came in, which its signature is part of; `None` if it came in a form.
    query: Option<String>,
}

pub(super) async fn by_redirect(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Aadsts> {
    let query = query.unwrap_or_default();
    let message = decode(&query)?;
    if logout::is_for_us(&message) {
        return logout::receive(&state, &tenant, &headers, &message);
    }
    let arrived = from_query(query, message)?;
    sign_on(&state, &tenant, &headers, arrived).await
}

fn decode(query: &str) -> Result<RedirectMessage, Aadsts> {
    redirect::decode(query).map_err(|error| match error {
        RedirectError::NoMessage => Aadsts::NoMessage,
        other => Aadsts::NotSaml(other.to_string()),
    })
}

fn from_query(query: String, message: RedirectMessage) -> Result<Arrived, Aadsts> {
    if message.kind == MessageKind::Response {
        return Err(Aadsts::NotSaml("it is a response".to_owned()));
    }
    Ok(Arrived {
        xml: message.xml,
        relay_state: message.relay_state,
        login_hint: login_hint(&query),
        query: Some(query),
    })
}

impl Arrived {
    /// Reads the request again from what the app has signed: in the query or within the message, as the binding wants it.
    fn signed_by(&self, app: &App) -> Result<ReceivedRequest, Aadsts> {
        let not_signed = || Aadsts::NotSigned(app.name.clone());
        let trust = app.trust().ok_or_else(not_signed)?;
        let signed = match &self.query {
            Some(query) => redirect::verify_query(query, &trust)
                .ok()
                .map(|(_, signed, _)| signed),
            None => dsig::verify(request::parse(&self.xml)?.root(), trust.keys()).ok(),
        };
        let signed = signed.ok_or_else(not_signed)?;
        let document = signed.document().map_err(|_| not_signed())?;
        ReceivedRequest::of(document.root())
    }
}

/// Entra takes the hint from the query, with either binding.
fn login_hint(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "login_hint")
        .map(|(_, hint)| hint.into_owned())
}

#[derive(Deserialize)]
pub(super) struct Posted {
    #[serde(rename = "SAMLRequest")]
    request: Option<String>,
    #[serde(rename = "RelayState")]
    relay_state: Option<String>,
    person: Option<String>,
    /// The query that the request came in, which the account picker carries along.
    query: Option<String>,
}

impl Posted {
    fn into_arrived(self, login_hint: Option<String>) -> Result<Arrived, Aadsts> {
        let not_saml = |what: &str| Aadsts::NotSaml(what.to_owned());
        if let Some(query) = self.query {
            let message = decode(&query)?;
            return from_query(query, message);
        }
        let encoded = self.request.ok_or(Aadsts::NoMessage)?;
        let bytes = xml::base64_binary(&encoded).ok_or_else(|| not_saml("it is not base64"))?;
        Ok(Arrived {
            xml: String::from_utf8(bytes).map_err(|_| not_saml("it is not UTF-8"))?,
            relay_state: self.relay_state,
            login_hint,
            query: None,
        })
    }
}

pub(super) async fn by_post(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Form(posted): Form<Posted>,
) -> Result<Response, Aadsts> {
    let posted = Posted {
        query: None,
        ..posted
    };
    let arrived = posted.into_arrived(query.as_deref().and_then(login_hint))?;
    sign_on(&state, &tenant, &headers, arrived).await
}

async fn sign_on(
    state: &State,
    tenant: &str,
    headers: &HeaderMap,
    arrived: Arrived,
) -> Result<Response, Aadsts> {
    let asked = AcceptedRequest::check(state, tenant, &arrived)?;
    let session = cookie::read(state, headers).filter(|_| !asked.request.force_authn);
    match session.as_ref().and_then(|token| state.signed_in(token)) {
        Some(signed_in) => asked.answer(state, signed_in, &arrived).await,
        None if asked.request.is_passive => Err(Aadsts::NoSession),
        None => Ok(account_picker(state, &asked.entry.app, &arrived).into_response()),
    }
}

/// `POST /{tenant}/login`: somebody was chosen on the account picker.
pub(super) async fn choose(
    Shared(state): Shared<Arc<State>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Form(mut posted): Form<Posted>,
) -> Result<Response, Aadsts> {
    let chosen = posted.person.take().unwrap_or_default();
    let arrived = posted.into_arrived(None)?;
    let asked = AcceptedRequest::check(&state, &tenant, &arrived)?;
    let Some(person) = state.directory().person(&chosen).cloned() else {
        return Ok(account_picker(&state, &asked.entry.app, &arrived).into_response());
    };
    if !person.enabled {
        return Err(Aadsts::Disabled(person.user_principal_name));
    }
    let since = state.now();
    let Ok((token, cookie)) = cookie::sign_in(&state, &headers, &person, since) else {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let signed_in = SignedIn {
        person,
        since,
        token,
    };
    let answer = asked.answer(&state, signed_in, &arrived).await;
    Ok((cookie, answer).into_response())
}

/// A request that an app of ours may make.
struct AcceptedRequest {
    request: ReceivedRequest,
    entry: RegisteredApp,
    acs_url: String,
}

impl AcceptedRequest {
    fn check(state: &State, tenant: &str, arrived: &Arrived) -> Result<AcceptedRequest, Aadsts> {
        if tenant != state.tenant() {
            return Err(Aadsts::UnknownTenant(tenant.to_owned()));
        }
        let request = ReceivedRequest::read(&arrived.xml)?;
        let entry = state.app_of_issuer(&request.issuer)?;
        let request = match entry.app.requests {
            Requests::SignedOrNot => request,
            Requests::Signed => arrived.signed_by(&entry.app)?,
        };
        let acs_url = match &request.acs_url {
            // An app has at least one; the builder sees to it.
            None => entry.app.reply_urls[0].clone(),
            Some(url) if entry.app.reply_urls.contains(url) => url.clone(),
            Some(url) => {
                return Err(Aadsts::ReplyUrl {
                    found: url.clone(),
                    app: request.issuer.clone(),
                });
            }
        };
        Ok(AcceptedRequest {
            request,
            entry,
            acs_url,
        })
    }

    async fn answer(
        &self,
        state: &State,
        signed_in: SignedIn,
        arrived: &Arrived,
    ) -> Result<Response, Aadsts> {
        answer(state, &self.entry, signed_in, self.params(arrived)).await
    }

    fn params<'a>(&'a self, arrived: &'a Arrived) -> ResponseParams<'a> {
        ResponseParams {
            identifier: &self.request.issuer,
            acs_url: &self.acs_url,
            in_response_to: Some(&self.request.id),
            name_id_format: self.request.name_id_format,
            relay_state: arrived.relay_state.as_deref(),
        }
    }
}

/// Answers the request in a query as if this person had been picked; `None` if the answer cannot be written.
pub(super) async fn answer_query(
    state: &State,
    query: &str,
    signed_in: SignedIn,
) -> Result<Option<PostForm>, Aadsts> {
    let arrived = from_query(query.to_owned(), decode(query)?)?;
    let asked = AcceptedRequest::check(state, state.tenant(), &arrived)?;
    respond(state, &asked.entry, signed_in, asked.params(&arrived)).await
}

/// The address that a response goes to, and its contents besides the person.
pub(super) struct ResponseParams<'a> {
    pub(super) identifier: &'a str,
    pub(super) acs_url: &'a str,
    pub(super) in_response_to: Option<&'a str>,
    pub(super) name_id_format: NameIdFormat,
    pub(super) relay_state: Option<&'a str>,
}

/// Sends the browser to the app with a response, if the person may sign in to it.
pub(super) async fn answer(
    state: &State,
    entry: &RegisteredApp,
    signed_in: SignedIn,
    to: ResponseParams<'_>,
) -> Result<Response, Aadsts> {
    let page = match respond(state, entry, signed_in, to).await? {
        Some(form) => page::post(&form, &entry.app.name),
        None => page::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The response could not be written.",
        ),
    };
    Ok(page.into_response())
}

/// The response in the form that carries it; `None` if it cannot be written.
pub(super) async fn respond(
    state: &State,
    entry: &RegisteredApp,
    signed_in: SignedIn,
    to: ResponseParams<'_>,
) -> Result<Option<PostForm>, Aadsts> {
    if !signed_in.person.enabled {
        return Err(Aadsts::Disabled(signed_in.person.user_principal_name));
    }
    if !entry.app.lets_in(&signed_in.person) {
        return Err(Aadsts::NotAssigned {
            person: signed_in.person.user_principal_name,
            app: entry.app.name.clone(),
        });
    }
    let fault = state.fault.take();
    let issue = Issue {
        tenant: state.tenant(),
        person: &signed_in.person,
        identifier: to.identifier,
        acs_url: to.acs_url,
        in_response_to: to.in_response_to,
        name_id_format: to.name_id_format,
        authn_instant: signed_in.since,
        now: state.now(),
        fault,
    };
    let written = match fault {
        Some(Fault::UnknownKey) => match state.stranger().await {
            Ok(stranger) => issue.response(stranger).ok(),
            Err(_) => None,
        },
        _ => issue.response(entry.keys.active()).ok(),
    };
    Ok(written.and_then(|issued| {
        let xml = sealed(&entry.app, &issued.xml)?;
        let sign_on = SignOn {
            app_id: entry.app.app_id.clone(),
            name_id: issued.name_id,
            session_index: issued.session_index,
        };
        state.remember(signed_in.token, sign_on);
        Some(PostForm::response(to.acs_url, &xml, to.relay_state))
    }))
}

/// The response as it leaves: with its assertion encrypted where the app wants that.
fn sealed(app: &App, xml: &str) -> Option<String> {
    match app.tokens {
        Tokens::Plain => Some(xml.to_owned()),
        Tokens::Encrypted => {
            let recipient = app.certificate.as_ref()?.key().clone();
            Encryption::default()
                .encrypt(xml, Encrypt::Assertion, &[recipient])
                .ok()
        }
    }
}

fn account_picker(state: &State, app: &App, arrived: &Arrived) -> Page {
    let action = format!("/{}/login", state.tenant());
    let body = html! {
        section.card.narrow {
            p.eyebrow { "Sign in to " (app.name) }
            h1 { "Pick an account" }
            form method="post" action=(action) {
                @match &arrived.query {
                    Some(query) => input type="hidden" name="query" value=(query);,
                    None => input type="hidden" name="SAMLRequest" value=(STANDARD.encode(&arrived.xml));,
                }
                @if let (None, Some(relay_state)) = (&arrived.query, &arrived.relay_state) {
                    input type="hidden" name="RelayState" value=(relay_state);
                }
                (people(state, arrived.login_hint.as_deref()))
            }
        }
    };
    Page::new("Pick an account", body)
}
