//! A sign-on from its first redirect to its session, without HTTP: what to send, and what to make of the
//! answer.

use axum::response::Response;

use super::Entrada;
use super::outgoing::Message;
use super::refusal::SignOnError;
use super::registry::Loaded;
use crate::connection::IdpInitiated;
use crate::connection::RequestSigning;
use crate::saml::AuthnRequest;
use crate::saml::ClockSkew;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::saml::UnverifiedResponse;
use crate::saml::ValidatedAssertion;
use crate::saml::Verified;
use crate::saml::redirect::MessageKind;
use crate::session::PendingRequest;
use crate::session::Session;
use crate::session::TakenRequest;
use crate::token::Token;

/// A person who is signed on, and where they wanted to go.
pub(super) struct SignedOn {
    pub(super) token: Token,
    pub(super) session: Session,
    pub(super) return_path: ReturnPath,
}

/// What came back from the identity provider.
pub(super) struct Answer<'a> {
    pub(super) response: &'a str,
    pub(super) relay_state: Option<&'a str>,
    pub(super) browser: Option<Token>,
}

impl Entrada {
    /// Begins a sign-on: remembers the request and says how it leaves.
    pub(super) async fn begin(
        &self,
        loaded: &Loaded,
        browser: &Token,
        return_path: ReturnPath,
    ) -> Result<Response, SignOnError> {
        let trust = loaded.trust()?;
        let (id, relay_state) = match (MessageId::random(), Token::random()) {
            (Ok(id), Ok(token)) => (id, token),
            _ => return Err(SignOnError::Random),
        };
        let now = self.now();
        let endpoint = trust.sso();
        let request = AuthnRequest {
            id: id.clone(),
            issue_instant: now,
            destination: endpoint.location.clone(),
        };
        let xml = request.to_xml(&loaded.sp).map_err(|_| SignOnError::Write)?;
        let pending = PendingRequest {
            id,
            connection: loaded.connection.id().clone(),
            relay_state: relay_state.hash(),
            browser: browser.hash(),
            return_path,
            expires: now.checked_add(PendingRequest::LIFETIME).unwrap_or(now),
        };
        self.store().remember_request(&pending, now).await?;
        let relay_state = relay_state.reveal();
        let message = Message {
            kind: MessageKind::Request,
            id: pending.id.as_str(),
            xml: &xml,
            relay_state: Some(&relay_state),
        };
        let signs = loaded.connection.request_signing() == RequestSigning::Signed;
        message.to(endpoint, loaded.signer.as_ref().filter(|_| signs))
    }

    /// Completes a sign-on: every check, the replay cache, and a session that is on disk when this returns.
    pub(super) async fn complete(
        &self,
        loaded: &Loaded,
        answer: Answer<'_>,
    ) -> Result<SignedOn, SignOnError> {
        let trust = loaded.trust()?;
        let verified = UnverifiedResponse::from_post(answer.response)?.verify(trust)?;
        let (validated, return_path) = if verified.claims_an_answer() {
            self.answered(loaded, verified, &answer).await?
        } else {
            self.unsolicited(loaded, verified, &answer)?
        };
        let now = self.now();
        let principal = validated.admit(self.store(), now).await?;
        let token = Token::random().map_err(|_| SignOnError::Random)?;
        let session = Session::open(principal, &loaded.connection, &token, now);
        self.store().open_session(session.record()).await?;
        Ok(SignedOn {
            token,
            session,
            return_path,
        })
    }

    /// A response that answers a request: it must be one of ours, of this connection, of this browser.
    async fn answered(
        &self,
        loaded: &Loaded,
        verified: Verified,
        answer: &Answer<'_>,
    ) -> Result<(ValidatedAssertion, ReturnPath), SignOnError> {
        let id = verified
            .in_response_to()
            .and_then(MessageId::from_text)
            .ok_or(SignOnError::UnknownRequest)?;
        let now = self.now();
        let pending = match self
            .store()
            .take_request(loaded.connection.id(), &id, now)
            .await?
        {
            TakenRequest::Taken(pending) => pending,
            TakenRequest::Unknown => return Err(SignOnError::UnknownRequest),
            TakenRequest::Expired => return Err(SignOnError::ExpiredRequest),
        };
        if answer.browser.as_ref().map(Token::hash) != Some(pending.browser) {
            return Err(SignOnError::OtherBrowser);
        }
        let relay_state = answer.relay_state.and_then(Token::parse);
        if relay_state.as_ref().map(Token::hash) != Some(pending.relay_state) {
            return Err(SignOnError::OtherRelayState);
        }
        let validated = verified.validate(&pending.id, &loaded.sp, SKEW, now)?;
        Ok((validated, pending.return_path))
    }

    /// A response that answers nothing, where the connection allows that. Its RelayState is text from outside:
    /// the person goes where the connection says.
    fn unsolicited(
        &self,
        loaded: &Loaded,
        verified: Verified,
        _answer: &Answer<'_>,
    ) -> Result<(ValidatedAssertion, ReturnPath), SignOnError> {
        if loaded.connection.idp_initiated() == IdpInitiated::Refuse {
            return Err(SignOnError::Unsolicited);
        }
        let validated = verified.validate_unsolicited(&loaded.sp, SKEW, self.now())?;
        let path = ReturnPath::parse(loaded.connection.default_relay_state())
            .unwrap_or_else(ReturnPath::root);
        Ok((validated, path))
    }
}

/// How far the clocks may be apart.
const SKEW: ClockSkew = ClockSkew::COMMON;
