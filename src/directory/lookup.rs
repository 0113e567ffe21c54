//! The names by which a user is found where no query is worth its while.

/// A name that leads to users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// An `externalId`. One that is a GUID is found in upper and in lower case.
    ExternalId(String),
    /// A `userName`, in whatever case.
    UserName(String),
    /// One of the `emails`, in whatever case.
    Email(String),
}

impl Lookup {
    /// The value that is looked for.
    pub fn into_value(self) -> String {
        match self {
            Lookup::ExternalId(value) | Lookup::UserName(value) | Lookup::Email(value) => value,
        }
    }
}
