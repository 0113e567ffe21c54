//! `/saml/{connection}/slo`: single logout over HTTP-Redirect and HTTP-POST (SAML 2.0 Profiles §4.4).

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::RawForm;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::extract::rejection::RawFormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

use super::Entrada;
use super::cookie::UnderWay;
use super::cookie_header::SetCookies;
use super::login::OfConnection;
use super::outgoing::Message;
use super::page;
use super::page::Doing;
use super::posted::Posted;
use crate::dsig::SignatureError;
use crate::saml::ClockSkew;
use crate::saml::MessageId;
use crate::saml::Trust;
use crate::saml::logout::LogoutError;
use crate::saml::logout::LogoutOrder;
use crate::saml::logout::LogoutRequest;
use crate::saml::logout::LogoutResponse;
use crate::saml::logout::LogoutRules;
use crate::saml::logout::LogoutStatus;
use crate::saml::logout::ReceivedRequest;
use crate::saml::logout::VerifiedLogout;
use crate::saml::redirect::MessageKind;
use crate::session::Ended;
use crate::session::Ending;
use crate::session::Session;
use crate::session::log_out;
use crate::site::Loaded;
use crate::site::SignOnError;
use crate::site::relay_state;

/// `GET /saml/{connection}/slo`.
pub(super) async fn redirected(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let handled = async {
        let loaded = entrada.registry().named(&connection).await?;
        let query = query.unwrap_or_default();
        let verify = |trust: &Trust| VerifiedLogout::from_query(&query, trust);
        let (loaded, (message, relay_state)) = entrada.verified_logout(loaded, verify).await?;
        let relay_state = relay_state::bounded(relay_state.as_deref())?;
        entrada
            .logout(&loaded, message, relay_state, &headers)
            .await
    };
    answer(&entrada, handled.await, &connection)
}

/// `HEAD /saml/{connection}/slo`: whoever asks that wants to know whether the address is there. It ends nothing.
pub(super) async fn looked_at(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
) -> StatusCode {
    match entrada.registry().named(&connection).await {
        Ok(_) => StatusCode::OK,
        Err(error) => page::status(&error),
    }
}

/// `POST /saml/{connection}/slo`.
pub(super) async fn posted(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    headers: HeaderMap,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    let handled = async {
        let posted = Posted::of(form)?;
        let (kind, field) = match (posted.request, posted.response) {
            (Some(field), None) => (MessageKind::Request, field),
            (None, Some(field)) => (MessageKind::Response, field),
            _ => return Err(SignOnError::Form),
        };
        let relay_state = relay_state::bounded(posted.relay_state.as_deref())?;
        let loaded = entrada.registry().named(&connection).await?;
        let verify = |trust: &Trust| VerifiedLogout::from_form(kind, &field, trust);
        let (loaded, message) = entrada.verified_logout(loaded, verify).await?;
        entrada
            .logout(&loaded, message, relay_state, &headers)
            .await
    };
    answer(&entrada, handled.await, &connection)
}

fn answer(entrada: &Entrada, handled: Result<Response, SignOnError>, connection: &str) -> Response {
    handled.unwrap_or_else(|error| {
        page::refused(entrada.base_url(), Doing::SignOut, &error, Some(connection))
    })
}

impl Entrada {
    /// Verifies a logout message. One that no known key has signed is judged again against fresh metadata, if there is
    /// any.
    async fn verified_logout<T>(
        &self,
        loaded: Arc<Loaded>,
        verify: impl Fn(&Trust) -> Result<T, LogoutError>,
    ) -> Result<(Arc<Loaded>, T), SignOnError> {
        let trust = loaded.trust(self.now())?;
        let error = match verify(trust) {
            Ok(verified) => return Ok((loaded, verified)),
            Err(error) => error,
        };
        if !may_be_a_new_key(&error, trust) {
            return Err(error.into());
        }
        let fresh = self.inner.site.keeper.fresher(&loaded).await.ok_or(error)?;
        let verified = verify(fresh.trust(self.now())?)?;
        Ok((fresh, verified))
    }

    /// Begins a single logout of a session that has ended here already: `None` where the identity provider has no
    /// logout endpoint.
    pub(super) fn begin_logout(
        &self,
        loaded: &Loaded,
        session: &Session,
        headers: &HeaderMap,
    ) -> Result<Option<Response>, SignOnError> {
        let now = self.now();
        let Some(endpoint) = loaded.trust(now)?.slo().first() else {
            return Ok(None);
        };
        let id = MessageId::random().map_err(|_| SignOnError::Random)?;
        let request = LogoutRequest {
            id: id.clone(),
            issue_instant: now,
            destination: endpoint.location.clone(),
            issuer: loaded.sp.entity_id.clone(),
            name_id: session.name_id().clone(),
            session_index: session.record().session_index.clone(),
        };
        let xml = request.to_xml().map_err(|_| SignOnError::Write)?;
        let message = Message {
            kind: MessageKind::Request,
            id: id.as_str(),
            xml: &xml,
            relay_state: None,
        };
        let outgoing = message.after_a_form(endpoint, loaded.signer.as_ref())?;
        let cookies = self
            .cookies()
            .begin(headers, UnderWay::Logout, &id, id.as_str(), now)
            .add(&self.cookies().clear_session());
        Ok(Some((cookies, outgoing).into_response()))
    }

