//! Responses that must be refused: one thing is wrong with each, so that a demo can show what becomes of them.

/// The one thing that is wrong with a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is meant for another app.
    WrongAudience,
    /// It was issued two hours ago.
    Expired,
    /// A key signed it that the metadata does not list.
    UnknownKey,
    /// The name in it was changed after it had been signed.
    Changed,
}

impl Fault {
    /// All of them, in the order of the portal.
    pub const ALL: [Fault; 4] = [
        Fault::WrongAudience,
        Fault::Expired,
        Fault::UnknownKey,
        Fault::Changed,
    ];

    /// A name for forms and scripts.
    pub fn name(self) -> &'static str {
        match self {
            Fault::WrongAudience => "wrong-audience",
            Fault::Expired => "expired",
            Fault::UnknownKey => "unknown-key",
            Fault::Changed => "changed",
        }
    }

    /// The fault of this name.
    pub fn from_name(name: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.name() == name)
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Fault::WrongAudience => "For another app",
            Fault::Expired => "Two hours old",
            Fault::UnknownKey => "Signed by a stranger",
            Fault::Changed => "Changed after signing",
        }
    }
}
