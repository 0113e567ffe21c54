//! The report on one response: what each check said, whether or not the response is accepted. It drives
//! `entrada verify` and admits nobody.

use jiff::Timestamp;

use super::attributes::Attributes;
use super::checks::CHECKS;
use super::checks::Check;
use super::checks::Stage;
use super::clock_skew::ClockSkew;
use super::expected_request::ExpectedRequest;
use super::hints;
use super::hints::Hint;
use super::name_id::NameId;
use super::principal::PrincipalFacts;
use super::refusal::Refusal;
use super::rules::RuleResult;
use super::service_provider::ServiceProvider;
use super::stage::UnverifiedResponse;
use super::trust::Trust;
use crate::xenc::DecryptionKeys;

/// The result of one check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It passed.
    Pass,
    /// It failed.
    Fail(Refusal),
    /// It was not reached, or its question does not arise.
    Skipped,
}

/// The results of all checks for one response.
pub struct Diagnosis {
    outcomes: Vec<(&'static Check, Outcome)>,
    facts: Result<PrincipalFacts, Refusal>,
    hints: Vec<Hint>,
}

impl Diagnosis {
    /// Judges a response as a sign-on would, but runs every check on a verified assertion even when one has
    /// failed, and leaves the replay cache alone. Without a request the response must be unsolicited.
    pub fn of(
        response: Result<UnverifiedResponse, Refusal>,
        trust: &Trust,
        keys: Option<&DecryptionKeys>,
        request: Option<impl Into<ExpectedRequest>>,
        sp: &ServiceProvider,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Diagnosis {
        let verified = match response.and_then(|response| response.open(trust, keys)) {
            Ok(verified) => verified,
            Err(refusal) => return Diagnosis::stopped(refusal, trust, now),
        };
        let request = request.map(Into::into);
        let (verdicts, mut hints) = verified.verdicts(request.as_ref(), sp, skew, now);
        let outcomes: Vec<_> = CHECKS
            .iter()
            .map(|check| (check, outcome(check, &verdicts)))
            .collect();
        let failed = outcomes.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::Fail(refusal) => Some(refusal),
            _ => None,
        });
        hints.extend(hints::of_refusals(failed, trust, now));
        let validated = verified.judge(request.as_ref(), sp, skew, now);
        Diagnosis {
            outcomes,
            facts: validated.map(|validated| validated.into_facts(now)),
            hints,
        }
    }

    /// A response that did not get as far as the rules on its assertion.
    fn stopped(refusal: Refusal, trust: &Trust, now: Timestamp) -> Diagnosis {
        let hints = hints::of_refusals(std::iter::once(&refusal), trust, now);
        let failed = CHECKS
            .iter()
            .position(|check| check.name == refusal.check())
            .unwrap_or(0);
        let outcome = |index: usize| match index.cmp(&failed) {
            std::cmp::Ordering::Less
                if CHECKS[failed].stage == Stage::Validate
                    && CHECKS[index].stage != Stage::Decode =>
            {
                Outcome::Skipped
            }
            std::cmp::Ordering::Less => Outcome::Pass,
            std::cmp::Ordering::Equal => Outcome::Fail(refusal.clone()),
            std::cmp::Ordering::Greater => Outcome::Skipped,
        };
        let outcomes = CHECKS
            .iter()
            .enumerate()
            .map(|(index, check)| (check, outcome(index)))
            .collect();
        Diagnosis {
            outcomes,
            facts: Err(refusal),
            hints,
        }
    }

    /// Every check with what it said, in order.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'static Check, &Outcome)> {
        self.outcomes
            .iter()
            .map(|(check, outcome)| (*check, outcome))
    }

    /// The likely causes of the verdict, and the things that will be missed. They are met again and again.
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// The reason for which the response is refused; `None` if it is accepted.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.facts.as_ref().err()
    }

    /// The content of an accepted response; `None` for a refused one. It is for people to read: nobody has asked the
    /// replay cache, so nobody may be signed in on the strength of it.
    pub fn accepted(&self) -> Option<Accepted<'_>> {
        self.facts.as_ref().ok().map(Accepted)
    }
}

fn outcome(check: &Check, verdicts: &[(&'static Check, RuleResult)]) -> Outcome {
    match verdicts
        .iter()
        .find(|(judged, _)| judged.name == check.name)
    {
        Some((_, RuleResult::Pass)) => Outcome::Pass,
        Some((_, RuleResult::NotApplicable)) => Outcome::Skipped,
        Some((_, RuleResult::Fail(finding))) => {
            Outcome::Fail(Refusal::of(check.name, finding.clone()))
        }
        None if check.stage == Stage::Admit => Outcome::Skipped,
        None => Outcome::Pass,
    }
}

/// The content of an accepted response.
#[derive(Clone, Copy)]
pub struct Accepted<'a>(&'a PrincipalFacts);

impl<'a> Accepted<'a> {
    /// The identity provider's entity ID.
    pub fn issuer(self) -> &'a str {
        &self.0.issuer
    }

    /// The person's name.
    pub fn name_id(self) -> &'a NameId {
        &self.0.name_id
    }

    /// The identity provider's handle for its own session.
    pub fn session_index(self) -> Option<&'a str> {
        self.0.session_index.as_deref()
    }

    /// The time until which the assertion would be taken.
    pub fn not_on_or_after(self) -> Option<Timestamp> {
        self.0.not_on_or_after
    }

    /// The other facts that are stated about the person.
    pub fn attributes(self) -> &'a Attributes {
        &self.0.attributes
    }
}
