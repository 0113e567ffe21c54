//! Users on their way between a directory and a file.

mod cells;
mod columns;
mod export;
mod import;
mod rows;
mod upsert;

pub use self::columns::Column;
pub use self::export::Export;
pub use self::export::UserWriter;
pub use self::import::Import;
pub use self::import::ImportOptions;
pub use self::rows::UnreadableRows;
pub use self::upsert::RowDone;
pub use self::upsert::RowOutcome;

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
