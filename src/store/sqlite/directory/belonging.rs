//! To which groups a user belongs, and which group has a name.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::Row;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::failed;
use crate::connection::ConnectionId;
use crate::directory::Belonging;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::HeldGroup;
use crate::directory::Named;
use crate::directory::SCAN;
use crate::directory::UserId;
use crate::scim::fold;
use crate::store::sqlite::Cause;
use crate::store::sqlite::UnreadableRow;

/// One statement, so that both answers are of one state.
pub(super) async fn of(
    readers: &SqlitePool,
    connection: &ConnectionId,
    user: &UserId,
    asked: &[String],
) -> Result<Belonging, DirectoryError> {
    let asked: Vec<String> = asked.iter().map(|id| id.to_ascii_lowercase()).collect();
    let rows = sqlx::query(BELONGING)
        .bind(connection.as_str().to_owned())
        .bind(user.as_str().to_owned())
        .bind(json!(asked).to_string())
        .bind(SCAN as i64 + 1)
        .fetch_all(readers)
        .await
        .map_err(failed)?;
    let mut belonging = Belonging::default();
    for row in rows {
        match row.try_get::<Option<String>, _>("id").map_err(failed)? {
            Some(id) => belonging.groups.push(held(&id, &row).map_err(failed)?),
            None => {
                let id = row.try_get("external_id").map_err(failed)?;
                belonging.provisioned.push(id);
            }
        }
    }
    match belonging.groups.len() <= SCAN {
        true => Ok(belonging),
        false => Err(DirectoryError::TooMany {
            what: "groups of a user",
            limit: SCAN,
        }),
    }
}

fn held(id: &str, row: &SqliteRow) -> Result<HeldGroup, Cause> {
    Ok(HeldGroup {
        id: id.parse().map_err(|_| UnreadableRow("groups"))?,
        external_id: row.try_get("external_id")?,
        display_name: row.try_get("display_name")?,
        direct: row.try_get("direct")?,
    })
}

/// Which group has a name, in one connection or in all.
pub(super) async fn named(
    readers: &SqlitePool,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Result<Vec<(ConnectionId, Named)>, DirectoryError> {
    let query = match connection {
        Some(connection) => sqlx::query(NAMED_HERE)
            .bind(fold(name))
            .bind(connection.as_str().to_owned()),
        None => sqlx::query(NAMED).bind(fold(name)),
    };
    let rows = query.fetch_all(readers).await.map_err(failed)?;
    let mut found: BTreeMap<ConnectionId, Named> = BTreeMap::new();
    for row in &rows {
        if let Some((connection, id)) = bearer(row, name).map_err(failed)? {
            let known = found.entry(connection);
            known
                .and_modify(|known| *known = Named::Several)
                .or_insert(Named::One(id));
        }
    }
    Ok(found.into_iter().collect())
}

/// A group with the key of a name, if it has the name itself: a door opens for no group that only looks alike.
fn bearer(row: &SqliteRow, name: &str) -> Result<Option<(ConnectionId, GroupId)>, Cause> {
    let unreadable = UnreadableRow("groups");
    let own: &str = row.try_get("display_name")?;
    if !own.eq_ignore_ascii_case(name) {
        return Ok(None);
    }
    let connection: &str = row.try_get("connection")?;
    let id: &str = row.try_get("id")?;
    let connection = connection.parse().map_err(|_| unreadable)?;
    Ok(Some((connection, id.parse().map_err(|_| unreadable)?)))
}

/// `UNION` keeps each group once, so circles come to an end.
pub(super) const BELONGING: &str = "WITH RECURSIVE
    this (user_seq) AS (SELECT seq FROM users WHERE connection = $1 AND id = $2),
    up (user_seq, group_seq) AS (
        SELECT m.user_seq, m.group_seq FROM this AS t
        CROSS JOIN group_users AS m ON m.user_seq = t.user_seq
        UNION
        SELECT up.user_seq, n.group_seq FROM up
        CROSS JOIN group_groups AS n ON n.member_seq = up.group_seq),
    held (id, external_id, display_name, direct) AS (
        SELECT g.id, g.external_id, g.display_name, EXISTS (SELECT 1 FROM group_users AS d
            WHERE d.group_seq = up.group_seq AND d.user_seq = up.user_seq)
        FROM up CROSS JOIN groups AS g ON g.seq = up.group_seq
        ORDER BY g.display_name_key, g.id LIMIT $4)
    SELECT id, external_id, display_name, direct FROM held
    UNION ALL
    SELECT NULL, o.object_key, NULL, 0 FROM json_each($3) AS j
    CROSS JOIN group_objects AS o ON o.connection = $1 AND o.object_key = j.value";

const NAMED: &str = "SELECT g.connection, g.id, g.display_name FROM connections AS c
    CROSS JOIN groups AS g ON g.connection = c.id AND g.display_name_key = $1";

pub(super) const NAMED_HERE: &str = "SELECT g.connection, g.id, g.display_name FROM groups AS g
    WHERE g.connection = $2 AND g.display_name_key = $1";
