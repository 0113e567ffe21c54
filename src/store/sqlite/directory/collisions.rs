//! Users and groups that are alike, or have names that are refused by now.

use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::SqliteConnection;

use super::failed;
use super::rows::Kept;
use crate::connection::ConnectionId;
use crate::directory::Collisions;
use crate::directory::DirectoryError;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::directory::rivalry;
use crate::scim::check_user_name;
use crate::scim::fold;

/// The groups of the same `externalId` or name as this one.
pub(super) async fn alike(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    group: &GroupRecord,
) -> Result<Vec<GroupRecord>, DirectoryError> {
    let resource = &group.record().resource;
    let mut found = Vec::new();
    for (condition, value) in [
        (BY_OBJECT, resource.external_id().map(str::to_owned)),
        (BY_NAME, resource.display_name().map(fold)),
    ] {
        let Some(value) = value else { continue };
        let columns = GroupRecord::COLUMNS;
        let statement = format!("SELECT {columns} FROM groups AS r WHERE {condition}");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(connection.as_str().to_owned())
            .bind(value)
            .bind(group.record().id.clone())
            .fetch_all(&mut *db)
            .await
            .map_err(failed)?;
        for row in &rows {
            found.push(GroupRecord::read(row, connection).map_err(failed)?);
        }
    }
    Ok(found)
}

/// All that an earlier version admitted and this one would not, up to a number of each kind.
pub(super) async fn all(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<Collisions, DirectoryError> {
    let users = sharing::<UserRecord>(db, connection, USERS).await?;
    let mut groups = sharing::<GroupRecord>(db, connection, OBJECTS).await?;
    groups.extend(sharing::<GroupRecord>(db, connection, NAMES).await?);
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
    let names = refused_names(db, connection).await?;
    Ok(Collisions {
        users,
        groups,
        names,
    })
}

/// Users whose names are refused by now, up to a number.
async fn refused_names(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<Vec<UserRecord>, DirectoryError> {
    let columns = UserRecord::COLUMNS;
    let statement = format!("SELECT {columns} FROM users AS r WHERE {UNUSUAL}");
    let (mut refused, mut last) = (Vec::new(), String::new());
    while refused.len() < LISTED {
        let rows = sqlx::query(AssertSqlSafe(statement.clone()))
            .bind(connection.as_str().to_owned())
            .bind(last.clone())
            .fetch_all(&mut *db)
            .await
            .map_err(failed)?;
        for row in &rows {
            let user = UserRecord::read(row, connection).map_err(failed)?;
            last.clone_from(&user.record().id);
            let name = user.record().resource.user_name();
            if name.is_some_and(|name| check_user_name(name).is_err()) {
                refused.push(user);
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    refused.truncate(LISTED);
    Ok(refused)
}

/// Records by a key that they share.
async fn sharing<T: Kept>(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    of: &'static str,
) -> Result<Vec<Vec<T>>, DirectoryError> {
    let columns = T::COLUMNS;
    let statement = format!("SELECT {columns}, {of}");
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(connection.as_str().to_owned())
        .fetch_all(db)
        .await
        .map_err(failed)?;
    let mut all: Vec<(String, Vec<T>)> = Vec::new();
    for row in &rows {
        let key: String = row.try_get("shared").map_err(failed)?;
        let record = T::read(row, connection).map_err(failed)?;
        match all.last_mut() {
            Some((known, records)) if *known == key => records.push(record),
            _ => all.push((key, vec![record])),
        }
    }
    Ok(all.into_iter().map(|(_, records)| records).collect())
}

pub(super) const BY_OBJECT: &str = "r.connection = $1 AND lower(r.external_id) = lower($2)
    AND r.id <> $3 ORDER BY r.id LIMIT 16";

pub(super) const BY_NAME: &str = "r.connection = $1 AND r.display_name_key = $2 AND r.id <> $3
    ORDER BY r.external_id IS NOT NULL, r.id LIMIT 16";

const USERS: &str = "r.name_key AS shared FROM users AS r
    WHERE r.connection = $1 AND r.name_key IN (SELECT name_key FROM users
        WHERE connection = $1 GROUP BY name_key HAVING count(*) > 1 LIMIT 20)
    ORDER BY r.name_key, r.id LIMIT 200";

const OBJECTS: &str = "lower(r.external_id) AS shared FROM groups AS r
    WHERE r.connection = $1 AND lower(r.external_id) IN (SELECT lower(external_id) FROM groups
        WHERE connection = $1 AND external_id IS NOT NULL
        GROUP BY lower(external_id) HAVING count(*) > 1 LIMIT 20)
    ORDER BY lower(r.external_id), r.id LIMIT 200";

const NAMES: &str = "r.display_name_key AS shared FROM groups AS r
    WHERE r.connection = $1 AND r.display_name_key IN (SELECT display_name_key FROM groups
        WHERE connection = $1 AND display_name_key IS NOT NULL
        GROUP BY display_name_key HAVING count(*) > 1 AND count(external_id) < count(*) LIMIT 20)
    ORDER BY r.display_name_key, r.id LIMIT 200";

/// The next users whose names are not of printable ASCII alone. GLOB reads to the first NUL.
const UNUSUAL: &str = "r.connection = $1 AND r.id > $2 AND (r.name_key GLOB '*[^ -~]*'
    OR trim(r.name_key) = '' OR instr(r.name_key, char(0)) > 0) ORDER BY r.id LIMIT 500";

const LISTED: usize = 200;
