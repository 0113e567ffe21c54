//! The forms of a file of users, and the attributes by which its rows find them.

/// The form of a file of users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A table whose columns are SCIM paths, for spreadsheets.
    Csv,
    /// One SCIM User a line.
    Jsonl,
}

/// The attribute by which a row finds its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MatchBy {
    /// The name by which people sign on.
    UserName,
    /// The identity provider's own name.
    ExternalId,
}

impl MatchBy {
    /// The name of the attribute.
    pub fn attribute(self) -> &'static str {
        match self {
            MatchBy::UserName => "userName",
            MatchBy::ExternalId => "externalId",
        }
    }
}
