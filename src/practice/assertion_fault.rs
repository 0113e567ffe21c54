//! Assertions that must be refused: one thing is wrong with each, so that somebody can see what the app makes of them.

/// The one thing that is wrong with an assertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssertionFault {
    /// Another principal of the tenant has got it for this app: everything fits but the subject.
    WrongSubject,
    /// It is meant for another app.
    WrongAudience,
    /// Another tenant has issued it.
    OtherTenant,
    /// It ended an hour ago.
    Expired,
    /// A key signed it that is not listed.
    UnknownKey,
}

impl AssertionFault {
    /// All of them, in the order of the provisioning page.
    pub const ALL: [AssertionFault; 5] = [
        AssertionFault::WrongSubject,
        AssertionFault::WrongAudience,
        AssertionFault::OtherTenant,
        AssertionFault::Expired,
        AssertionFault::UnknownKey,
    ];

    /// A name for forms and scripts.
    pub fn name(self) -> &'static str {
        match self {
            AssertionFault::WrongSubject => "wrong-subject",
            AssertionFault::WrongAudience => "wrong-audience",
            AssertionFault::OtherTenant => "other-tenant",
            AssertionFault::Expired => "expired",
            AssertionFault::UnknownKey => "unknown-key",
        }
    }

    /// The fault of this name.
    pub fn from_name(name: &str) -> Option<AssertionFault> {
        let mut all = AssertionFault::ALL.into_iter();
        all.find(|fault| fault.name() == name)
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            AssertionFault::WrongSubject => "Of another principal",
            AssertionFault::WrongAudience => "For another app",
            AssertionFault::OtherTenant => "Of another tenant",
            AssertionFault::Expired => "Ended an hour ago",
            AssertionFault::UnknownKey => "Signed by a stranger",
        }
    }
}
