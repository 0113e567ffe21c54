//! Who belongs to which group.

use std::collections::HashMap;
use std::collections::HashSet;

use serde_json::json;
use sqlx::Row;
use sqlx::SqliteConnection;

use super::failed;
use super::regroup;
use super::rows::within_scan;
use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::GROUPS;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::MembersChanged;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::View;
use crate::scim::GroupRef;
use crate::scim::Member;
use crate::scim::MemberFilter;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::scim::ResourceKind;

/// A part of a group's members: users, then groups.
pub(super) async fn page(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    group: &str,
    after: Option<MemberPosition>,
    count: u64,
) -> Result<MemberPage, DirectoryError> {
    let nobody = MemberPage {
        members: Vec::new(),
        next: None,
    };
    let Some(seq) = group_seq(db, connection, group).await? else {
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
        let rows = sqlx::query(statement)
            .bind(seq)
            .bind(from)
            .bind(more - found.len() as i64)
            .fetch_all(&mut *db)
            .await
            .map_err(failed)?;
        for row in rows {
            let member = Member {
                id: row.try_get("id").map_err(failed)?,
                kind,
                display: row.try_get("display_name").map_err(failed)?,
            };
            let number: i64 = row.try_get("seq").map_err(failed)?;
            let number = u64::try_from(number).map_err(failed)?;
            found.push((member, MemberPosition { kind, number }));
        }
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

/// The groups of each user, direct and indirect, by name. `UNION` keeps each pair once, so circles come to an end.
pub(super) async fn groups_of(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    users: &[&str],
) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
    let groups = groups_within(db, connection, users, GROUPS).await?;
    groups.ok_or(DirectoryError::TooMany {
        what: "groups of users in one answer, which excludedAttributes=groups leaves out",
        limit: GROUPS,
    })
}

/// The same where there are at most so many; the search ends with the first that is too many.
pub(super) async fn groups_within(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    users: &[&str],
    most: usize,
) -> Result<Option<Vec<Vec<GroupRef>>>, DirectoryError> {
    let rows = sqlx::query(GROUPS_OF)
        .bind(json!(users).to_string())
        .bind(connection.as_str().to_owned())
        .bind(most as i64 + 1)
        .fetch_all(db)
        .await
        .map_err(failed)?;
    if rows.len() > most {
        return Ok(None);
    }
    let mut by_user: HashMap<usize, Vec<GroupRef>> = HashMap::new();
    for row in rows {
        let place: i64 = row.try_get("place").map_err(failed)?;
        let group = GroupRef {
            id: row.try_get("id").map_err(failed)?,
            display: row.try_get("display_name").map_err(failed)?,
            direct: row.try_get("direct").map_err(failed)?,
        };
        let place = usize::try_from(place).map_err(failed)?;
        by_user.entry(place).or_default().push(group);
    }
    let taken = (0..users.len()).map(|place| by_user.remove(&place).unwrap_or_default());
    Ok(Some(taken.collect()))
}

/// Changes the members of a group by the rows that the change names.
pub(super) async fn change(
    db: &mut SqliteConnection,
    scope: &Scope,
    group: &str,
    change: &MembershipChange,
    view: &View,
) -> Result<MembersChanged, DirectoryError> {
    let seq = group_seq(db, &scope.connection, group).await?;
    let mut rows = Group {
        db,
        connection: &scope.connection,
        seq: seq.ok_or(DirectoryError::NotFound)?,
    };
    let ids = |members: &[MemberRef]| -> Vec<String> {
        members.iter().map(|member| member.id.clone()).collect()
    };
    let (mut added, mut removed) = (Touched::default(), Touched::default());
    match change {
        MembershipChange::Add(members) => added = rows.add(ids(members)).await?,
        MembershipChange::Remove(ids) => removed = rows.remove(ids).await?,
        MembershipChange::RemoveWhere(filter) => {
            let ids = rows.described(filter, view).await?;
            removed = rows.remove(&ids).await?;
        }
        MembershipChange::Replace(members) => {
            let ids = ids(members);
            removed = rows.each(KEEP_USERS, KEEP_GROUPS, &ids).await?;
            added = rows.add(ids).await?;
        }
        MembershipChange::Clear => removed = rows.each(KEEP_USERS, KEEP_GROUPS, &[]).await?,
    }
    regroup::after_change(db, scope, group, &added, &removed).await?;
    Ok(MembersChanged {
        added: added.count(),
        removed: removed.count(),
    })
}

/// The members that a change has really touched, by their numbers.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) users: Vec<i64>,
    pub(super) groups: Vec<i64>,
}

