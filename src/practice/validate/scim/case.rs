//! A case: what it is called, who asks for it, and its steps.

use std::pin::Pin;

use super::case_error::CaseError;
use super::server::Server;
use crate::practice::validate::result::Need;

/// A row of the table.
pub(super) struct Case {
    /// Microsoft's number; `None` for a case of our own.
    pub(super) number: Option<u8>,
    pub(super) name: &'static str,
    pub(super) need: Need,
    /// The clause that asks for it.
    pub(super) clause: &'static str,
    pub(super) expected: &'static str,
    pub(super) steps: Steps,
}

impl Case {
    /// True for Microsoft's two tests of the sign-in, which say why nobody comes in.
    pub(super) fn is_of_sign_in(&self) -> bool {
        matches!(self.number, Some(21 | 22))
    }
}

/// The steps of a case: what was found, if that is as expected.
pub(super) type Steps = for<'s> fn(&'s Server<'s>) -> Ran<'s>;
pub(super) type Ran<'s> = Pin<Box<dyn Future<Output = Result<String, CaseError>> + 's>>;
