//! The second half of a sign-on: from the identity provider's answer to a session. The first half is in `begin`.

use std::sync::Arc;

use jiff::Timestamp;
use openssl::rand::rand_bytes;

use super::LoadedConnection;
use super::SignOnError;
use super::marks::Marks;
use super::marks::PersonMark;
use super::pins::Pins;
use super::refresh::RefreshService;
use crate::connection::BaseUrl;
use crate::connection::IdpInitiated;
use crate::directory::ID_BYTES;
use crate::ports::Clock;
use crate::saml::ClockSkew;
use crate::saml::ExpectedRequest;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::saml::ReturnPath;
use crate::saml::Trust;
use crate::saml::UnverifiedResponse;
use crate::saml::ValidatedAssertion;
use crate::saml::Verified;
use crate::session::Device;
use crate::session::PendingRequest;
use crate::session::RequestAnswer;
use crate::session::Session;
use crate::session::SignOn;
use crate::session::TakenRequest;
use crate::session::Vouched;
use crate::store::Store;
use crate::token::Token;
use crate::token::TokenHash;

pub(crate) struct Completed {
    pub(crate) return_path: ReturnPath,
    pub(crate) outcome: SignOnOutcome,
}

#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is returned"
)]
pub(crate) enum SignOnOutcome {
    SignedOn(Token, Session),
    /// The person was not to be asked, and would have had to be.
    NotAsked,
    /// The person's groups have changed: they must prove anew who they are, and come back to where they wanted to go.
    Reauthenticate,
}

pub(crate) struct IdpResponse<'a> {
    /// The moment at which it is judged. It is read again where fresh metadata was waited for: by then the replay cache may have
    /// forgotten an assertion that could still pass before.
    pub(crate) now: Timestamp,
    pub(crate) response: &'a str,
    pub(crate) relay_state: Option<&'a str>,
    pub(crate) browser: &'a dyn Browser,
    pub(crate) device: Device,
    /// The request that it has brought to an end, once that is known.
    pub(crate) finished: Option<MessageId>,
    /// The person who signs on by it, once its signature holds.
    pub(crate) person: Option<PersonMark>,
}

pub(crate) trait Browser: Send + Sync {
    /// The session that it has.
    fn session(&self) -> Option<TokenHash>;
    /// The secret that it got when this request left.
    fn began(&self, request: &MessageId) -> Option<TokenHash>;
}

/// A response that has passed its checks, and what its request remembered.
struct Ready {
    validated: ValidatedAssertion,
    return_path: ReturnPath,
    previous_session: Option<TokenHash>,
    proven_since: Option<Timestamp>,
}

/// The sign-ons of a site: how they begin and end.
pub(crate) struct SignOns {
    pub(super) base_url: BaseUrl,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) refresh: RefreshService,
    pub(super) pins: Pins,
    pub(crate) marks: Marks,
}

impl SignOns {
    /// Completes a sign-on: every check, the replay cache, and a session that is on disk when this returns.
    pub(crate) async fn complete(
        &self,
        loaded: Arc<LoadedConnection>,
        answer: &mut IdpResponse<'_>,
    ) -> Result<Completed, SignOnError> {
        let (loaded, verified) = self.verified(loaded, answer).await?;
        let verified = match verified {
            Ok(verified) => verified,
            Err(refusal) => return self.unasked(&loaded, refusal, answer).await,
        };
        self.pins.note_met(&loaded);
        let loaded = &*loaded;
        let name = verified.name_id();
        answer.person = name.map(|name| self.marks.of(loaded.connection.id(), name));
        let ready = if verified.claims_an_answer() {
            self.answered(loaded, verified, answer).await?
        } else {
            self.unsolicited(loaded, verified, answer)?
        };
        self.open(loaded, ready, answer).await
    }

