//! Writing users and groups.

use serde_json::json;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use super::failed;
use super::regroup;
use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::are_two_objects;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::EventKind;
use crate::scim::Record;
use crate::scim::fold;
use crate::scim::user_name_key;
use crate::store::sqlite::events;
use crate::store::sqlite::micros;
use crate::store::sqlite::sessions;
use crate::store::sqlite::unknown_connection;

pub(super) async fn insert_user(
    db: &mut SqliteConnection,
    scope: &Scope,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    if user.record().resource.is_active() {
        take_seat(db, scope).await?;
    }
    let connection = &scope.connection;
    let inserted = bind_user(sqlx::query(INSERT_USER), connection, user)?
        .execute(&mut *db)
        .await
        .map_err(|error| failed(unknown_connection(connection.as_str(), error)))?;
    if inserted.rows_affected() == 0 {
        return Err(DirectoryError::UserNameTaken);
    }
    if is_first(db, connection).await? {
        let begun = sessions::provisioning_begins(db, connection.as_str(), scope.now);
        begun.await.map_err(failed)?;
    }
    user_changed(db, connection, user).await?;
    user_event(db, scope, EventKind::UserCreated, &user.id()).await
}

pub(super) async fn replace_user(
    db: &mut SqliteConnection,
    scope: &Scope,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let connection = &scope.connection;
    let before = sqlx::query(BEFORE)
        .bind(connection.as_str().to_owned())
        .bind(user.record().id.clone())
        .fetch_optional(&mut *db)
        .await
        .map_err(failed)?
        .ok_or(DirectoryError::NotFound)?;
    let was_active: Option<bool> = before.try_get("active").map_err(failed)?;
    let was_active = was_active == Some(true);
    let was: Option<String> = before.try_get("external_id").map_err(failed)?;
    let key: Option<String> = before.try_get("name_key").map_err(failed)?;
    check_name(db, connection, user, key.as_deref()).await?;
    let is_active = user.record().resource.is_active();
    if is_active && !was_active {
        take_seat(db, scope).await?;
    }
    bind_user(sqlx::query(REPLACE_USER), connection, user)?
        .execute(&mut *db)
        .await
        .map_err(taken)?;
    user_changed(db, connection, user).await?;
    let id = user.id();
    let kind = match (was_active, is_active) {
        (true, false) => EventKind::UserDeactivated,
        (false, true) => EventKind::UserReactivated,
        _ => EventKind::UserUpdated,
    };
    user_event(db, scope, kind, &id).await?;
    if kind == EventKind::UserDeactivated {
        end_all(db, scope, &id, EndReason::UserDeactivated).await?;
    }
    let is = user.record().resource.external_id();
    match was.as_deref().zip(is) {
        Some((was, is)) if are_two_objects(was, is) => is_another_person(db, scope, &id).await,
        _ => Ok(()),
    }
}

/// Nobody else may have a name with the key of a new one. Users of an earlier version who share a key keep their names.
async fn check_name(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    user: &UserRecord,
    before: Option<&str>,
) -> Result<(), DirectoryError> {
    let key = user_name_key(user.record().resource.user_name().unwrap_or_default());
    if before == Some(key.as_str()) {
        return Ok(());
    }
    let other: Option<i64> = sqlx::query_scalar(NAME_TAKEN)
        .bind(connection.as_str().to_owned())
        .bind(user.record().id.clone())
        .bind(key)
        .fetch_optional(db)
        .await
        .map_err(failed)?;
    match other {
        None => Ok(()),
        Some(_) => Err(DirectoryError::UserNameTaken),
    }
}

/// Provisioning says that a user is another person of the identity provider than before: who was signed on as the user is not
/// that person, nor is who was tied to it.
async fn is_another_person(
    db: &mut SqliteConnection,
    scope: &Scope,
    user: &UserId,
) -> Result<(), DirectoryError> {
    end_all(db, scope, user, EndReason::AnotherPerson).await?;
    let untied = sqlx::query(UNTIE)
        .bind(scope.connection.as_str().to_owned())
        .bind(user.as_str().to_owned())
        .execute(&mut *db)
        .await
        .map_err(failed)?;
    match untied.rows_affected() {
        0 => Ok(()),
        _ => user_event(db, scope, EventKind::UserUnlinked, user).await,
    }
}

/// One of the seats, if the connection counts them. Nothing has been written yet.
async fn take_seat(db: &mut SqliteConnection, scope: &Scope) -> Result<(), DirectoryError> {
    let Some(limit) = scope.rules.seats else {
        return Ok(());
    };
    match active_users(db, &scope.connection).await? < u64::from(limit) {
        true => Ok(()),
        false => Err(DirectoryError::SeatsTaken { limit }),
    }
}

