//! The result of a verification: a verdict, what is likely behind it, and every check with what it said. Of a refused response it
//! holds protocol data alone, never a name or an attribute.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::saml::Accepted;
use crate::saml::Check;
use crate::saml::Diagnosis;
use crate::saml::Hint;
use crate::saml::MessageId;
use crate::saml::Outcome;
use crate::saml::Refusal;
use crate::saml::Stage;

/// The result of a verification.
pub struct Verification {
    pub(super) diagnosis: Diagnosis,
    /// The likely reasons behind the verdict.
    pub hints: Vec<Hint>,
    /// The things that the checks do not cover.
    pub notes: Vec<String>,
    /// The request that the response had to answer.
    pub request: Option<MessageId>,
    pub(super) answers: Answered,
}

/// The request that a response must answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answered {
    /// This request.
    Request(MessageId),
    /// None: the sign-on began at the identity provider.
    Nothing,
    /// The one that the response names itself. Its checks count as not made.
    AsItSays,
}

/// The result of one check.
#[derive(Serialize)]
pub struct CheckLine<'a> {
    /// The name of the check.
    pub check: &'static str,
    /// `pass`, `fail` or `skipped`.
    pub outcome: &'static str,
    /// The question of the check, or the reason why it was not asked.
    pub detail: String,
    /// The reason why it failed.
    #[serde(flatten)]
    pub failure: Option<FailedCheck<'a>>,
}

/// The reason why a check failed, and the remedy.
#[derive(Serialize)]
pub struct FailedCheck<'a> {
    /// The code of the refusal.
    pub reason: &'static str,
    /// The value that was expected.
    pub expected: &'a str,
    /// The value that was found.
    pub found: &'a str,
    /// The remedy, and the place for it in Entra.
    pub remedy: &'static str,
    /// The former name of `remedy`, for one version.
    mend: &'static str,
}

impl Verification {
    /// The content of the response, if it is accepted, or the reason why it is refused.
    pub fn verdict(&self) -> Result<Accepted<'_>, &Refusal> {
        match (self.diagnosis.accepted(), self.diagnosis.refusal()) {
            (Some(accepted), _) => Ok(accepted),
            (None, refusal) => Err(refusal.expect("what is not accepted is refused")),
        }
    }

    /// All checks in their order.
    pub fn checks(&self) -> Vec<CheckLine<'_>> {
        // The rules are asked once there is a verified assertion to ask them of.
        let reached = self
            .diagnosis
            .outcomes()
            .any(|(check, outcome)| check.name == "assertion" && *outcome == Outcome::Pass);
        let unasked = if reached { NOT_ARISEN } else { NOT_REACHED };
        let checks = self.diagnosis.outcomes();
        checks
            .map(|(check, outcome)| self.check(check, outcome, unasked))
            .collect()
    }

    fn check<'a>(
        &self,
        check: &'static Check,
        outcome: &'a Outcome,
        unasked: &str,
    ) -> CheckLine<'a> {
        let is_untold = self.answers == Answered::AsItSays && ON_THE_REQUEST.contains(&check.name);
        let (outcome, detail, failure) = match outcome {
            Outcome::Pass if is_untold => ("skipped", UNTOLD.to_owned(), None),
            Outcome::Pass => ("pass", check.question.to_owned(), None),
            Outcome::Skipped if check.stage == Stage::Admit => {
                ("skipped", REPLAY_UNASKED.to_owned(), None)
            }
            Outcome::Skipped if check.name == "certificate-dates" && unasked == NOT_ARISEN => {
                ("skipped", DATES_UNASKED.to_owned(), None)
            }
            Outcome::Skipped => ("skipped", unasked.to_owned(), None),
            Outcome::Fail(refusal) => (
                "fail",
                refusal.to_string(),
                Some(FailedCheck {
                    reason: refusal.code(),
                    expected: refusal.expected(),
                    found: refusal.found(),
                    remedy: refusal.remedy(),
                    mend: refusal.remedy(),
                }),
            ),
        };
        CheckLine {
            check: check.name,
            outcome,
            detail,
            failure,
        }
    }

    /// All of it but the notes, as a document. No attribute of a refused response is in it.
    pub fn json(&self) -> Value {
        let mut json = match self.verdict() {
            Ok(accepted) => {
                let name = accepted.name_id();
                let attributes = accepted.attributes().iter();
                let attributes: BTreeMap<_, _> =
                    attributes.map(|one| (&one.name, &one.values)).collect();
                json!({
                    "accepted": true,
                    "name_id": { "value": name.value, "format": name.format },
                    "issuer": accepted.issuer(),
                    "session_index": accepted.session_index(),
                    "not_on_or_after": accepted.not_on_or_after(),
                    "attributes": attributes,
                })
            }
            Err(refusal) => json!({
                "accepted": false,
                "reason": refusal.code(),
                "message": refusal.to_string(),
                "remedy": refusal.remedy(),
                // The former name, for one version.
                "mend": refusal.remedy(),
            }),
        };
        let hints = self.hints.iter();
        let hints = hints.map(|hint| json!({ "code": hint.code, "message": hint.message }));
        json["hints"] = hints.collect();
        json["checks"] = json!(self.checks());
        json
    }
}

const UNTOLD: &str = "not checked: neither --request-id nor --unsolicited was given";
const REPLAY_UNASKED: &str = "not asked here: the replay cache is for responses that are posted";
const DATES_UNASKED: &str = "not asked for: dates of certificates are enforced by a connection with --enforce-certificate-dates alone";
const NOT_REACHED: &str = "not reached";
const NOT_ARISEN: &str = "does not arise in this response";

/// The checks that ask for the request.
const ON_THE_REQUEST: [&str; 2] = ["in-response-to", "response-in-response-to"];