    /// The session of a person whose response has passed its checks.
    async fn open(
        &self,
        loaded: &LoadedConnection,
        ready: Ready,
        answer: &IdpResponse<'_>,
    ) -> Result<Completed, SignOnError> {
        let token = Token::random().map_err(|_| SignOnError::Random)?;
        let mut random = [0; ID_BYTES];
        rand_bytes(&mut random).map_err(|_| SignOnError::Random)?;
        // A sign-on never takes up an old token: the session that this browser had is over with the new one.
        let sent = answer.browser.session();
        let sign_on = SignOn {
            connection: &loaded.connection,
            token: &token,
            replaces: ready.previous_session.into_iter().chain(sent).collect(),
            device: answer.device.clone(),
            proven_since: ready.proven_since,
            schemas: loaded.view.schemas().clone(),
            random,
            now: answer.now,
        };
        let (validated, authority) = (ready.validated, loaded.authority());
        let session = Session::sign_on(validated, authority, sign_on, &*self.store).await?;
        Ok(Completed {
            return_path: ready.return_path,
            outcome: match session {
                Some(session) => SignOnOutcome::SignedOn(token, session),
                None => SignOnOutcome::Reauthenticate,
            },
        })
    }

    /// Verifies a response. One that no known key has signed is judged again, as it came, against fresh metadata if there
    /// is any: the identity provider may have switched keys. Returns the connection as it was judged by.
    async fn verified(
        &self,
        loaded: Arc<LoadedConnection>,
        answer: &mut IdpResponse<'_>,
    ) -> Result<(Arc<LoadedConnection>, Result<Verified, Refusal>), SignOnError> {
        let trust = loaded.trust(answer.now)?;
        let judged = judge(&loaded, trust, answer.response)?;
        if !judged
            .as_ref()
            .is_err_and(|refusal| may_be_a_new_key(refusal, trust))
        {
            return Ok((loaded, judged));
        }
        let fresh = self.refresh.fresher(&loaded).await;
        answer.now = self.clock.now();
        match fresh {
            Some(fresh) => {
                let judged = judge(&fresh, fresh.trust(answer.now)?, answer.response)?;
                Ok((fresh, judged))
            }
            None => Ok((loaded, judged)),
        }
    }

    /// A refusal, unless it is `NoPassive` to a passive request of this browser: then the person goes back as they
    /// came. Nobody vouches for that answer, and all that it brings about is what a cancelled sign-on does.
    async fn unasked(
        &self,
        loaded: &LoadedConnection,
        refusal: Refusal,
        answer: &mut IdpResponse<'_>,
    ) -> Result<Completed, SignOnError> {
        let Some(id) = refusal.no_passive().and_then(MessageId::from_text) else {
            return Err(refusal.into());
        };
        match self.take(loaded, &id, Vouched::Nobody, answer).await? {
            Ok(pending) => Ok(Completed {
                return_path: pending.return_path,
                outcome: SignOnOutcome::NotAsked,
            }),
            Err(pending) => {
                self.check_browser_binding(&pending, answer)?;
                Err(refusal.into())
            }
        }
    }

    /// A response that answers a request: it must be one of ours, of this connection, of this browser.
    async fn answered(
        &self,
        loaded: &LoadedConnection,
        verified: Verified,
        answer: &mut IdpResponse<'_>,
    ) -> Result<Ready, SignOnError> {
        let id = verified
            .in_response_to()
            .and_then(MessageId::from_text)
            .ok_or(SignOnError::UnknownRequest(None))?;
        let taken = self.take(loaded, &id, Vouched::Signed, answer).await?;
        let pending = match taken {
            Ok(pending) => pending,
            Err(pending) => {
                self.check_browser_binding(&pending, answer)?;
                return Err(SignOnError::UnknownRequest(None));
            }
        };
        let asked = ExpectedRequest {
            id: pending.id,
            authn_since: pending.authn_since,
        };
        let validated = verified.validate(asked, &loaded.sp, ClockSkew::COMMON, answer.now)?;
        Ok(Ready {
            validated,
            return_path: pending.return_path,
            previous_session: pending.previous_session,
            proven_since: pending.authn_since,
        })
    }

