//! Single logout (SAML 2.0 Profiles §4.4): requests of the identity provider end sessions, ours are sent and their answers
//! heard.

use std::sync::Arc;

use jiff::Timestamp;

use super::LoadedConnection;
use super::SignOnError;
use super::outgoing::Message;
use super::outgoing::Outgoing;
use super::refresh::RefreshService;
use crate::connection::BaseUrl;
use crate::dsig::SignatureError;
use crate::ports::Clock;
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
use crate::saml::logout::ReceivedResponse;
use crate::saml::redirect::MessageKind;
use crate::session::Logout;
use crate::session::LogoutOutcome;
use crate::session::Session;
use crate::session::log_out;
use crate::store::Store;

pub(crate) struct BegunLogout {
    pub(crate) id: MessageId,
    pub(crate) at: Timestamp,
    pub(crate) outgoing: Outgoing,
}

/// A logout request that ended sessions, or could not.
pub(crate) struct RequestedLogout {
    pub(crate) status: LogoutStatus,
    /// The answer, where the identity provider has an endpoint for it.
    pub(crate) answer: Option<Outgoing>,
}

/// The single logouts of a site, both ways.
pub(crate) struct Logouts {
    pub(super) base_url: BaseUrl,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) refresh: RefreshService,
}

impl Logouts {
    /// Verifies a logout message. One that no known key has signed is judged again against fresh metadata, if there is
    /// any.
    pub(crate) async fn verified<T>(
        &self,
        loaded: Arc<LoadedConnection>,
        verify: impl Fn(&Trust) -> Result<T, LogoutError>,
    ) -> Result<(Arc<LoadedConnection>, T), SignOnError> {
        let trust = loaded.trust(self.clock.now())?;
        let error = match verify(trust) {
            Ok(verified) => return Ok((loaded, verified)),
            Err(error) => error,
        };
        if !may_be_a_new_key(&error, trust) {
            return Err(error.into());
        }
        let fresh = self.refresh.fresher(&loaded).await.ok_or(error)?;
        let verified = verify(fresh.trust(self.clock.now())?)?;
        Ok((fresh, verified))
    }

    /// Begins a single logout of a session that has ended here already: `None` where the identity provider has no
    /// logout endpoint.
    pub(crate) fn begin(
        &self,
        loaded: &LoadedConnection,
        session: &Session,
    ) -> Result<Option<BegunLogout>, SignOnError> {
        let now = self.clock.now();
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
        let outgoing = message.outgoing(endpoint, loaded.signer.as_ref())?;
        Ok(Some(BegunLogout {
            id,
            at: now,
            outgoing,
        }))
    }

    /// Ends the sessions that a request means, and answers. The answer says Success only when they have ended, on
    /// disk.
    pub(crate) async fn end_requested_sessions(
        &self,
        loaded: &LoadedConnection,
        request: ReceivedRequest,
        relay_state: Option<&str>,
    ) -> Result<RequestedLogout, SignOnError> {
        let slo_url = loaded.connection.slo_url(&self.base_url);
        let rules = self.rules(loaded, &slo_url)?;
        let (logout, order) = Logout::of(request.validate(&rules)?, loaded.connection.id());
        let status = match log_out(&*self.store, &logout, rules.now).await {
            Ok(LogoutOutcome::Replayed) => return Err(LogoutError::Replayed.into()),
            Ok(LogoutOutcome::Ended(count)) => {
                tracing::info!(event = "sessions-ended", connection = %loaded.connection.id(), ended = count, "sessions ended by the identity provider");
                LogoutStatus::Success
            }
            Err(error) => {
                tracing::error!(event = "sessions-not-ended", connection = %loaded.connection.id(), %error, "sessions did not end");
                LogoutStatus::Failed
            }
        };
        let answer = answer(loaded, &order, status, relay_state, &rules)?;
        Ok(RequestedLogout { status, answer })
    }

    /// Judges an answer to a request of ours: which one it was, and what came of it.
    pub(crate) fn answered(
        &self,
        loaded: &LoadedConnection,
        response: ReceivedResponse,
        is_ours: impl FnOnce(&str) -> bool,
    ) -> Result<(String, LogoutStatus), SignOnError> {
        let slo_url = loaded.connection.slo_url(&self.base_url);
        let rules = self.rules(loaded, &slo_url)?;
        let request = response.in_response_to().map(str::to_owned);
        let request = request
            .filter(|request| is_ours(request))
            .ok_or(LogoutError::InResponseTo)?;
        let status = response.validate(&request, &rules)?;
        tracing::info!(event = "logout-answered", connection = %loaded.connection.id(), outcome = ?status, "logout answered");
        Ok((request, status))
    }

    fn rules<'a>(
        &self,
        loaded: &'a LoadedConnection,
        slo_url: &'a str,
    ) -> Result<LogoutRules<'a>, SignOnError> {
        let now = self.clock.now();
        Ok(LogoutRules {
            trust: loaded.trust(now)?,
            slo_url,
            skew: ClockSkew::COMMON,
            now,
        })
    }
}

/// The answer to a request, for the endpoint that takes it; `None` where there is none.
fn answer(
    loaded: &LoadedConnection,
    order: &LogoutOrder,
    status: LogoutStatus,
    relay_state: Option<&str>,
    rules: &LogoutRules<'_>,
) -> Result<Option<Outgoing>, SignOnError> {
    let Some(endpoint) = rules.trust.slo().first() else {
        return Ok(None);
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
    let outgoing = message.outgoing(endpoint, loaded.signer.as_ref())?;
    Ok(Some(outgoing))
}

/// True if a key that we do not know yet may have made a message; see sign-on.
fn may_be_a_new_key(error: &LogoutError, trust: &Trust) -> bool {
    match error {
        LogoutError::Signature(SignatureError::Invalid { claimed }) => {
            !trust.has_certificate(*claimed)
        }
        _ => false,
    }
}
