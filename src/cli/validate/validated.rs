//! A validation that was run, as both forms of its report read it.

use jiff::Timestamp;

use super::super::output::counted;
use crate::practice::CaseResult;
use crate::practice::Origin;
use crate::practice::Outcome;

/// A validation that was run.
pub(super) struct Validated<'a> {
    /// "SCIM provisioning" or "SAML sign-on".
    pub(super) subject: &'a str,
    /// The address, or the connection, that was validated.
    pub(super) target: &'a str,
    pub(super) at: Timestamp,
    pub(super) results: &'a [CaseResult],
    /// Sentences on what follows from the results.
    pub(super) remarks: &'a [String],
    /// The objects that were created and are still there.
    pub(super) left: &'a [String],
    /// The requirements that only Microsoft's hosted validator can check.
    pub(super) hosted: &'a [&'a str],
}

impl Validated<'_> {
    pub(super) fn of(&self, origin: Origin) -> impl Iterator<Item = &CaseResult> {
        let results = self.results.iter();
        results.filter(move |result| result.origin == origin)
    }

    pub(super) fn count(&self, outcome: Outcome) -> usize {
        let results = self.results.iter();
        results.filter(|result| result.outcome == outcome).count()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.count(Outcome::Failed) > 0
    }

    /// The numbers of each outcome, in words.
    pub(super) fn totals(&self) -> String {
        format!(
            "{} passed, {} failed, {}, {} not applicable",
            self.count(Outcome::Passed),
            self.count(Outcome::Failed),
            counted(self.count(Outcome::Warning) as u64, "warning"),
            self.count(Outcome::NotApplicable),
        )
    }
}

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Warning => "warning",
        Outcome::NotApplicable => "not applicable",
    }
}

pub(super) const SECTIONS: [(Origin, &str); 2] = [
    (Origin::Microsoft, "Microsoft's tests"),
    (Origin::Entrada, "Further cases of our own"),
];
pub(super) const LEFT: &str = "Still at the server";
pub(super) const HOSTED: &str = "What only Microsoft's own validator can tell";
