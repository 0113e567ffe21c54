//! A sign-on from its first redirect to its session, without HTTP: what to send, and what to make of the
//! answer.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use openssl::rand::rand_bytes;

use super::Entrada;
use super::again::PersonMark;
use super::cookie::UnderWay;
use super::cookie_header::SetCookies;
use super::outgoing::Message;
use super::wish::Wish;
use crate::connection::IdpInitiated;
use crate::connection::RequestSigning;
use crate::directory::ID_OCTETS;
use crate::saml::Asked;
use crate::saml::AuthnRequest;
use crate::saml::ClockSkew;
use crate::saml::Endpoint;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::saml::RequestOptions;
use crate::saml::ReturnPath;
use crate::saml::Trust;
use crate::saml::UnverifiedResponse;
use crate::saml::ValidatedAssertion;
use crate::saml::Verified;
use crate::saml::redirect::MessageKind;
use crate::session::Device;
use crate::session::PendingRequest;
use crate::session::RequestAnswer;
use crate::session::Session;
use crate::session::SignOn;
use crate::session::SignedOn;
use crate::session::TakenRequest;
use crate::session::Vouched;
use crate::site::Loaded;
use crate::site::SignOnError;
use crate::token::Token;
use crate::token::TokenHash;

/// What came of a sign-on.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is returned"
)]
pub(super) enum Completed {
    /// The person is signed on.
    SignedOn {
        token: Token,
        session: Session,
        return_path: ReturnPath,
    },
    /// The person was not to be asked, and would have had to be.
    NotAsked { return_path: ReturnPath },
    /// The person's groups have changed: they must prove anew who they are, and come back to where they wanted to go.
    ProveAnew { return_path: ReturnPath },
}

/// What came back from the identity provider.
pub(super) struct Answer<'a> {
    /// The moment at which it is judged. It is read again where fresh metadata was waited for: by then the replay cache may have
    /// forgotten an assertion that could still pass before.
    pub(super) now: Timestamp,
    pub(super) response: &'a str,
    pub(super) relay_state: Option<&'a str>,
    /// The request's headers: the browser's cookies are among them.
    pub(super) headers: &'a HeaderMap,
    /// From where it came.
    pub(super) device: Device,
    /// The request that it has brought to an end, once that is known.
    pub(super) finished: Option<MessageId>,
    /// The person who signs on by it, once its signature holds.
    pub(super) person: Option<PersonMark>,
}

/// A response that has passed its checks, and what its request remembered.
struct Ready {
    validated: ValidatedAssertion,
    return_path: ReturnPath,
    previous_session: Option<TokenHash>,
    proven_since: Option<Timestamp>,
}

