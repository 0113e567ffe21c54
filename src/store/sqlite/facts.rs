//! The facts of a database file: its place, its size and the numbers of what is in it.

use std::path::Path;

use super::Db;
use super::error::Cause;
use super::statement::value;
use crate::store::StoreFacts;

pub(super) fn read(db: &Db, path: Option<&Path>) -> Result<StoreFacts, Cause> {
    let number =
        |statement| -> Result<u64, Cause> { Ok(value::<i64>(db, statement, [])?.try_into()?) };
    Ok(StoreFacts {
        file: path.map(Path::to_owned),
        connections: number("SELECT count(*) FROM connections")?,
        users: number("SELECT coalesce(sum(users), 0) FROM directory_counts")?,
    })
}
