//! The refusal of a response: a stable code, both sides of the comparison, and the remedy.

use std::fmt;

use super::aadsts::EntraError;
use super::checks::CHECKS;
use super::finding::Finding;
use crate::crypto::Fingerprint;

/// A refused response.
///
/// It shows protocol data (addresses, times, names of algorithms), never a name or an attribute of a person, so a
/// refusal may go into a log. The person at the browser sees its [`code`](Refusal::code) alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    check: &'static str,
    finding: Finding,
    no_passive: Option<Box<str>>,
    /// Boxed, since few refusals have one and all are as large.
    claimed_certificate: Option<Box<Fingerprint>>,
}

impl Refusal {
    pub(super) fn new(
        check: &'static str,
        code: &'static str,
        expected: impl Into<String>,
        found: impl AsRef<str>,
    ) -> Refusal {
        Refusal::of(check, Finding::new(code, expected, found))
    }

    pub(super) fn of(check: &'static str, finding: Finding) -> Refusal {
        Refusal {
            check,
            finding,
            no_passive: None,
            claimed_certificate: None,
        }
    }

    pub(super) fn with_claimed_certificate(self, claimed: Option<Fingerprint>) -> Refusal {
        Refusal {
            claimed_certificate: claimed.map(Box::new),
            ..self
        }
    }

    /// A refusal that reports `NoPassive` to this request.
    pub(super) fn with_no_passive(self, request: Option<String>) -> Refusal {
        Refusal {
            no_passive: request.map(String::into_boxed_str),
            ..self
        }
    }

    /// The request that this answers with `NoPassive` (Core §3.2.2.2): the person is not signed in over there, and was
    /// not to be asked. For a passive sign-on this is a normal outcome. Nobody vouches for it, so it may end a passive
    /// attempt and nothing else.
    pub fn no_passive(&self) -> Option<&str> {
        self.no_passive.as_deref()
    }

    /// The certificate that a refused signature names in its `KeyInfo`: it shows where to look, and proves nothing.
    pub fn claimed_certificate(&self) -> Option<Fingerprint> {
        self.claimed_certificate.as_deref().copied()
    }

    /// Entra's own error in a refused status, if there is one and it is known. If the response is not signed, nobody
    /// vouches for the number.
    pub fn entra_error(&self) -> Option<&'static EntraError> {
        let number = (self.check == "status").then(|| self.found().rsplit("AADSTS").next());
        EntraError::of(number??.parse().ok()?)
    }

    /// The stable kebab-case code of the reason, such as `audience-mismatch`.
    pub fn code(&self) -> &'static str {
        self.finding.code
    }

    /// The name of the check that failed, one of [`CHECKS`].
    pub fn check(&self) -> &'static str {
        self.check
    }

    /// The value that the check asks for.
    pub fn expected(&self) -> &str {
        &self.finding.expected
    }

    /// The value that the response has instead; control characters are escaped, and a long text is cut.
    pub fn found(&self) -> &str {
        &self.finding.found
    }

    /// The values that were found where one value was expected, as they came.
    pub(super) fn compared(&self) -> &[String] {
        self.finding.compared()
    }

    /// The remedy: what to change, and where in Entra.
    pub fn remedy(&self) -> &'static str {
        if let Some(error) = self.entra_error() {
            return error.remedy;
        }
        let mut reasons = CHECKS.iter().flat_map(|check| check.reasons);
        let reason = reasons.find(|reason| reason.code == self.code());
        reason.map_or("", |reason| reason.remedy)
    }
}

/// Expected and found in one sentence.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}; found {}", self.expected(), self.found())
    }
}

impl std::error::Error for Refusal {}
debug_as_sentence!(Refusal);