impl Entrada {
    /// Begins a sign-on: remembers the request and says how it leaves.
    pub(super) async fn begin(
        &self,
        loaded: &Loaded,
        return_path: ReturnPath,
        wish: &Wish,
        headers: &HeaderMap,
    ) -> Result<(SetCookies, Response), SignOnError> {
        let now = self.now();
        let trust = loaded.trust(now)?;
        let drawn = (MessageId::random(), Token::random(), Token::random());
        let (Ok(id), Ok(relay_state), Ok(browser)) = drawn else {
            return Err(SignOnError::Random);
        };
        let endpoint = match loaded.connection.request_binding() {
            Some(binding) => trust
                .sso_over(binding)
                .ok_or(SignOnError::NoEndpoint(binding))?,
            None => trust.sso(),
        };
        let request = AuthnRequest {
            id: id.clone(),
            issue_instant: now,
            destination: endpoint.location.clone(),
            options: RequestOptions {
                force_authn: wish.max_age().is_some(),
                is_passive: wish.passive(),
                ..loaded.connection.request_options().clone()
            },
        };
        let xml = request.to_xml(&loaded.sp).map_err(|_| SignOnError::Write)?;
        let pending = PendingRequest {
            id,
            connection: loaded.connection.id().clone(),
            relay_state: relay_state.hash(),
            browser: browser.hash(),
            return_path,
            previous_session: self.cookies().session(headers).map(|token| token.hash()),
            passive: wish.passive(),
            authn_since: wish.max_age().and_then(|age| now.checked_sub(age).ok()),
            expires: now.checked_add(PendingRequest::LIFETIME).unwrap_or(now),
        };
        self.store().remember_request(&pending).await?;
        // The ID is no secret: it travels through the browser's address line, and `verify --request-id` asks for it.
        let request = pending.id.as_str();
        tracing::info!(connection = %pending.connection, request, "sign-on begun");
        let relay_state = relay_state.reveal();
        let message = Message {
            kind: MessageKind::Request,
            id: pending.id.as_str(),
            xml: &xml,
            relay_state: Some(&relay_state),
        };
        let signs = loaded.connection.request_signing() == RequestSigning::Signed;
        let hinted = Endpoint {
            location: wish.hinted(&endpoint.location),
            ..endpoint.clone()
        };
        let outgoing = message.to(&hinted, loaded.signer.as_ref().filter(|_| signs))?;
        let secret = browser.reveal();
        let cookies = self.cookies();
        let cookies = cookies.begin(headers, UnderWay::SignOn, &pending.id, &secret, now);
        Ok((cookies, outgoing))
    }

    /// Completes a sign-on: every check, the replay cache, and a session that is on disk when this returns.
    pub(super) async fn complete(
        &self,
        loaded: Arc<Loaded>,
        answer: &mut Answer<'_>,
    ) -> Result<Completed, SignOnError> {
        let (loaded, verified) = self.verified(loaded, answer).await?;
        let verified = match verified {
            Ok(verified) => verified,
            Err(refusal) => return self.unasked(&loaded, refusal, answer).await,
        };
        self.inner.site.pins.note_met(&loaded);
        let loaded = &*loaded;
        let name = verified.name_id();
        answer.person = name.map(|name| self.marks().of(loaded.connection.id(), name));
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
        loaded: &Loaded,
        ready: Ready,
        answer: &Answer<'_>,
    ) -> Result<Completed, SignOnError> {
        let token = Token::random().map_err(|_| SignOnError::Random)?;
        let mut random = [0; ID_OCTETS];
        rand_bytes(&mut random).map_err(|_| SignOnError::Random)?;
        // A sign-on never takes up an old token: the session that this browser had is over with the new one.
        let sent = self.cookies().session(answer.headers);
        let sent = sent.map(|token| token.hash());
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
        let (validated, return_path) = (ready.validated, ready.return_path);
        let admittance = loaded.admittance();
        let signed_on = Session::sign_on(validated, admittance, sign_on, self.store()).await?;
        match signed_on {
            SignedOn::Session(session) => Ok(Completed::SignedOn {
                token,
                session,
                return_path,
            }),
            SignedOn::ProveAnew => Ok(Completed::ProveAnew { return_path }),
            SignedOn::Denied(denial) => Err(denial.into()),
        }
    }

    /// Verifies a response. One that no known key has signed is judged again, as it came, against fresh metadata if there
    /// is any: the identity provider may have switched keys. Returns the connection as it was judged by.
    async fn verified(
        &self,
        loaded: Arc<Loaded>,
        answer: &mut Answer<'_>,
    ) -> Result<(Arc<Loaded>, Result<Verified, Refusal>), SignOnError> {
        let trust = loaded.trust(answer.now)?;
        let judged = judge(&loaded, trust, answer.response)?;
        if !judged
            .as_ref()
            .is_err_and(|refusal| may_be_a_new_key(refusal, trust))
        {
            return Ok((loaded, judged));
        }
        let fresh = self.inner.site.keeper.fresher(&loaded).await;
        answer.now = self.now();
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
        loaded: &Loaded,
        refusal: Refusal,
        answer: &mut Answer<'_>,
    ) -> Result<Completed, SignOnError> {
        let Some(id) = refusal.no_passive().and_then(MessageId::from_text) else {
            return Err(refusal.into());
        };
        match self.take(loaded, &id, Vouched::Nobody, answer).await? {
            Ok(pending) => Ok(Completed::NotAsked {
                return_path: pending.return_path,
            }),
            Err(pending) => {
                self.belongs(&pending, answer)?;
                Err(refusal.into())
            }
        }
    }

