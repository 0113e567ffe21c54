//! To which groups a user belongs, and which group has a name.

use std::collections::BTreeMap;

use rusqlite::Row;
use serde_json::json;

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
use crate::store::sqlite::Db;
use crate::store::sqlite::UnreadableRow;
use crate::store::sqlite::statement::all;
use crate::store::sqlite::statement::optional;
use crate::store::sqlite::statement::text;

/// One statement, so that both answers are of one state.
pub(super) fn of(
    db: &Db,
    connection: &ConnectionId,
    user: &UserId,
    asked: &[String],
) -> Result<Belonging, DirectoryError> {
    let asked: Vec<String> = asked.iter().map(|id| id.to_ascii_lowercase()).collect();
    let asked = json!(asked).to_string();
    let mut belonging = Belonging::default();
    let values = (connection.as_str(), user.as_str(), asked, SCAN as i64 + 1);
    let read = all(db, BELONGING, values, |row| {
        match optional(row, "id")? {
            Some(id) => belonging.groups.push(held(id, row)?),
            None => belonging.provisioned.push(row.get("external_id")?),
        }
        Ok(())
    });
    read.map_err(failed)?;
    match belonging.groups.len() <= SCAN {
        true => Ok(belonging),
        false => Err(DirectoryError::TooMany {
            what: "groups of a user",
            limit: SCAN,
        }),
    }
}

fn held(id: &str, row: &Row<'_>) -> Result<HeldGroup, Cause> {
    Ok(HeldGroup {
        id: id.parse().map_err(|_| UnreadableRow("groups"))?,
        external_id: row.get("external_id")?,
        display_name: row.get("display_name")?,
        direct: row.get("direct")?,
    })
}

/// Which group has a name, in one connection or in all.
pub(super) fn named(
    db: &Db,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Result<Vec<(ConnectionId, Named)>, Cause> {
    let read = |row: &Row<'_>| bearer(row, name);
    let key = fold(name);
    let bearers = match connection {
        Some(connection) => all(db, NAMED_HERE, (key, connection.as_str()), read)?,
        None => all(db, NAMED, [key], read)?,
    };
    let mut found: BTreeMap<ConnectionId, Named> = BTreeMap::new();
    for (connection, id) in bearers.into_iter().flatten() {
        let known = found.entry(connection);
        known
            .and_modify(|known| *known = Named::Several)
            .or_insert(Named::One(id));
    }
    Ok(found.into_iter().collect())
}

/// A group with the key of a name, if it has the name itself: a door opens for no group that only looks alike.
fn bearer(row: &Row<'_>, name: &str) -> Result<Option<(ConnectionId, GroupId)>, Cause> {
    let unreadable = UnreadableRow("groups");
    if !text(row, "display_name")?.eq_ignore_ascii_case(name) {
        return Ok(None);
    }
    let connection = text(row, "connection")?.parse().map_err(|_| unreadable)?;
    let id = text(row, "id")?.parse().map_err(|_| unreadable)?;
    Ok(Some((connection, id)))
}

/// `UNION` keeps each group once, so circles come to an end.
pub(super) const BELONGING: &str = "WITH RECURSIVE
    this (user_seq) AS (SELECT seq FROM users WHERE connection = ?1 AND id = ?2),
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
        ORDER BY g.display_name_key, g.id LIMIT ?4)
    SELECT id, external_id, display_name, direct FROM held
    UNION ALL
    SELECT NULL, o.object_key, NULL, 0 FROM json_each(?3) AS j
    CROSS JOIN group_objects AS o ON o.connection = ?1 AND o.object_key = j.value";

const NAMED: &str = "SELECT g.connection, g.id, g.display_name FROM connections AS c
    CROSS JOIN groups AS g ON g.connection = c.id AND g.display_name_key = ?1";

pub(super) const NAMED_HERE: &str = "SELECT g.connection, g.id, g.display_name FROM groups AS g
    WHERE g.connection = ?2 AND g.display_name_key = ?1";
