//! Users on their way between a directory and a file.

mod cells;
mod columns;
mod export;
mod format;
mod group_names;
mod import;
mod metered;
pub(crate) mod read;
mod rows;
mod unreadable;
mod upsert;

pub use self::columns::Column;
pub use self::export::Export;
pub(crate) use self::export::UserWriter;
pub use self::format::Format;
pub use self::format::MatchBy;
pub use self::import::Import;
pub use self::import::ImportOptions;
pub(crate) use self::import::sum;
pub use self::unreadable::UnreadableRows;
pub use self::upsert::RowDone;
pub use self::upsert::RowOutcome;
