//! A reason for a refusal, with its remedy. `entrada verify`, the error page and the documentation print these sentences.

/// One reason for a refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Its stable kebab-case code.
    pub code: &'static str,
    /// The remedy: what to change, and where.
    pub remedy: &'static str,
}

pub(crate) const fn reason(code: &'static str, remedy: &'static str) -> Reason {
    Reason { code, remedy }
}
