//! The members of groups.

use std::collections::HashMap;

use tokio_postgres::Row as PostgresRow;

use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::MemberRows;
use crate::directory::Touched;
use crate::directory::UserGroup;
use crate::directory::UserId;
use crate::scim::Member;
use crate::scim::ResourceKind;
use crate::store::postgres::conn::Conn;
use crate::store::postgres::fault::failed;
use crate::store::postgres::query::Query as _;
use crate::store::postgres::query::values;
use crate::store::postgres::session_deletion::ids;
use crate::store::records::Cause;
use crate::store::records::Row as _;

/// A part of a group's members: users, then groups.
pub(super) async fn page(
    conn: &mut Conn,
    connection: &ConnectionId,
    group: &str,
    after: Option<MemberPosition>,
    count: u64,
) -> Result<MemberPage, Cause> {
    let nobody = MemberPage {
        members: Vec::new(),
        next: None,
    };
    let Some(seq) = group_seq(conn, connection, group).await? else {
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
        let values = values![seq, from, more - found.len() as i64];
        let rows = conn.all(statement, &values, |row| {
            let number = row.number("seq")?;
            Ok((member(row, kind)?, MemberPosition { kind, number }))
        });
        found.extend(rows.await?);
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

fn member(row: &PostgresRow, kind: ResourceKind) -> Result<Member, Cause> {
    Ok(Member {
        id: row.text("id")?.into_owned(),
        kind,
        display: row.owned_text("display_name")?,
    })
}

/// The groups of each user, direct and indirect, by name, where there are at most so many; the search ends with the first that is too
/// many. `UNION` keeps each pair once, so circles come to an end.
pub(super) async fn user_groups(
    conn: &mut Conn,
    connection: &ConnectionId,
    users: &[UserId],
    most: usize,
) -> Result<Option<Vec<Vec<UserGroup>>>, Cause> {
    let values = values![ids(users), connection.as_str(), most + 1];
    let rows = conn.all(GROUPS_OF, &values, |row| {
        let place = usize::try_from(row.integer("place")?)?;
        let group = UserGroup {
            id: row.text("id")?.parse()?,
            external_id: row.owned_text("external_id")?,
            display_name: row.owned_text("display_name")?,
            direct: row.boolean("direct")?,
        };
        Ok((place, group))
    });
    let rows = rows.await?;
    if rows.len() > most {
        return Ok(None);
    }
    let mut by_user: HashMap<usize, Vec<UserGroup>> = HashMap::new();
    for (place, group) in rows {
        by_user.entry(place).or_default().push(group);
    }
    let taken = (1..=users.len()).map(|place| by_user.remove(&place).unwrap_or_default());
    Ok(Some(taken.collect()))
}

/// Those of these ids that some group has, or ever had.
pub(super) async fn known_objects(
    conn: &mut Conn,
    connection: &ConnectionId,
    ids: &[String],
) -> Result<Vec<String>, Cause> {
    let values = values![connection.as_str(), ids.to_vec()];
    conn.all(KNOWN_OBJECTS, &values, |row| text(row, "object_key"))
        .await
}

/// Changes the member rows of a group; returns the members that were touched.
pub(super) async fn change(
    conn: &mut Conn,
    connection: &ConnectionId,
    group: &str,
    change: &MemberRows,
) -> Result<Touched, DirectoryError> {
    let seq = group_seq(conn, connection, group).await.map_err(failed)?;
    let seq = seq.ok_or(DirectoryError::NotFound)?;
    let (users, groups, ids) = match change {
        MemberRows::Add(ids) => (ADD_USERS, ADD_GROUPS, ids),
        MemberRows::Remove(ids) => (REMOVE_USERS, REMOVE_GROUPS, ids),
        MemberRows::KeepOnly(ids) => (KEEP_USERS, KEEP_GROUPS, ids),
    };
    let values = values![seq, ids.clone(), connection.as_str()];
    let users = conn.all(users, &values, |row| Ok(row.text("id")?.parse()?));
    let users = users.await.map_err(failed)?;
    let groups = conn.all(groups, &values, |row| Ok(row.text("id")?.parse()?));
    let groups = groups.await.map_err(failed)?;
    Ok(Touched { users, groups })
}

/// Those of these ids that neither a user nor a group has.
pub(super) async fn unknown(
    conn: &mut Conn,
    connection: &ConnectionId,
    ids: &[String],
) -> Result<Vec<String>, Cause> {
    let values = values![ids.to_vec(), connection.as_str()];
    conn.all(UNKNOWN, &values, |row| text(row, "id")).await
}

/// Of these users, and of all whom these groups hold, those who have sessions.
pub(super) async fn signed_on(
    conn: &mut Conn,
    connection: &ConnectionId,
    users: &[UserId],
    groups: &[GroupId],
) -> Result<Vec<UserId>, Cause> {
    let values = values![connection.as_str(), ids(users), ids(groups)];
    let (statement, values) = match groups {
        [] => (USERS_SIGNED_ON, &values[..2]),
        _ => (SIGNED_ON, &values[..]),
    };
    conn.all(statement, values, |row| Ok(row.text("id")?.parse()?))
        .await
}

fn text(row: &PostgresRow, column: &str) -> Result<String, Cause> {
    Ok(row.text(column)?.into_owned())
}

async fn group_seq(
    conn: &mut Conn,
    connection: &ConnectionId,
    id: &str,
) -> Result<Option<i64>, Cause> {
    conn.first(GROUP, &values![connection.as_str(), id], |row| {
        row.integer("seq")
    })
    .await
}

const GROUP: &str = "SELECT seq FROM groups WHERE connection = $1 AND id = $2";

const MEMBER_USERS: &str = "SELECT u.seq, u.id, u.display_name FROM group_users AS m
    JOIN users AS u ON u.seq = m.user_seq
    WHERE m.group_seq = $1 AND m.user_seq > $2 ORDER BY m.user_seq LIMIT $3";

const MEMBER_GROUPS: &str = "SELECT g.seq, g.id, g.display_name FROM group_groups AS m
    JOIN groups AS g ON g.seq = m.member_seq
    WHERE m.group_seq = $1 AND m.member_seq > $2 ORDER BY m.member_seq LIMIT $3";

/// The limit stands before the order, so that the search ends with it. Groups, and whether somebody is a member directly, are looked up
/// row by row (`LATERAL`, and a value in place of `EXISTS`): else the server reads all members of all groups where it expects many rows.
const GROUPS_OF: &str = "WITH RECURSIVE
    these (place, user_seq) AS (
        SELECT j.place, u.seq FROM unnest($1::text[]) WITH ORDINALITY AS j (id, place)
        JOIN users AS u ON u.connection = $2 AND u.id = j.id),
    up (place, user_seq, group_seq) AS (
        SELECT t.place, t.user_seq, m.group_seq FROM these AS t
        JOIN group_users AS m ON m.user_seq = t.user_seq
        UNION
        SELECT up.place, up.user_seq, n.group_seq FROM up
        JOIN group_groups AS n ON n.member_seq = up.group_seq)
    SELECT f.place, g.id, g.external_id, g.display_name, (SELECT true FROM group_users AS d
        WHERE d.group_seq = f.group_seq AND d.user_seq = f.user_seq) IS NOT NULL AS direct
    FROM (SELECT * FROM up LIMIT $3) AS f CROSS JOIN LATERAL
        (SELECT g.id, g.external_id, g.display_name, g.display_name_key FROM groups AS g
            WHERE g.seq = f.group_seq OFFSET 0) AS g
    ORDER BY f.place, g.display_name_key NULLS FIRST, g.id";

const KNOWN_OBJECTS: &str =
    "SELECT o.object_key FROM unnest($2::text[]) WITH ORDINALITY AS j (id, place)
    JOIN group_objects AS o ON o.connection = $1 AND o.object_key = j.id ORDER BY j.place";

const UNKNOWN: &str = "SELECT j.id FROM unnest($1::text[]) WITH ORDINALITY AS j (id, place)
    WHERE (SELECT true FROM users AS u WHERE u.connection = $2 AND u.id = j.id) IS NULL
    AND (SELECT true FROM groups AS g WHERE g.connection = $2 AND g.id = j.id) IS NULL ORDER BY j.place";

const ADD_USERS: &str = "WITH changed AS (INSERT INTO group_users (group_seq, user_seq)
        SELECT $1, u.seq FROM users AS u WHERE u.connection = $3 AND u.id = ANY ($2)
        ON CONFLICT DO NOTHING RETURNING user_seq)
    SELECT u.id FROM changed AS c JOIN users AS u ON u.seq = c.user_seq";

const ADD_GROUPS: &str = "WITH changed AS (INSERT INTO group_groups (group_seq, member_seq)
        SELECT $1, g.seq FROM groups AS g WHERE g.connection = $3 AND g.id = ANY ($2)
        ON CONFLICT DO NOTHING RETURNING member_seq)
    SELECT g.id FROM changed AS c JOIN groups AS g ON g.seq = c.member_seq";

