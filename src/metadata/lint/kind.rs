//! A kind of finding, and its weight.

use std::fmt;

/// One kind of finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lint {
    /// Its stable kebab-case code.
    pub code: &'static str,
    /// The weight of the finding.
    pub severity: Severity,
    /// Its description, in one line.
    pub title: &'static str,
    /// The advice: what to do about it, and where in Entra.
    pub advice: &'static str,
}

/// The weight of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Sign-on works, but something is weak, or will fail later.
    Warning,
    /// Nobody can sign on by this document.
    Error,
}

impl Severity {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
