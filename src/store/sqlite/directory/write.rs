//! Writing users and groups.

use serde_json::json;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use super::failed;
use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::Origin;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::scim::Record;
use crate::scim::fold;
use crate::store::sqlite::micros;
use crate::store::sqlite::unknown_connection;

pub(super) async fn insert_user(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let inserted = bind_user(sqlx::query(INSERT_USER), connection, user)?
        .execute(&mut *db)
        .await
        .map_err(|error| failed(unknown_connection(connection.as_str(), error)))?;
    match inserted.rows_affected() {
        0 => Err(DirectoryError::UserNameTaken),
        _ => user_changed(db, connection, user).await,
    }
}

pub(super) async fn replace_user(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let replaced = bind_user(sqlx::query(REPLACE_USER), connection, user)?
        .execute(&mut *db)
        .await
        .map_err(taken)?;
    match replaced.rows_affected() {
        0 => Err(DirectoryError::NotFound),
        _ => user_changed(db, connection, user).await,
    }
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
    connection: &ConnectionId,
    id: &UserId,
) -> Result<bool, DirectoryError> {
    delete(db, DELETE_USER, connection, id.as_str()).await
}

pub(super) async fn insert_group(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let inserted = bind_record(sqlx::query(INSERT_GROUP), connection, group.record())?;
    let inserted = inserted.execute(db).await;
    inserted.map_err(|error| failed(unknown_connection(connection.as_str(), error)))?;
    Ok(())
}

pub(super) async fn replace_group(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let replaced = bind_record(sqlx::query(REPLACE_GROUP), connection, group.record())?;
    match replaced.execute(db).await.map_err(failed)?.rows_affected() {
        0 => Err(DirectoryError::NotFound),
        _ => Ok(()),
    }
}

pub(super) async fn delete_group(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    id: &GroupId,
) -> Result<bool, DirectoryError> {
    delete(db, DELETE_GROUP, connection, id.as_str()).await
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
    let active = resource.attributes().get("active");
    let origin = match user.origin {
        Origin::Provisioned => "provisioned",
        Origin::JustInTime => "just-in-time",
    };
    let statement = bind_record(statement, connection, user.record())?;
    Ok(statement
        .bind(fold(resource.user_name().unwrap_or_default()))
        .bind(active.and_then(serde_json::Value::as_bool))
        .bind(origin))
}

/// The only thing of a replaced user that another may have is the name.
fn taken(error: sqlx::Error) -> DirectoryError {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => DirectoryError::UserNameTaken,
        _ => failed(error),
    }
}

pub(super) const INSERT_USER: &str = "INSERT INTO users (connection, id, display_name,
    display_name_key, external_id, created, modified, version, resource, user_name_key, active, origin)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (connection, user_name_key) DO NOTHING";

/// What does not change is there once more, so that all statements bind alike.
pub(super) const REPLACE_USER: &str = "UPDATE users SET display_name = $3, display_name_key = $4,
    external_id = $5, created = $6, modified = $7, version = $8, resource = $9,
    user_name_key = $10, active = $11, origin = $12 WHERE connection = $1 AND id = $2";

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