const REMOVE_USERS: &str = "DELETE FROM group_users AS m USING users AS u
    WHERE m.group_seq = $1 AND u.connection = $3 AND u.id = ANY ($2) AND m.user_seq = u.seq RETURNING u.id";

const REMOVE_GROUPS: &str = "DELETE FROM group_groups AS m USING groups AS g
    WHERE m.group_seq = $1 AND g.connection = $3 AND g.id = ANY ($2) AND m.member_seq = g.seq RETURNING g.id";

const KEEP_USERS: &str = "DELETE FROM group_users AS m USING users AS u
    WHERE m.group_seq = $1 AND u.seq = m.user_seq
    AND NOT EXISTS (SELECT 1 FROM unnest($2::text[]) AS j (id) WHERE $3 = u.connection AND j.id = u.id) RETURNING u.id";

const KEEP_GROUPS: &str = "DELETE FROM group_groups AS m USING groups AS g
    WHERE m.group_seq = $1 AND g.seq = m.member_seq
    AND NOT EXISTS (SELECT 1 FROM unnest($2::text[]) AS j (id) WHERE $3 = g.connection AND j.id = g.id) RETURNING g.id";

/// The sessions are looked up user by user.
const USERS_SIGNED_ON: &str =
    "SELECT u.id FROM users AS u WHERE u.connection = $1 AND u.id = ANY ($2)
    AND (SELECT true FROM sessions AS s WHERE s.user_seq = u.seq LIMIT 1) IS NOT NULL";

/// `UNION` keeps each group and each user once, so circles come to an end.
const SIGNED_ON: &str = "WITH RECURSIVE
    down (group_seq) AS (
        SELECT g.seq FROM groups AS g WHERE g.connection = $1 AND g.id = ANY ($3)
        UNION
        SELECT n.member_seq FROM down JOIN group_groups AS n ON n.group_seq = down.group_seq),
    held (user_seq) AS (
        SELECT u.seq FROM users AS u WHERE u.connection = $1 AND u.id = ANY ($2)
        UNION
        SELECT m.user_seq FROM down JOIN group_users AS m ON m.group_seq = down.group_seq)
    SELECT u.id FROM held JOIN users AS u ON u.seq = held.user_seq
    WHERE EXISTS (SELECT 1 FROM sessions AS s WHERE s.user_seq = held.user_seq)";
