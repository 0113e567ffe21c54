//! Users and groups that are alike, or have unusual names.

use rusqlite::Params;
use rusqlite::Row;

use super::rows::EntityRow;
use crate::connection::ConnectionId;
use crate::directory::GroupLookup;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::scim::fold;
use crate::store::sqlite::Db;
use crate::store::sqlite::error::Cause;
use crate::store::sqlite::statement::all as rows;

/// The groups of a name, in the order of the lookup.
pub(super) fn matching(
    db: &Db,
    connection: &ConnectionId,
    lookup: &GroupLookup,
) -> Result<Vec<GroupRecord>, Cause> {
    let own = connection.as_str();
    match lookup {
        GroupLookup::ExternalId(id) => first(db, connection, BY_OBJECT, (own, id)),
        GroupLookup::Name(name) => first(db, connection, BY_NAME, (own, fold(name))),
        GroupLookup::Bearer(name) => first(db, connection, BY_BEARER, (own, fold(name), name)),
    }
}

/// The first groups of a condition on the connection, `?1`.
fn first(
    db: &Db,
    connection: &ConnectionId,
    condition: &'static str,
    values: impl Params,
) -> Result<Vec<GroupRecord>, Cause> {
    let (columns, most) = (GroupRecord::COLUMNS, GroupLookup::MOST);
    let statement = format!("SELECT {columns} FROM groups AS r WHERE {condition} LIMIT {most}");
    rows(db, &statement, values, |row| {
        GroupRecord::read(row, connection)
    })
}

/// Records of a condition on the connection, `?1`.
pub(super) fn sharing<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    condition: &'static str,
) -> Result<Vec<T>, Cause> {
    let (columns, table) = (T::COLUMNS, T::TABLE);
    let statement = format!("SELECT {columns} FROM {table} AS r WHERE {condition}");
    let read = |row: &Row<'_>| T::read(row, connection);
    rows(db, &statement, [connection.as_str()], read)
}

/// The next users behind an id whose names are unusual.
pub(super) fn unusual(
    db: &Db,
    connection: &ConnectionId,
    after: &str,
) -> Result<Vec<UserRecord>, Cause> {
    let columns = UserRecord::COLUMNS;
    let statement = format!("SELECT {columns} FROM users AS r WHERE {UNUSUAL}");
    let read = |row: &Row<'_>| UserRecord::read(row, connection);
    rows(db, &statement, (connection.as_str(), after), read)
}

pub(super) const BY_OBJECT: &str =
    "r.connection = ?1 AND lower(r.external_id) = lower(?2) ORDER BY r.id";

pub(super) const BY_NAME: &str = "r.connection = ?1 AND r.display_name_key = ?2
    ORDER BY r.external_id IS NOT NULL, r.id";

/// `lower` knows the letters of ASCII alone.
pub(super) const BY_BEARER: &str = "r.connection = ?1 AND r.display_name_key = ?2
    ORDER BY lower(r.display_name) <> lower(?3), r.id";

pub(super) const SAME_USER_NAME: &str =
    "r.connection = ?1 AND r.name_key IN (SELECT name_key FROM users
        WHERE connection = ?1 GROUP BY name_key HAVING count(*) > 1 LIMIT 20)
    ORDER BY r.name_key, r.id LIMIT 200";

pub(super) const SAME_OBJECT: &str =
    "r.connection = ?1 AND lower(r.external_id) IN (SELECT lower(external_id) FROM groups
        WHERE connection = ?1 AND external_id IS NOT NULL
        GROUP BY lower(external_id) HAVING count(*) > 1 LIMIT 20)
    ORDER BY lower(r.external_id), r.id LIMIT 200";

pub(super) const SAME_NAME: &str =
    "r.connection = ?1 AND r.display_name_key IN (SELECT display_name_key FROM groups
        WHERE connection = ?1 AND display_name_key IS NOT NULL
        GROUP BY display_name_key HAVING count(*) > 1 AND count(external_id) < count(*) LIMIT 20)
    ORDER BY r.display_name_key, r.id LIMIT 200";

/// The next users whose names are not of printable ASCII alone. GLOB reads to the first NUL.
const UNUSUAL: &str = "r.connection = ?1 AND r.id > ?2 AND (r.name_key GLOB '*[^ -~]*'
    OR trim(r.name_key) = '' OR instr(r.name_key, char(0)) > 0) ORDER BY r.id LIMIT 500";
