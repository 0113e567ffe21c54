//! Reading records by a condition.

use rusqlite::Params;

use crate::connection::ConnectionId;
use crate::store::records::Cause;
use crate::store::records::EntityRow;
use crate::store::sqlite::Db;
use crate::store::sqlite::statement::all;

/// The records of a table, as `r`, and a condition.
pub(super) fn select<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    from: &str,
    values: impl Params,
) -> Result<Vec<T>, Cause> {
    let statement = format!("SELECT {} FROM {from}", T::COLUMNS);
    all(db, &statement, values, |row| T::read(row, connection))
}