    /// Takes the pending request out, if it is of this connection and the answer may end it; one that stays is the `Err`
    /// within.
    async fn take(
        &self,
        loaded: &LoadedConnection,
        id: &MessageId,
        vouched: Vouched,
        answer: &mut IdpResponse<'_>,
    ) -> Result<Result<PendingRequest, PendingRequest>, SignOnError> {
        let taken = self
            .store
            .take_request(
                loaded.connection.id(),
                id,
                self.request_answer(id, vouched, answer),
                answer.now,
            )
            .await?;
        if !matches!(taken, TakenRequest::Kept(_)) {
            answer.finished = Some(id.clone());
        }
        match taken {
            TakenRequest::Taken(pending) => Ok(Ok(pending)),
            TakenRequest::Kept(pending) => Ok(Err(pending)),
            TakenRequest::Used(pending) => {
                Err(SignOnError::UnknownRequest(Some(pending.return_path)))
            }
            TakenRequest::Unknown => Err(SignOnError::UnknownRequest(None)),
            TakenRequest::Expired => Err(SignOnError::ExpiredRequest),
        }
    }

    fn request_answer(
        &self,
        id: &MessageId,
        vouched: Vouched,
        answer: &IdpResponse<'_>,
    ) -> RequestAnswer {
        let relay_state = answer.relay_state.and_then(Token::parse);
        RequestAnswer {
            browser: answer.browser.began(id),
            relay_state: relay_state.as_ref().map(Token::hash),
            vouched,
        }
    }

    /// Checks that an answer came from the browser that the request left from, with its RelayState.
    fn check_browser_binding(
        &self,
        pending: &PendingRequest,
        answer: &IdpResponse<'_>,
    ) -> Result<(), SignOnError> {
        let came = self.request_answer(&pending.id, Vouched::Signed, answer);
        if came.browser != Some(pending.browser) {
            return Err(SignOnError::OtherBrowser);
        }
        match came.has_relay_state_of(pending) {
            true => Ok(()),
            false => Err(SignOnError::OtherRelayState),
        }
    }

    /// A response that answers nothing, where the connection allows that.
    fn unsolicited(
        &self,
        loaded: &LoadedConnection,
        verified: Verified,
        answer: &IdpResponse<'_>,
    ) -> Result<Ready, SignOnError> {
        if loaded.connection.sign_on().idp_initiated == IdpInitiated::Refuse {
            return Err(SignOnError::Unsolicited);
        }
        let validated = verified.validate_unsolicited(&loaded.sp, ClockSkew::COMMON, answer.now)?;
        let path = self.unsolicited_target(loaded, answer.relay_state);
        Ok(Ready {
            validated,
            return_path: path,
            previous_session: None,
            proven_since: None,
        })
    }

    /// The target of a response that answers nothing. A RelayState that does not count is named in the log by its reason alone:
    /// it is text from outside.
    fn unsolicited_target(
        &self,
        loaded: &LoadedConnection,
        relay_state: Option<&str>,
    ) -> ReturnPath {
        let connection = &loaded.connection;
        connection
            .target(relay_state, &self.base_url)
            .unwrap_or_else(|overlooked| {
                let (id, code) = (connection.id(), overlooked.code());
                tracing::warn!(event = "relay-state-overlooked", connection = %id, code, reason = %overlooked, "the RelayState was overlooked");
                connection.default_target(&self.base_url)
            })
    }
}

fn judge(
    loaded: &LoadedConnection,
    trust: &Trust,
    response: &str,
) -> Result<Result<Verified, Refusal>, SignOnError> {
    let response = UnverifiedResponse::from_post(response)?;
    Ok(match &loaded.decryption {
        Some(keys) => response.decrypt_and_verify(trust, keys),
        None => response.verify(trust),
    })
}

/// True if a key that we do not know yet may have made a response. A certificate that is known names a known key, so a
/// changed response causes no fetch. One that could not be decrypted may hold an assertion signed with a new key.
fn may_be_a_new_key(refusal: &Refusal, trust: &Trust) -> bool {
    match refusal.code() {
        "signature-invalid" => !trust.has_certificate(refusal.claimed_certificate()),
        "decryption-failed" => true,
        _ => false,
    }
}
