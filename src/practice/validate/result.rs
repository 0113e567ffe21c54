//! The result of one case of a validation.

/// The result of a case, with both sides of the comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CaseResult {
    /// Microsoft's number, where the case has one.
    pub(crate) number: Option<u8>,
    pub(crate) name: &'static str,
    pub(crate) origin: Origin,
    pub(crate) need: Need,
    /// The clause that asks for it: of an RFC, or Microsoft's.
    pub(crate) clause: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) expected: String,
    /// The behaviour of the server. It may hold text of the server's: nothing in it may be trusted, and a printer spells it out.
    pub(crate) found: String,
}

/// The owner of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// One of Microsoft's, by Microsoft's name.
    Microsoft,
    /// One of ours, which Microsoft's validator may not have.
    Entrada,
}

/// The weight of a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    Required,
    /// A failure is a warning.
    Optional,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// An optional case that failed.
    Warning,
    /// The case could not be run; `found` has the reason.
    NotApplicable,
}

impl Outcome {
    /// The outcome of a case that failed.
    pub(crate) fn failed(need: Need) -> Outcome {
        match need {
            Need::Required => Outcome::Failed,
            Need::Optional => Outcome::Warning,
        }
    }
}