    /// A response that answers a request: it must be one of ours, of this connection, of this browser.
    async fn answered(
        &self,
        loaded: &Loaded,
        verified: Verified,
        answer: &mut Answer<'_>,
    ) -> Result<Ready, SignOnError> {
        let id = verified
            .in_response_to()
            .and_then(MessageId::from_text)
            .ok_or(SignOnError::UnknownRequest(None))?;
        let taken = self.take(loaded, &id, Vouched::Signed, answer).await?;
        let pending = match taken {
            Ok(pending) => pending,
            Err(pending) => {
                self.belongs(&pending, answer)?;
                return Err(SignOnError::UnknownRequest(None));
            }
        };
        let asked = Asked {
            id: pending.id,
            authn_since: pending.authn_since,
        };
        let validated = verified.validate(asked, &loaded.sp, SKEW, answer.now)?;
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
        loaded: &Loaded,
        id: &MessageId,
        vouched: Vouched,
        answer: &mut Answer<'_>,
    ) -> Result<Result<PendingRequest, PendingRequest>, SignOnError> {
        let taken = self
            .store()
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
        answer: &Answer<'_>,
    ) -> RequestAnswer {
        let browser = self.cookies().browser(answer.headers, id);
        let relay_state = answer.relay_state.and_then(Token::parse);
        RequestAnswer {
            browser: browser.as_ref().map(Token::hash),
            relay_state: relay_state.as_ref().map(Token::hash),
            vouched,
        }
    }

    /// Checks that an answer came from the browser that the request left from, with its RelayState.
    fn belongs(&self, pending: &PendingRequest, answer: &Answer<'_>) -> Result<(), SignOnError> {
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
        loaded: &Loaded,
        verified: Verified,
        answer: &Answer<'_>,
    ) -> Result<Ready, SignOnError> {
        if loaded.connection.idp_initiated() == IdpInitiated::Refuse {
            return Err(SignOnError::Unsolicited);
        }
        let validated = verified.validate_unsolicited(&loaded.sp, SKEW, answer.now)?;
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
    pub(super) fn unsolicited_target(
        &self,
        loaded: &Loaded,
        relay_state: Option<&str>,
    ) -> ReturnPath {
        let connection = &loaded.connection;
        connection
            .target(relay_state, self.base_url())
            .unwrap_or_else(|overlooked| {
                let (id, code) = (connection.id(), overlooked.code());
                tracing::warn!(connection = %id, code, reason = %overlooked, "the RelayState was overlooked");
                connection.default_target(self.base_url())
            })
    }
}

/// Verifies a response by this trust.
fn judge(
    loaded: &Loaded,
    trust: &Trust,
    response: &str,
) -> Result<Result<Verified, Refusal>, SignOnError> {
    let response = UnverifiedResponse::from_post(response)?;
    Ok(match &loaded.decryption {
        Some(keys) => response.decrypt_and_verify(trust, keys),
        None => response.verify(trust),
    })
}

/// Whether a key that we do not know yet may have made a response. A certificate that is known names a known key, so
/// that a response which was changed on its way makes nobody fetch anything. What could not be decrypted says nothing of
/// why: the assertion inside may be signed with a new key.
fn may_be_a_new_key(refusal: &Refusal, trust: &Trust) -> bool {
    match refusal.code() {
        "signature-invalid" => !trust.has_certificate(refusal.claimed_certificate()),
        "decryption-failed" => true,
        _ => false,
    }
}

/// How far the clocks may be apart.
pub(super) const SKEW: ClockSkew = ClockSkew::COMMON;