impl Touched {
    fn count(&self) -> u64 {
        (self.users.len() + self.groups.len()) as u64
    }
}

struct Group<'c> {
    db: &'c mut SqliteConnection,
    connection: &'c ConnectionId,
    seq: i64,
}

impl Group<'_> {
    async fn add(&mut self, mut ids: Vec<String>) -> Result<Touched, DirectoryError> {
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        let known = sqlx::query(KNOWN)
            .bind(sound(&ids))
            .bind(self.connection.as_str().to_owned())
            .fetch_one(&mut *self.db)
            .await
            .map_err(failed)?;
        let (users, groups): (i64, i64) = (
            known.try_get("users").map_err(failed)?,
            known.try_get("groups").map_err(failed)?,
        );
        if users + groups != ids.len() as i64 {
            return Err(DirectoryError::UnknownMembers(self.unknown(&ids).await?));
        }
        let mut added = Touched::default();
        if users > 0 {
            added.users = self.run(ADD_USERS, &ids).await?;
        }
        if groups > 0 {
            added.groups = self.run(ADD_GROUPS, &ids).await?;
        }
        Ok(added)
    }

    async fn remove(&mut self, ids: &[String]) -> Result<Touched, DirectoryError> {
        self.each(REMOVE_USERS, REMOVE_GROUPS, ids).await
    }

    async fn each(
        &mut self,
        users: &'static str,
        groups: &'static str,
        ids: &[String],
    ) -> Result<Touched, DirectoryError> {
        Ok(Touched {
            users: self.run(users, ids).await?,
            groups: self.run(groups, ids).await?,
        })
    }

    /// Runs a statement on the group, the ids and the connection; says which members it touched.
    async fn run(
        &mut self,
        statement: &'static str,
        ids: &[String],
    ) -> Result<Vec<i64>, DirectoryError> {
        sqlx::query_scalar(statement)
            .bind(self.seq)
            .bind(sound(ids))
            .bind(self.connection.as_str().to_owned())
            .fetch_all(&mut *self.db)
            .await
            .map_err(failed)
    }

    async fn unknown(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError> {
        let found: HashSet<String> = sqlx::query_scalar(FOUND)
            .bind(sound(ids))
            .bind(self.connection.as_str().to_owned())
            .fetch_all(&mut *self.db)
            .await
            .map_err(failed)?
            .into_iter()
            .collect();
        let unknown = ids.iter().filter(|id| !found.contains(*id));
        Ok(unknown.cloned().collect())
    }

    /// The members that a filter describes, of a group that is small enough to look at all.
    async fn described(
        &mut self,
        filter: &MemberFilter,
        view: &View,
    ) -> Result<Vec<String>, DirectoryError> {
        let count: i64 = sqlx::query_scalar(COUNT)
            .bind(self.seq)
            .fetch_one(&mut *self.db)
            .await
            .map_err(failed)?;
        within_scan(usize::try_from(count).map_err(failed)?)?;
        let mut ids = Vec::new();
        for (kind, statement) in [
            (ResourceKind::User, MEMBER_USERS),
            (ResourceKind::Group, MEMBER_GROUPS),
        ] {
            let rows = sqlx::query(statement)
                .bind(self.seq)
                .bind(0_i64)
                .bind(count)
                .fetch_all(&mut *self.db)
                .await
                .map_err(failed)?;
            for row in rows {
                let member = Member {
                    id: row.try_get("id").map_err(failed)?,
                    kind,
                    display: row.try_get("display_name").map_err(failed)?,
                };
                if filter.matches(&member, view.base()) {
                    ids.push(member.id);
                }
            }
        }
        Ok(ids)
    }
}

/// Those that can be ids, as JSON. A text that comes out of JSON ends at its first NUL, and could be an id then.
fn sound(ids: &[String]) -> String {
    let sound = ids.iter().filter(|id| id.parse::<UserId>().is_ok());
    json!(sound.collect::<Vec<_>>()).to_string()
}

pub(super) async fn group_seq(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    id: &str,
) -> Result<Option<i64>, DirectoryError> {
    sqlx::query_scalar(GROUP)
        .bind(connection.as_str().to_owned())
        .bind(id.to_owned())
        .fetch_optional(db)
        .await
        .map_err(failed)
}