    async fn logout(
        &self,
        loaded: &Loaded,
        message: VerifiedLogout,
        relay_state: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<Response, SignOnError> {
        let slo_url = loaded.connection.slo_url(self.base_url());
        let now = self.now();
        let rules = LogoutRules {
            trust: loaded.trust(now)?,
            slo_url: &slo_url,
            skew: ClockSkew::COMMON,
            now,
        };
        match message {
            VerifiedLogout::Request(request) => {
                self.obey(loaded, request, relay_state, headers, &rules)
                    .await
            }
            VerifiedLogout::Response(response) => {
                let request = response.in_response_to().map(str::to_owned);
                let request = request
                    .filter(|request| self.cookies().is_signing_out(headers, request))
                    .ok_or(LogoutError::InResponseTo)?;
                let outcome = response.validate(&request, &rules)?;
                tracing::info!(connection = %loaded.connection.id(), status = ?outcome.status, "logout answered");
                let cookies = self.cookies().finish(headers, UnderWay::Logout, &request);
                let is_live = self.live_session(headers).await?.is_some();
                let page = page::signed_out_everywhere(self.base_url(), outcome.status, is_live);
                Ok((cookies, page).into_response())
            }
        }
    }

    /// Ends the sessions that a request means, and answers. The answer says Success only when they have ended, on
    /// disk.
    async fn obey(
        &self,
        loaded: &Loaded,
        request: ReceivedRequest,
        relay_state: Option<&str>,
        headers: &HeaderMap,
        rules: &LogoutRules<'_>,
    ) -> Result<Response, SignOnError> {
        let (ending, order) = Ending::of(request.validate(rules)?, loaded.connection.id());
        let status = match log_out(self.store(), &ending, rules.now).await {
            Ok(Ended::Replayed) => return Err(LogoutError::Replayed.into()),
            Ok(Ended::Sessions(count)) => {
                tracing::info!(connection = %loaded.connection.id(), ended = count, "sessions ended by the identity provider");
                LogoutStatus::Success
            }
            Err(error) => {
                tracing::error!(connection = %loaded.connection.id(), %error, "sessions did not end");
                LogoutStatus::Failed
            }
        };
        let (cookies, is_live) = self.without_ended_session(headers).await;
        let answer = self.logout_answer(loaded, &order, status, relay_state, is_live, rules)?;
        Ok((cookies, answer).into_response())
    }

    /// Takes the session cookie away if its session is over, or says that it is not. The request may be about somebody else,
    /// who made this browser carry it: then the person at it stays signed in.
    async fn without_ended_session(&self, headers: &HeaderMap) -> (SetCookies, bool) {
        let cookies = SetCookies::default();
        if self.cookies().session(headers).is_none() {
            return (cookies, false);
        }
        match self.live_session(headers).await {
            Ok(None) => (cookies.add(&self.cookies().clear_session()), false),
            _ => (cookies, true),
        }
    }

    fn logout_answer(
        &self,
        loaded: &Loaded,
        order: &LogoutOrder,
        status: LogoutStatus,
        relay_state: Option<&str>,
        is_live: bool,
        rules: &LogoutRules<'_>,
    ) -> Result<Response, SignOnError> {
        let Some(endpoint) = rules.trust.slo().first() else {
            return Ok(
                page::signed_out_everywhere(self.base_url(), status, is_live).into_response(),
            );
        };
        let response = LogoutResponse {
            id: MessageId::random().map_err(|_| SignOnError::Random)?,
            issue_instant: rules.now,
            destination: endpoint.response_location().to_owned(),
            issuer: loaded.sp.entity_id.clone(),
            in_response_to: order.id().to_owned(),
            status,
        };
        let xml = response.to_xml().map_err(|_| SignOnError::Write)?;
        let message = Message {
            kind: MessageKind::Response,
            id: response.id.as_str(),
            xml: &xml,
            relay_state,
        };
        message.to(endpoint, loaded.signer.as_ref())
    }
}

/// Whether a key that we do not know yet may have made a message; see sign-on.
fn may_be_a_new_key(error: &LogoutError, trust: &Trust) -> bool {
    match error {
        LogoutError::Signature(SignatureError::Invalid { claimed }) => {
            !trust.has_certificate(*claimed)
        }
        _ => false,
    }
}