/// Whether the connection has this user alone.
async fn is_first(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<bool, DirectoryError> {
    let users: Option<i64> = sqlx::query_scalar(USERS)
        .bind(connection.as_str().to_owned())
        .fetch_optional(db)
        .await
        .map_err(failed)?;
    Ok(users == Some(1))
}

pub(super) async fn active_users(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<u64, DirectoryError> {
    let active: Option<i64> = sqlx::query_scalar(ACTIVE_USERS)
        .bind(connection.as_str().to_owned())
        .fetch_optional(db)
        .await
        .map_err(failed)?;
    u64::try_from(active.unwrap_or(0)).map_err(failed)
}

async fn user_event(
    db: &mut SqliteConnection,
    scope: &Scope,
    kind: EventKind,
    user: &UserId,
) -> Result<(), DirectoryError> {
    let event = Event {
        user: Some(user.as_str().to_owned()),
        ..Event::new(scope.connection.clone(), kind, scope.now)
    };
    events::append(db, &[event]).await.map_err(failed)
}

async fn group_event(
    db: &mut SqliteConnection,
    scope: &Scope,
    kind: EventKind,
    group: &GroupId,
) -> Result<(), DirectoryError> {
    let event = Event {
        group: Some(group.as_str().to_owned()),
        ..Event::new(scope.connection.clone(), kind, scope.now)
    };
    events::append(db, &[event]).await.map_err(failed)
}

/// Ends all sessions of a user.
async fn end_all(
    db: &mut SqliteConnection,
    scope: &Scope,
    user: &UserId,
    reason: EndReason,
) -> Result<(), DirectoryError> {
    let (connection, id) = (scope.connection.as_str(), user.as_str());
    let ended = sessions::end(db, reason, scope.now, |query| {
        query.push("s.user_seq = (SELECT seq FROM users WHERE connection = ");
        query.push_bind(connection.to_owned()).push(" AND id = ");
        query.push_bind(id.to_owned()).push(")");
    });
    ended.await.map(drop).map_err(failed)
}

/// What is true after every write of a user, in the same transaction: the e-mail addresses are found by.
async fn user_changed(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let emails = user.record().resource.emails();
    let keys: Vec<String> = emails.into_iter().map(fold).collect();
    sqlx::query(FORGET_EMAILS)
        .bind(connection.as_str().to_owned())
        .bind(user.record().id.clone())
        .bind(json!(keys).to_string())
        .execute(&mut *db)
        .await
        .map_err(failed)?;
    // One by one: texts that come out of JSON end at their first NUL.
    for key in keys {
        sqlx::query(KEEP_EMAIL)
            .bind(connection.as_str().to_owned())
            .bind(user.record().id.clone())
            .bind(key)
            .execute(&mut *db)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn delete_user(
    db: &mut SqliteConnection,
    scope: &Scope,
    id: &UserId,
) -> Result<bool, DirectoryError> {
    end_all(db, scope, id, EndReason::UserDeleted).await?;
    let deleted = delete(db, DELETE_USER, &scope.connection, id.as_str()).await?;
    if deleted {
        user_event(db, scope, EventKind::UserDeleted, id).await?;
    }
    Ok(deleted)
}

pub(super) async fn insert_group(
    db: &mut SqliteConnection,
    scope: &Scope,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let connection = &scope.connection;
    let inserted = bind_record(sqlx::query(INSERT_GROUP), connection, group.record())?;
    let inserted = inserted.execute(&mut *db).await;
    inserted.map_err(|error| failed(unknown_connection(connection.as_str(), error)))?;
    group_event(db, scope, EventKind::GroupCreated, &group.id()).await
}

/// A group that has other members alone was not updated: each of them has an event of its own.
pub(super) async fn replace_group(
    db: &mut SqliteConnection,
    scope: &Scope,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let connection = &scope.connection;
    let before: Option<String> = sqlx::query_scalar(GROUP_BEFORE)
        .bind(connection.as_str().to_owned())
        .bind(group.record().id.clone())
        .fetch_optional(&mut *db)
        .await
        .map_err(failed)?;
    let before = before.ok_or(DirectoryError::NotFound)?;
    let replaced = bind_record(sqlx::query(REPLACE_GROUP), connection, group.record())?;
    replaced.execute(&mut *db).await.map_err(failed)?;
    let after = serde_json::to_string(group.record().resource.attributes()).map_err(failed)?;
    match before == after {
        true => Ok(()),
        false => group_event(db, scope, EventKind::GroupUpdated, &group.id()).await,
    }
}

pub(super) async fn delete_group(
    db: &mut SqliteConnection,
    scope: &Scope,
    id: &GroupId,
) -> Result<bool, DirectoryError> {
    regroup::before_deletion(db, scope, id.as_str()).await?;
    let deleted = delete(db, DELETE_GROUP, &scope.connection, id.as_str()).await?;
    if deleted {
        group_event(db, scope, EventKind::GroupDeleted, id).await?;
    }
    Ok(deleted)
}

async fn delete(
    db: &mut SqliteConnection,
    statement: &'static str,
    connection: &ConnectionId,
    id: &str,
) -> Result<bool, DirectoryError> {
    let deleted = sqlx::query(statement)
        .bind(connection.as_str().to_owned())
        .bind(id.to_owned())
        .execute(db)
        .await
        .map_err(failed)?;
    Ok(deleted.rows_affected() > 0)
}

type Statement = Query<'static, Sqlite, SqliteArguments>;

/// The columns that users and groups share, `$1` to `$9`.
fn bind_record(
    statement: Statement,
    connection: &ConnectionId,
    record: &Record,
) -> Result<Statement, DirectoryError> {
    let resource = &record.resource;
    let json = serde_json::to_string(resource.attributes()).map_err(failed)?;
    let display = resource.display_name();
    Ok(statement
        .bind(connection.as_str().to_owned())
        .bind(record.id.clone())
        .bind(display.map(str::to_owned))
        .bind(display.map(fold))
        .bind(resource.external_id().map(str::to_owned))
        .bind(micros(record.created))
        .bind(micros(record.last_modified))
        .bind(i64::try_from(record.version.0).map_err(failed)?)
        .bind(json))
}

fn bind_user(
    statement: Statement,
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<Statement, DirectoryError> {
    let resource = &user.record().resource;
    let name = resource.user_name().unwrap_or_default();
    let origin = match user.origin {
        Origin::Provisioned => "provisioned",
        Origin::JustInTime => "just-in-time",
    };
    let statement = bind_record(statement, connection, user.record())?;
    Ok(statement
        .bind(fold(name))
        .bind(resource.is_active())
        .bind(origin)
        .bind(user_name_key(name)))
}

/// The only thing of a replaced user that another may have is the name.
fn taken(error: sqlx::Error) -> DirectoryError {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => DirectoryError::UserNameTaken,
        _ => failed(error),
    }
}

pub(super) const INSERT_USER: &str = "INSERT INTO users (connection, id, display_name,
    display_name_key, external_id, created, modified, version, resource, user_name_key, active, origin, name_key)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
    WHERE NOT EXISTS (SELECT 1 FROM users WHERE connection = $1 AND name_key = $13)
    ON CONFLICT (connection, user_name_key) DO NOTHING";

pub(super) const NAME_TAKEN: &str =
    "SELECT 1 FROM users WHERE connection = $1 AND id <> $2 AND name_key = $3 LIMIT 1";

/// What does not change is there once more, so that all statements bind alike.
pub(super) const REPLACE_USER: &str = "UPDATE users SET display_name = $3, display_name_key = $4,
    external_id = $5, created = $6, modified = $7, version = $8, resource = $9,
    user_name_key = $10, active = $11, origin = $12, name_key = $13 WHERE connection = $1 AND id = $2";

pub(super) const BEFORE: &str =
    "SELECT active, external_id, name_key FROM users WHERE connection = $1 AND id = $2";

const UNTIE: &str = "DELETE FROM links
    WHERE user_seq = (SELECT seq FROM users WHERE connection = $1 AND id = $2)";

const USERS: &str = "SELECT users FROM directory_counts WHERE connection = $1";

const ACTIVE_USERS: &str = "SELECT active_users FROM directory_counts WHERE connection = $1";

const GROUP_BEFORE: &str = "SELECT resource FROM groups WHERE connection = $1 AND id = $2";

pub(super) const DELETE_USER: &str = "DELETE FROM users WHERE connection = $1 AND id = $2";

pub(super) const FORGET_EMAILS: &str = "DELETE FROM user_emails
    WHERE user_seq = (SELECT seq FROM users WHERE connection = $1 AND id = $2)
    AND email_key NOT IN (SELECT value FROM json_each($3))";

const KEEP_EMAIL: &str = "INSERT INTO user_emails (connection, email_key, user_seq)
    SELECT $1, $3, seq FROM users WHERE connection = $1 AND id = $2 ON CONFLICT DO NOTHING";

const INSERT_GROUP: &str = "INSERT INTO groups (connection, id, display_name, display_name_key,
    external_id, created, modified, version, resource)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

pub(super) const REPLACE_GROUP: &str = "UPDATE groups SET display_name = $3, display_name_key = $4,
    external_id = $5, created = $6, modified = $7, version = $8, resource = $9
    WHERE connection = $1 AND id = $2";

pub(super) const DELETE_GROUP: &str = "DELETE FROM groups WHERE connection = $1 AND id = $2";