pub(super) const GROUP: &str = "SELECT seq FROM groups WHERE connection = $1 AND id = $2";

pub(super) const MEMBER_USERS: &str = "SELECT u.seq, u.id, u.display_name FROM group_users AS m
    JOIN users AS u ON u.seq = m.user_seq
    WHERE m.group_seq = $1 AND m.user_seq > $2 ORDER BY m.user_seq LIMIT $3";

pub(super) const MEMBER_GROUPS: &str = "SELECT g.seq, g.id, g.display_name FROM group_groups AS m
    JOIN groups AS g ON g.seq = m.member_seq
    WHERE m.group_seq = $1 AND m.member_seq > $2 ORDER BY m.member_seq LIMIT $3";

pub(super) const GROUPS_OF: &str = "WITH RECURSIVE
    these (place, user_seq) AS (
        SELECT j.key, u.seq FROM json_each($1) AS j
        CROSS JOIN users AS u ON u.connection = $2 AND u.id = j.value),
    up (place, user_seq, group_seq) AS (
        SELECT t.place, t.user_seq, m.group_seq FROM these AS t
        CROSS JOIN group_users AS m ON m.user_seq = t.user_seq
        UNION
        SELECT up.place, up.user_seq, n.group_seq FROM up
        CROSS JOIN group_groups AS n ON n.member_seq = up.group_seq
        LIMIT $3)
    SELECT up.place, g.id, g.display_name, EXISTS (SELECT 1 FROM group_users AS d
        WHERE d.group_seq = up.group_seq AND d.user_seq = up.user_seq) AS direct
    FROM up CROSS JOIN groups AS g ON g.seq = up.group_seq
    ORDER BY up.place, g.display_name_key, g.id";

pub(super) const KNOWN: &str = "SELECT
    (SELECT count(*) FROM json_each($1) AS j
        CROSS JOIN users AS u ON u.connection = $2 AND u.id = j.value) AS users,
    (SELECT count(*) FROM json_each($1) AS j
        CROSS JOIN groups AS g ON g.connection = $2 AND g.id = j.value) AS groups";

const FOUND: &str = "SELECT u.id FROM json_each($1) AS j
    CROSS JOIN users AS u ON u.connection = $2 AND u.id = j.value
    UNION ALL SELECT g.id FROM json_each($1) AS j
    CROSS JOIN groups AS g ON g.connection = $2 AND g.id = j.value";

pub(super) const ADD_USERS: &str = "INSERT INTO group_users (group_seq, user_seq)
    SELECT $1, u.seq FROM json_each($2) AS j
    CROSS JOIN users AS u ON u.connection = $3 AND u.id = j.value
    WHERE true ON CONFLICT DO NOTHING RETURNING user_seq";

pub(super) const ADD_GROUPS: &str = "INSERT INTO group_groups (group_seq, member_seq)
    SELECT $1, g.seq FROM json_each($2) AS j
    CROSS JOIN groups AS g ON g.connection = $3 AND g.id = j.value
    WHERE true ON CONFLICT DO NOTHING RETURNING member_seq";

pub(super) const REMOVE_USERS: &str = "DELETE FROM group_users WHERE group_seq = $1 AND user_seq IN
    (SELECT u.seq FROM json_each($2) AS j
    CROSS JOIN users AS u ON u.connection = $3 AND u.id = j.value) RETURNING user_seq";

pub(super) const REMOVE_GROUPS: &str =
    "DELETE FROM group_groups WHERE group_seq = $1 AND member_seq IN
    (SELECT g.seq FROM json_each($2) AS j
    CROSS JOIN groups AS g ON g.connection = $3 AND g.id = j.value) RETURNING member_seq";

const KEEP_USERS: &str = "DELETE FROM group_users WHERE group_seq = $1 AND user_seq NOT IN
    (SELECT u.seq FROM json_each($2) AS j
    CROSS JOIN users AS u ON u.connection = $3 AND u.id = j.value) RETURNING user_seq";

const KEEP_GROUPS: &str = "DELETE FROM group_groups WHERE group_seq = $1 AND member_seq NOT IN
    (SELECT g.seq FROM json_each($2) AS j
    CROSS JOIN groups AS g ON g.connection = $3 AND g.id = j.value) RETURNING member_seq";

const COUNT: &str = "SELECT (SELECT count(*) FROM group_users WHERE group_seq = $1)
    + (SELECT count(*) FROM group_groups WHERE group_seq = $1)";
