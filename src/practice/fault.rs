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
    /// Another tenant issued it.
    WrongIssuer,
    /// It is meant for another address.
    WrongRecipient,
    /// Nothing in it is signed.
    Unsigned,
}

impl Fault {
    /// All of them, in the order of the portal.
    pub const ALL: [Fault; 7] = [
        Fault::WrongAudience,
        Fault::Expired,
        Fault::UnknownKey,
        Fault::Changed,
        Fault::WrongIssuer,
        Fault::WrongRecipient,
        Fault::Unsigned,
    ];

    /// A name for forms and scripts.
    pub fn name(self) -> &'static str {
        match self {
            Fault::WrongAudience => "wrong-audience",
            Fault::Expired => "expired",
            Fault::UnknownKey => "unknown-key",
            Fault::Changed => "changed",
            Fault::WrongIssuer => "wrong-issuer",
            Fault::WrongRecipient => "wrong-recipient",
            Fault::Unsigned => "unsigned",
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
            Fault::WrongIssuer => "From another tenant",
            Fault::WrongRecipient => "To another address",
            Fault::Unsigned => "Not signed",
        }
    }
}
