//! The judging of one captured response as a sign-on would: nobody is signed in, and no replay cache is asked or filled.

mod relay_state;
mod sides;
mod verification;

use std::time::Duration;

use jiff::Timestamp;

pub use self::sides::Sides;
pub use self::verification::Answered;
pub use self::verification::CheckLine;
pub use self::verification::FailedCheck;
pub use self::verification::Verification;
use crate::connection::IdpInitiated;
use crate::saml::ClockSkew;
use crate::saml::Diagnosis;
use crate::saml::Hint;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::saml::UnverifiedResponse;

/// A captured response, and what is asked of it.
pub struct Question {
    /// The response, or the reason why it is none.
    pub response: Result<UnverifiedResponse, Refusal>,
    /// The RelayState beside it.
    pub relay_state: Option<String>,
    /// The request that it must answer.
    pub answers: Answered,
    /// The moment of the judgement.
    pub at: Timestamp,
    /// The distance that the clocks may have.
    pub clock_skew: Duration,
    /// Notes on the capture, which stand behind those on the two sides.
    pub notes: Vec<String>,
}

impl Sides {
    /// Makes all checks on a response.
    pub fn judge(&self, question: Question) -> Verification {
        let (response, at) = (question.response, question.at);
        let keys = self.keys.as_ref();
        let mut notes = Vec::new();
        let (request, answers_nothing) = match &question.answers {
            Answered::Request(id) => (Some(id.clone()), false),
            Answered::Nothing => (None, true),
            Answered::AsItSays => self.request_in(&response),
        };
        let connection = self.site.as_ref().map(|site| &site.connection);
        if let Some(connection) = connection.filter(|_| question.answers == Answered::Nothing)
            && connection.sign_on().idp_initiated == IdpInitiated::Refuse
        {
            let id = connection.id();
            notes.push(format!("WARNING: the connection {id} refuses responses that answer no request, so a server refuses this one whatever its checks say; --allow-idp-initiated admits them"));
        }
        notes.extend(self.notes.iter().cloned());
        notes.extend(question.notes);
        let skew = ClockSkew::new(question.clock_skew);
        let (sp, asked) = (&self.sp, request.as_ref());
        let diagnosis = Diagnosis::of(response, &self.trust, keys, asked, sp, skew, at);
        let mut hints = self.hints(&diagnosis);
        match self.led_by(question.relay_state.as_deref(), answers_nothing) {
            Some(Ok(note)) => notes.push(note),
            Some(Err(hint)) => hints.push(hint),
            None => {}
        }
        if question.answers == Answered::AsItSays {
            notes.push(NOT_ASKED.to_owned());
        }
        hints.extend(diagnosis.hints().iter().cloned());
        Verification {
            diagnosis,
            hints,
            notes,
            request,
            answers: question.answers,
        }
    }

    /// The request that a response says that it answers, and whether it says over a signature that holds that it answers none.
    fn request_in(
        &self,
        response: &Result<UnverifiedResponse, Refusal>,
    ) -> (Option<MessageId>, bool) {
        let verified = response
            .clone()
            .and_then(|response| match self.keys.as_ref() {
                Some(keys) => response.decrypt_and_verify(&self.trust, keys),
                None => response.verify(&self.trust),
            });
        let claimed = verified.as_ref().ok().and_then(|v| v.in_response_to());
        let request = claimed.and_then(MessageId::from_text);
        (request, verified.is_ok() && claimed.is_none())
    }

    /// A note or a hint on the RelayState of a response: a server refuses one that is too long beside every response, and lets
    /// itself be led by it where the response answers nothing.
    fn led_by(
        &self,
        relay_state: Option<&str>,
        answers_nothing: bool,
    ) -> Option<Result<String, Hint>> {
        let relay_state = relay_state?;
        if let Some(hint) = relay_state::too_long(relay_state) {
            return Some(Err(hint));
        }
        let leads = answers_nothing && !relay_state.trim().is_empty();
        let site = self.site.as_ref().filter(|_| leads)?;
        Some(relay_state::target(site, relay_state))
    }

    /// The hints that the metadata gives on a refusal: it may be that of another app, or of no tenant at all.
    fn hints(&self, diagnosis: &Diagnosis) -> Vec<Hint> {
        let about_trust = |refusal: &Refusal| {
            ["signature", "issuer", "response-issuer"].contains(&refusal.check())
        };
        if !diagnosis.refusal().is_some_and(about_trust) {
            return Vec::new();
        }
        let warnings = self.warnings.iter();
        let of_entra = warnings.filter(|warning| warning.code.starts_with("entra-"));
        of_entra
            .map(|warning| Hint {
                code: warning.code,
                message: warning.text(),
            })
            .collect()
    }
}

const NOT_ASKED: &str = "WARNING: whether the response answers a request of ours was NOT checked: give --request-id ID, or --unsolicited for a sign-on that began at the identity provider. A server always checks it.";
