//! Rows of lists: what SQLite finds and orders by its indexes.

use crate::connection::ConnectionId;
use crate::directory::Counts;
#[cfg(test)]
use crate::directory::PAGE;
#[cfg(test)]
use crate::directory::RowPlace;
use crate::directory::RowSelection;
use crate::scim::Term;
use crate::store::records::Cause;
use crate::store::records::Dialect;
use crate::store::records::EntityRow;
use crate::store::records::Row as _;
use crate::store::records::count_rows;
use crate::store::records::list_rows;
use crate::store::sqlite::Db;
use crate::store::sqlite::statement::column;
use crate::store::sqlite::statement::first;

pub(super) fn rows<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    selection: &RowSelection<'_>,
) -> Result<Vec<T>, Cause> {
    let query = list_rows::<T>(Dialect::Sqlite, connection, selection)?;
    query.all(db, |row| T::read(row, connection))
}

/// The number of rows that meet terms, counted up to `most`.
pub(super) fn count<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    terms: &[Term],
    most: u64,
) -> Result<u64, Cause> {
    let query = count_rows::<T>(Dialect::Sqlite, connection, terms, most);
    let count: Option<i64> = query.first(db, column)?;
    Ok(u64::try_from(count.unwrap_or(0))?)
}

pub(super) fn counts(db: &Db, connection: &ConnectionId) -> Result<Counts, Cause> {
    let counts = first(db, COUNTS, [connection.as_str()], |row| {
        Ok(Counts {
            users: row.number("users")?,
            active_users: row.number("active_users")?,
            groups: row.number("groups")?,
        })
    })?;
    Ok(counts.unwrap_or_default())
}

#[cfg(test)]
pub(super) fn page<T: EntityRow>(terms: &[Term], after: Option<&str>) -> String {
    let selection = RowSelection {
        terms,
        place: RowPlace::Behind(after),
        count: PAGE,
    };
    let statement = list_rows::<T>(Dialect::Sqlite, &"acme".parse().unwrap(), &selection).unwrap();
    statement.text
}

const COUNTS: &str =
    "SELECT users, active_users, groups FROM directory_counts WHERE connection = ?1";
