//! What follows from a change of members: the events of it, and what becomes of the sessions of those whose groups are
//! others now, direct members and those whom a group among the members holds.

use serde_json::json;

use super::failed;
use super::members::Touched;
use super::members::group_seq;
use crate::connection::GroupChange;
use crate::directory::DirectoryError;
use crate::directory::Scope;
use crate::event::EndReason;
use crate::event::EventKind;
use crate::store::sqlite::Db;
use crate::store::sqlite::micros;
use crate::store::sqlite::sessions;
use crate::store::sqlite::statement::Sql;
use crate::store::sqlite::statement::all;
use crate::store::sqlite::statement::column;
use crate::store::sqlite::statement::execute;

/// Members have come and gone.
pub(super) fn after_change(
    db: &Db,
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
            let values = (
                scope.connection.as_str(),
                micros(scope.now),
                kind.name(),
                group,
                json!(seqs).to_string(),
            );
            execute(db, statement, values).map_err(failed)?;
        }
    }
    let users = [added.users.as_slice(), &removed.users].concat();
    let groups = [added.groups.as_slice(), &removed.groups].concat();
    regrouped(db, scope, &users, &groups)
}

/// A group is about to go, and all membership of it.
pub(super) fn before_deletion(db: &Db, scope: &Scope, group: &str) -> Result<(), DirectoryError> {
    match group_seq(db, &scope.connection, group)? {
        Some(seq) => regrouped(db, scope, &[], &[seq]),
        None => Ok(()),
    }
}

/// These users, and all whom these groups hold, have other groups now.
fn regrouped(db: &Db, scope: &Scope, users: &[i64], groups: &[i64]) -> Result<(), DirectoryError> {
    if scope.rules.group_change == GroupChange::Keep || (users.is_empty() && groups.is_empty()) {
        return Ok(());
    }
    let values = (json!(users).to_string(), json!(groups).to_string());
    let affected: Vec<i64> = all(db, AFFECTED, values, column).map_err(failed)?;
    let affected = json!(affected).to_string();
    match scope.rules.group_change {
        GroupChange::Keep => Ok(()),
        GroupChange::Refresh => sessions::refresh(db, &affected, scope.now).map_err(failed),
        GroupChange::Reauthenticate => {
            execute(db, PROVE_ANEW, (&affected, micros(scope.now))).map_err(failed)?;
            let whose = "s.user_seq IN (SELECT value FROM json_each(?))";
            let whose = Sql::of(whose, [affected.into()]);
            let ended = sessions::end(db, EndReason::GroupsChanged, scope.now, &whose);
            ended.map(drop).map_err(failed)
        }
    }
}

const USER_EVENTS: &str = "INSERT INTO events (connection, at, kind, group_id, user)
    SELECT ?1, ?2, ?3, ?4, u.id FROM json_each(?5) AS j CROSS JOIN users AS u ON u.seq = j.value";

const GROUP_EVENTS: &str = "INSERT INTO events (connection, at, kind, group_id, detail)
    SELECT ?1, ?2, ?3, ?4, g.id FROM json_each(?5) AS j CROSS JOIN groups AS g ON g.seq = j.value";

/// `UNION` keeps each group once, so circles come to an end.
const AFFECTED: &str = "WITH RECURSIVE down (group_seq) AS (
        SELECT value FROM json_each(?2)
        UNION
        SELECT n.member_seq FROM down CROSS JOIN group_groups AS n ON n.group_seq = down.group_seq)
    SELECT value AS user_seq FROM json_each(?1)
    UNION
    SELECT m.user_seq FROM down CROSS JOIN group_users AS m ON m.group_seq = down.group_seq";

/// Whoever has no session has none to come back to, and signs on as always.
const PROVE_ANEW: &str =
    "UPDATE users SET authn_since = max(coalesce(authn_since, ?2), ?2) WHERE seq IN (SELECT value FROM json_each(?1))
    AND EXISTS (SELECT 1 FROM sessions AS s WHERE s.user_seq = users.seq)";
