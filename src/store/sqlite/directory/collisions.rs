//! Users and groups that are alike, or have names that are refused by now.

use rusqlite::Row;

use super::failed;
use super::rows::Kept;
use crate::connection::ConnectionId;
use crate::directory::Collisions;
use crate::directory::DirectoryError;
use crate::directory::GroupLookup;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::directory::rivalry;
use crate::scim::check_user_name;
use crate::scim::fold;
use crate::store::sqlite::Cause;
use crate::store::sqlite::Db;
use crate::store::sqlite::statement::all as rows;
use crate::store::sqlite::statement::text;

/// The groups of a name.
pub(super) fn matching(
    db: &Db,
    connection: &ConnectionId,
    lookup: &GroupLookup,
) -> Result<Vec<GroupRecord>, Cause> {
    let (condition, value) = match lookup {
        GroupLookup::ExternalId(id) => (BY_OBJECT, id.clone()),
        GroupLookup::Name(name) => (BY_NAME, fold(name)),
    };
    let (columns, most) = (GroupRecord::COLUMNS, GroupLookup::MOST);
    let statement = format!("SELECT {columns} FROM groups AS r WHERE {condition} LIMIT {most}");
    let read = |row: &Row<'_>| GroupRecord::read(row, connection);
    rows(db, &statement, (connection.as_str(), value), read)
}

/// All that an earlier version admitted and this one would not, up to a number of each kind.
pub(super) fn all(db: &Db, connection: &ConnectionId) -> Result<Collisions, DirectoryError> {
    let users = sharing::<UserRecord>(db, connection, USERS)?;
    let mut groups = sharing::<GroupRecord>(db, connection, OBJECTS)?;
    groups.extend(sharing::<GroupRecord>(db, connection, NAMES)?);
    for sharing in &mut groups {
        let all = sharing.clone();
        sharing.retain(|one| {
            let others = all.iter().filter(|other| other.id() != one.id());
            let mut rivals = others.filter(|other| {
                rivalry(&one.record().resource, &other.record().resource).is_some()
            });
            rivals.next().is_some()
        });
    }
    groups.retain(|sharing| sharing.len() > 1);
    let names = refused_names(db, connection)?;
    Ok(Collisions {
        users,
        groups,
        names,
    })
}

/// Users whose names are refused by now, up to a number.
fn refused_names(db: &Db, connection: &ConnectionId) -> Result<Vec<UserRecord>, DirectoryError> {
    let columns = UserRecord::COLUMNS;
    let statement = format!("SELECT {columns} FROM users AS r WHERE {UNUSUAL}");
    let (mut refused, mut last) = (Vec::new(), String::new());
    while refused.len() < LISTED {
        let read = |row: &Row<'_>| UserRecord::read(row, connection);
        let values = (connection.as_str(), &last);
        let users = rows(db, &statement, values, read).map_err(failed)?;
        let Some(user) = users.last() else { break };
        last.clone_from(&user.record().id);
        refused.extend(users.into_iter().filter(|user| {
            let name = user.record().resource.user_name();
            name.is_some_and(|name| check_user_name(name).is_err())
        }));
    }
    refused.truncate(LISTED);
    Ok(refused)
}

/// Records by a key that they share.
fn sharing<T: Kept>(
    db: &Db,
    connection: &ConnectionId,
    of: &'static str,
) -> Result<Vec<Vec<T>>, DirectoryError> {
    let columns = T::COLUMNS;
    let statement = format!("SELECT {columns}, {of}");
    let sharing = rows(db, &statement, [connection.as_str()], |row| {
        Ok((text(row, "shared")?.to_owned(), T::read(row, connection)?))
    });
    let mut all: Vec<(String, Vec<T>)> = Vec::new();
    for (key, record) in sharing.map_err(failed)? {
        match all.last_mut() {
            Some((known, records)) if *known == key => records.push(record),
            _ => all.push((key, vec![record])),
        }
    }
    Ok(all.into_iter().map(|(_, records)| records).collect())
}

pub(super) const BY_OBJECT: &str =
    "r.connection = ?1 AND lower(r.external_id) = lower(?2) ORDER BY r.id";

pub(super) const BY_NAME: &str = "r.connection = ?1 AND r.display_name_key = ?2
    ORDER BY r.external_id IS NOT NULL, r.id";

const USERS: &str = "r.name_key AS shared FROM users AS r
    WHERE r.connection = ?1 AND r.name_key IN (SELECT name_key FROM users
        WHERE connection = ?1 GROUP BY name_key HAVING count(*) > 1 LIMIT 20)
    ORDER BY r.name_key, r.id LIMIT 200";

const OBJECTS: &str = "lower(r.external_id) AS shared FROM groups AS r
    WHERE r.connection = ?1 AND lower(r.external_id) IN (SELECT lower(external_id) FROM groups
        WHERE connection = ?1 AND external_id IS NOT NULL
        GROUP BY lower(external_id) HAVING count(*) > 1 LIMIT 20)
    ORDER BY lower(r.external_id), r.id LIMIT 200";

const NAMES: &str = "r.display_name_key AS shared FROM groups AS r
    WHERE r.connection = ?1 AND r.display_name_key IN (SELECT display_name_key FROM groups
        WHERE connection = ?1 AND display_name_key IS NOT NULL
        GROUP BY display_name_key HAVING count(*) > 1 AND count(external_id) < count(*) LIMIT 20)
    ORDER BY r.display_name_key, r.id LIMIT 200";

/// The next users whose names are not of printable ASCII alone. GLOB reads to the first NUL.
const UNUSUAL: &str = "r.connection = ?1 AND r.id > ?2 AND (r.name_key GLOB '*[^ -~]*'
    OR trim(r.name_key) = '' OR instr(r.name_key, char(0)) > 0) ORDER BY r.id LIMIT 500";

const LISTED: usize = 200;
