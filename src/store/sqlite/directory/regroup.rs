//! What follows from a change of members: the events of it, and what becomes of the sessions of those whose groups are
//! others now, direct members and those whom a group among the members holds.

use serde_json::json;
use sqlx::SqliteConnection;

use super::failed;
use super::members::Touched;
use super::members::group_seq;
use crate::connection::GroupChange;
use crate::directory::DirectoryError;
use crate::directory::Scope;
use crate::event::EndReason;
use crate::event::EventKind;
use crate::store::sqlite::micros;
use crate::store::sqlite::sessions;

/// Members have come and gone.
pub(super) async fn after_change(
    db: &mut SqliteConnection,
    scope: &Scope,
    group: &str,
    added: &Touched,
    removed: &Touched,
) -> Result<(), DirectoryError> {
    for (touched, kind) in [
        (added, EventKind::MemberAdded),
        (removed, EventKind::MemberRemoved),
    ] {
        for (statement, seqs) in [
            (USER_EVENTS, &touched.users),
            (GROUP_EVENTS, &touched.groups),
        ] {
            if seqs.is_empty() {
                continue;
            }
            sqlx::query(statement)
                .bind(scope.connection.as_str().to_owned())
                .bind(micros(scope.now))
                .bind(kind.name())
                .bind(group.to_owned())
                .bind(json!(seqs).to_string())
                .execute(&mut *db)
                .await
                .map_err(failed)?;
        }
    }
    let users = [added.users.as_slice(), &removed.users].concat();
    let groups = [added.groups.as_slice(), &removed.groups].concat();
    regrouped(db, scope, &users, &groups).await
}

/// A group is about to go, and all membership of it.
pub(super) async fn before_deletion(
    db: &mut SqliteConnection,
    scope: &Scope,
    group: &str,
) -> Result<(), DirectoryError> {
    match group_seq(db, &scope.connection, group).await? {
        Some(seq) => regrouped(db, scope, &[], &[seq]).await,
        None => Ok(()),
    }
}

/// These users, and all whom these groups hold, have other groups now.
async fn regrouped(
    db: &mut SqliteConnection,
    scope: &Scope,
    users: &[i64],
    groups: &[i64],
) -> Result<(), DirectoryError> {
    if scope.rules.group_change == GroupChange::Keep || (users.is_empty() && groups.is_empty()) {
        return Ok(());
    }
    let affected: Vec<i64> = sqlx::query_scalar(AFFECTED)
        .bind(json!(users).to_string())
        .bind(json!(groups).to_string())
        .fetch_all(&mut *db)
        .await
        .map_err(failed)?;
    let affected = json!(affected).to_string();
    match scope.rules.group_change {
        GroupChange::Keep => Ok(()),
        GroupChange::Refresh => sessions::refresh(db, &affected, scope.now)
            .await
            .map_err(failed),
        GroupChange::Reauthenticate => {
            sqlx::query(PROVE_ANEW)
                .bind(affected.clone())
                .bind(micros(scope.now))
                .execute(&mut *db)
                .await
                .map_err(failed)?;
            let ended = sessions::end(db, EndReason::GroupsChanged, scope.now, |query| {
                query.push("s.user_seq IN (SELECT value FROM json_each(");
                query.push_bind(affected.clone()).push("))");
            });
            ended.await.map(drop).map_err(failed)
        }
    }
}

const USER_EVENTS: &str = "INSERT INTO events (connection, at, kind, group_id, user)
    SELECT $1, $2, $3, $4, u.id FROM json_each($5) AS j CROSS JOIN users AS u ON u.seq = j.value";

const GROUP_EVENTS: &str = "INSERT INTO events (connection, at, kind, group_id, detail)
    SELECT $1, $2, $3, $4, g.id FROM json_each($5) AS j CROSS JOIN groups AS g ON g.seq = j.value";

/// `UNION` keeps each group once, so circles come to an end.
const AFFECTED: &str = "WITH RECURSIVE down (group_seq) AS (
        SELECT value FROM json_each($2)
        UNION
        SELECT n.member_seq FROM down CROSS JOIN group_groups AS n ON n.group_seq = down.group_seq)
    SELECT value AS user_seq FROM json_each($1)
    UNION
    SELECT m.user_seq FROM down CROSS JOIN group_users AS m ON m.group_seq = down.group_seq";

/// Whoever has no session has none to come back to, and signs on as always.
const PROVE_ANEW: &str =
    "UPDATE users SET authn_since = max(coalesce(authn_since, $2), $2) WHERE seq IN (SELECT value FROM json_each($1))
    AND EXISTS (SELECT 1 FROM sessions AS s WHERE s.user_seq = users.seq)";
