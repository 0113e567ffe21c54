//! The reach of a logout.

use crate::saml::logout::LogoutStatus;

/// The reach of the next logout that an app asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Reach {
    /// Every other app is told.
    #[default]
    Everywhere,
    /// No other app is: the answer says `PartialLogout` (Core §3.7.3.2), and their sessions stay open.
    Partial,
}

impl Reach {
    /// The status of the answer.
    pub(super) fn status(self) -> LogoutStatus {
        match self {
            Reach::Everywhere => LogoutStatus::Success,
            Reach::Partial => LogoutStatus::Partial,
        }
    }
}
