//! The refusal of a response: a stable code, both sides of the comparison, and the remedy.

use std::fmt;

use super::aadsts::EntraError;
use super::checks::CHECKS;
use super::checks::Check;
use crate::crypto::Fingerprint;
use crate::text::is_hidden;
use crate::text::spelled_out;

/// A refused response.
///
/// It shows protocol data (addresses, times, names of algorithms), never a name or an attribute of a person, so a
/// refusal may go into a log. The person at the browser sees its [`code`](Refusal::code) alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    check: &'static str,
    finding: Finding,
    no_passive: Option<String>,
    /// Boxed, since few refusals have one and all are as large.
    claimed_certificate: Option<Box<Fingerprint>>,
}

/// The finding of a failed check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    pub(super) code: &'static str,
    pub(super) expected: String,
    pub(super) found: String,
    /// Boxed, since few findings have any and all are as large.
    compared: Option<Box<Compared>>,
}

/// The values that were compared, as they came: for hints alone, since they are not fit to be shown. Bounded.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Compared(Vec<String>);

impl Finding {
    pub(super) fn new(
        code: &'static str,
        expected: impl Into<String>,
        found: impl AsRef<str>,
    ) -> Finding {
        Finding {
            code,
            expected: expected.into(),
            found: shorten(found.as_ref()),
            compared: None,
        }
    }

    /// The finding that none of several values is the expected one.
    pub(super) fn of_several(
        code: &'static str,
        expected: &str,
        found: &[impl AsRef<str>],
    ) -> Finding {
        let all: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
        let short = all.iter().filter(|one| one.len() <= COMPARED_LENGTH);
        let compared = short.take(COMPARED).map(|one| (*one).to_owned());
        Finding {
            compared: Some(Box::new(Compared(compared.collect()))),
            ..Finding::new(code, expected, all.join(", "))
        }
    }
}

impl Refusal {
    pub(super) fn new(check: &'static str, finding: Finding) -> Refusal {
        Refusal {
            check,
            finding,
            no_passive: None,
            claimed_certificate: None,
        }
    }

    /// A refusal of a signature that names this certificate.
    pub(super) fn with_claimed_certificate(self, claimed: Option<Fingerprint>) -> Refusal {
        Refusal {
            claimed_certificate: claimed.map(Box::new),
            ..self
        }
    }

    /// A refusal that reports `NoPassive` to this request.
    pub(super) fn with_no_passive(self, request: Option<String>) -> Refusal {
        Refusal {
            no_passive: request,
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
        let compared = self.finding.compared.as_deref();
        compared.map_or(&[], |Compared(values)| values)
    }

    /// The remedy: what to change, and where in Entra.
    pub fn mend(&self) -> &'static str {
        if let Some(error) = self.entra_error() {
            return error.mend;
        }
        let check: Option<&Check> = CHECKS.iter().find(|check| check.name == self.check);
        check
            .and_then(|check| {
                check
                    .reasons
                    .iter()
                    .find(|reason| reason.code == self.code())
            })
            .map_or("", |reason| reason.mend)
    }
}

/// Expected and found in one sentence.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}; found {}", self.expected(), self.found())
    }
}

impl std::error::Error for Refusal {}

/// Makes a foreign text fit for a line of a log or a terminal: cut, and with every character spelled out that does not show,
/// so that two values which look alike are seen to differ.
fn shorten(text: &str) -> String {
    let is_long = text.chars().nth(SHOWN).is_some();
    let cut: String = text.chars().take(SHOWN).collect();
    let shown = spelled_out(&cut, does_not_show);
    match is_long {
        true => format!("{shown}…"),
        false => shown.into_owned(),
    }
}

/// True for a character that a reader does not see, or takes for a space.
pub(super) fn does_not_show(c: char) -> bool {
    is_hidden(c) || (c.is_whitespace() && c != ' ')
}

/// Characters of a foreign text that are shown: an entity ID has rarely over 100.
const SHOWN: usize = 256;
/// Values that are kept to be compared: an assertion has one audience, rarely two.
const COMPARED: usize = 8;
/// Bytes of such a value at most: an entity ID has at most 1024 characters (Core §8.3.6).
const COMPARED_LENGTH: usize = 4096;
