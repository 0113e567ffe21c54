//! The members of groups.

use std::collections::HashMap;
use std::collections::HashSet;
use std::str::FromStr;

use rusqlite::Row;
use serde_json::json;

use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::IdError;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::MemberRows;
use crate::directory::Touched;
use crate::directory::UserGroup;
use crate::directory::UserId;
use crate::scim::Member;
use crate::scim::ResourceKind;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::failed;
use crate::store::sqlite::Db;
use crate::store::sqlite::statement::all;
use crate::store::sqlite::statement::column;
use crate::store::sqlite::statement::first;

/// A part of a group's members: users, then groups.
pub(super) fn page(
    db: &Db,
    connection: &ConnectionId,
    group: &str,
    after: Option<MemberPosition>,
    count: u64,
) -> Result<MemberPage, DirectoryError> {
    let nobody = MemberPage {
        members: Vec::new(),
        next: None,
    };
    let Some(seq) = group_seq(db, connection, group)? else {
        return Ok(nobody);
    };
    let mut found = Vec::new();
    let more = i64::try_from(count.saturating_add(1)).unwrap_or(i64::MAX);
    for (kind, statement) in [
        (ResourceKind::User, MEMBER_USERS),
        (ResourceKind::Group, MEMBER_GROUPS),
    ] {
        let from = match after {
            Some(after) if after.kind > kind => continue,
            Some(after) if after.kind == kind => i64::try_from(after.number).unwrap_or(i64::MAX),
            _ => 0,
        };
        let values = (seq, from, more - found.len() as i64);
        let rows = all(db, statement, values, |row| {
            let number = u64::try_from(row.get::<_, i64>("seq")?)?;
            Ok((member(row, kind)?, MemberPosition { kind, number }))
        });
        found.extend(rows.map_err(failed)?);
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let next = found.get(count).and(count.checked_sub(1));
    let next = next.and_then(|last| found.get(last).map(|(_, position)| *position));
    let members = found.into_iter().take(count);
    Ok(MemberPage {
        members: members.map(|(member, _)| member).collect(),
        next,
    })
}

fn member(row: &Row<'_>, kind: ResourceKind) -> Result<Member, Cause> {
    Ok(Member {
        id: row.get("id")?,
        kind,
        display: row.get("display_name")?,
    })
}

/// The groups of each user, direct and indirect, by name, where there are at most so many; the search ends with the first that is too
/// many. `UNION` keeps each pair once, so circles come to an end.
pub(super) fn user_groups(
    db: &Db,
    connection: &ConnectionId,
    users: &[&str],
    most: usize,
) -> Result<Option<Vec<Vec<UserGroup>>>, DirectoryError> {
    let ids = json!(users).to_string();
    let values = (ids, connection.as_str(), most as i64 + 1);
    let rows = all(db, GROUPS_OF, values, |row| {
        let place = usize::try_from(row.get::<_, i64>("place")?)?;
        let group = UserGroup {
            id: row.text("id")?.parse()?,
            external_id: row.get("external_id")?,
            display_name: row.get("display_name")?,
            direct: row.get("direct")?,
        };
        Ok((place, group))
    });
    let rows = rows.map_err(failed)?;
    if rows.len() > most {
        return Ok(None);
    }
    let mut by_user: HashMap<usize, Vec<UserGroup>> = HashMap::new();
    for (place, group) in rows {
        by_user.entry(place).or_default().push(group);
    }
    let taken = (0..users.len()).map(|place| by_user.remove(&place).unwrap_or_default());
    Ok(Some(taken.collect()))
}

/// Those of these ids that some group has, or ever had.
pub(super) fn known_objects(
    db: &Db,
    connection: &ConnectionId,
    ids: &[String],
) -> Result<Vec<String>, Cause> {
    let ids = json!(ids).to_string();
    all(db, KNOWN_OBJECTS, (connection.as_str(), ids), column)
}

/// Changes the member rows of a group; returns the members that were touched.
pub(super) fn change(
    db: &Db,
    connection: &ConnectionId,
    group: &str,
    change: &MemberRows,
) -> Result<Touched, DirectoryError> {
    let seq = group_seq(db, connection, group)?;
    let seq = seq.ok_or(DirectoryError::NotFound)?;
    let (users, groups, ids) = match change {
        MemberRows::Add(ids) => (ADD_USERS, ADD_GROUPS, ids),
        MemberRows::Remove(ids) => (REMOVE_USERS, REMOVE_GROUPS, ids),
        MemberRows::KeepOnly(ids) => (KEEP_USERS, KEEP_GROUPS, ids),
    };
    let (ids, connection) = (sound(ids), connection.as_str());
    Ok(Touched {
        users: all(db, users, (seq, &ids, connection), id).map_err(failed)?,
        groups: all(db, groups, (seq, &ids, connection), id).map_err(failed)?,
    })
}

fn id<T: FromStr<Err = IdError>>(row: &Row<'_>) -> Result<T, Cause> {
    Ok(row.get_ref(0)?.as_str()?.parse()?)
}

/// Those of these ids that neither a user nor a group has.
pub(super) fn unknown(
    db: &Db,
    connection: &ConnectionId,
    ids: &[String],
) -> Result<Vec<String>, Cause> {
    let (sound, connection) = (sound(ids), connection.as_str());
    let values = (&sound, connection);
    let known: Option<(i64, i64)> = first(db, KNOWN, values, |row| Ok(row.try_into()?))?;
    let (users, groups) = known.unwrap_or_default();
    if users + groups == ids.len() as i64 {
        return Ok(Vec::new());
    }
    let found: Vec<String> = all(db, FOUND, values, column)?;
    let found: HashSet<String> = found.into_iter().collect();
    let unknown = ids.iter().filter(|id| !found.contains(*id));
    Ok(unknown.cloned().collect())
}

/// Of these users, and of all whom these groups hold, those who have sessions.
pub(super) fn signed_on(
    db: &Db,
    connection: &ConnectionId,
    users: &[UserId],
    groups: &[GroupId],
) -> Result<Vec<UserId>, Cause> {
    let (users, groups) = (json!(users).to_string(), json!(groups).to_string());
    all(db, SIGNED_ON, (connection.as_str(), users, groups), id)
}

/// Those that can be ids, as JSON. A text that comes out of JSON ends at its first NUL, and could be an id then.
fn sound(ids: &[String]) -> String {
    let sound = ids.iter().filter(|id| id.parse::<UserId>().is_ok());
    json!(sound.collect::<Vec<_>>()).to_string()
}

pub(super) fn group_seq(
    db: &Db,
    connection: &ConnectionId,
    id: &str,
) -> Result<Option<i64>, DirectoryError> {
    first(db, GROUP, (connection.as_str(), id), column).map_err(failed)
}

pub(super) const GROUP: &str = "SELECT seq FROM groups WHERE connection = ?1 AND id = ?2";

pub(super) const MEMBER_USERS: &str = "SELECT u.seq, u.id, u.display_name FROM group_users AS m
    JOIN users AS u ON u.seq = m.user_seq
    WHERE m.group_seq = ?1 AND m.user_seq > ?2 ORDER BY m.user_seq LIMIT ?3";

pub(super) const MEMBER_GROUPS: &str = "SELECT g.seq, g.id, g.display_name FROM group_groups AS m
    JOIN groups AS g ON g.seq = m.member_seq
    WHERE m.group_seq = ?1 AND m.member_seq > ?2 ORDER BY m.member_seq LIMIT ?3";

pub(super) const GROUPS_OF: &str = "WITH RECURSIVE
    these (place, user_seq) AS (
        SELECT j.key, u.seq FROM json_each(?1) AS j
        CROSS JOIN users AS u ON u.connection = ?2 AND u.id = j.value),
    up (place, user_seq, group_seq) AS (
        SELECT t.place, t.user_seq, m.group_seq FROM these AS t
        CROSS JOIN group_users AS m ON m.user_seq = t.user_seq
        UNION
        SELECT up.place, up.user_seq, n.group_seq FROM up
        CROSS JOIN group_groups AS n ON n.member_seq = up.group_seq
        LIMIT ?3)
    SELECT up.place, g.id, g.external_id, g.display_name, EXISTS (SELECT 1 FROM group_users AS d
        WHERE d.group_seq = up.group_seq AND d.user_seq = up.user_seq) AS direct
    FROM up CROSS JOIN groups AS g ON g.seq = up.group_seq
    ORDER BY up.place, g.display_name_key, g.id";

pub(super) const KNOWN_OBJECTS: &str = "SELECT o.object_key FROM json_each(?2) AS j
    CROSS JOIN group_objects AS o ON o.connection = ?1 AND o.object_key = j.value";

pub(super) const KNOWN: &str = "SELECT
    (SELECT count(*) FROM json_each(?1) AS j
        CROSS JOIN users AS u ON u.connection = ?2 AND u.id = j.value) AS users,
    (SELECT count(*) FROM json_each(?1) AS j
        CROSS JOIN groups AS g ON g.connection = ?2 AND g.id = j.value) AS groups";

const FOUND: &str = "SELECT u.id FROM json_each(?1) AS j
    CROSS JOIN users AS u ON u.connection = ?2 AND u.id = j.value
    UNION ALL SELECT g.id FROM json_each(?1) AS j
    CROSS JOIN groups AS g ON g.connection = ?2 AND g.id = j.value";

pub(super) const ADD_USERS: &str = "INSERT INTO group_users (group_seq, user_seq)
    SELECT ?1, u.seq FROM json_each(?2) AS j
    CROSS JOIN users AS u ON u.connection = ?3 AND u.id = j.value
    WHERE true ON CONFLICT DO NOTHING
    RETURNING (SELECT u.id FROM users AS u WHERE u.seq = user_seq)";

pub(super) const ADD_GROUPS: &str = "INSERT INTO group_groups (group_seq, member_seq)
    SELECT ?1, g.seq FROM json_each(?2) AS j
    CROSS JOIN groups AS g ON g.connection = ?3 AND g.id = j.value
    WHERE true ON CONFLICT DO NOTHING
    RETURNING (SELECT g.id FROM groups AS g WHERE g.seq = member_seq)";

pub(super) const REMOVE_USERS: &str = "DELETE FROM group_users WHERE group_seq = ?1 AND user_seq IN
    (SELECT u.seq FROM json_each(?2) AS j
    CROSS JOIN users AS u ON u.connection = ?3 AND u.id = j.value)
    RETURNING (SELECT u.id FROM users AS u WHERE u.seq = user_seq)";

pub(super) const REMOVE_GROUPS: &str =
    "DELETE FROM group_groups WHERE group_seq = ?1 AND member_seq IN
    (SELECT g.seq FROM json_each(?2) AS j
    CROSS JOIN groups AS g ON g.connection = ?3 AND g.id = j.value)
    RETURNING (SELECT g.id FROM groups AS g WHERE g.seq = member_seq)";

const KEEP_USERS: &str = "DELETE FROM group_users WHERE group_seq = ?1 AND user_seq NOT IN
    (SELECT u.seq FROM json_each(?2) AS j
    CROSS JOIN users AS u ON u.connection = ?3 AND u.id = j.value)
    RETURNING (SELECT u.id FROM users AS u WHERE u.seq = user_seq)";

const KEEP_GROUPS: &str = "DELETE FROM group_groups WHERE group_seq = ?1 AND member_seq NOT IN
    (SELECT g.seq FROM json_each(?2) AS j
    CROSS JOIN groups AS g ON g.connection = ?3 AND g.id = j.value)
    RETURNING (SELECT g.id FROM groups AS g WHERE g.seq = member_seq)";

/// `UNION` keeps each group and each user once, so circles come to an end.
pub(super) const SIGNED_ON: &str = "WITH RECURSIVE
    down (group_seq) AS (
        SELECT g.seq FROM json_each(?3) AS j
        CROSS JOIN groups AS g ON g.connection = ?1 AND g.id = j.value
        UNION
        SELECT n.member_seq FROM down
        CROSS JOIN group_groups AS n ON n.group_seq = down.group_seq),
    held (user_seq) AS (
        SELECT u.seq FROM json_each(?2) AS j
        CROSS JOIN users AS u ON u.connection = ?1 AND u.id = j.value
        UNION
        SELECT m.user_seq FROM down
        CROSS JOIN group_users AS m ON m.group_seq = down.group_seq)
    SELECT u.id FROM held CROSS JOIN users AS u ON u.seq = held.user_seq
    WHERE EXISTS (SELECT 1 FROM sessions AS s WHERE s.user_seq = held.user_seq)";

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn a_statement_is_prepared_once_whatever_is_bound_to_it() {
        let store = SqliteStore::in_memory().await.unwrap();
        let prepared = store.write(|db| {
            for users in ["[]", r#"["ada"]"#, r#"["ada", "eve"]"#] {
                let found = all(db, GROUPS_OF, (users, "acme", 10), column::<i64>)?;
                assert!(found.is_empty());
            }
            let statement = db.prepare_cached(GROUPS_OF)?;
            Ok(statement.get_status(StatementStatus::RePrepare))
        });
        assert_eq!(prepared.await.unwrap(), 0);
    }
}
