//! Writing users and groups.

use jiff::Timestamp;
use rusqlite::params_from_iter;
use serde_json::json;

use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::DirectoryRow;
use crate::directory::GroupRecord;
use crate::directory::Put;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::scim::fold;
use crate::store::records::Cause;
use crate::store::records::failed;
use crate::store::records::micros;
use crate::store::records::record_values;
use crate::store::records::user_values;
use crate::store::sqlite::Db;
use crate::store::sqlite::error::is_taken;
use crate::store::sqlite::error::unknown_connection;
use crate::store::sqlite::statement::execute;

pub(super) fn put_user(
    db: &Db,
    connection: &ConnectionId,
    user: &UserRecord,
    how: Put,
) -> Result<(), DirectoryError> {
    let values = user_values(connection, user).map_err(failed)?;
    let values = params_from_iter(&values);
    let (rows, none) = match how {
        Put::New => {
            let inserted = execute(db, INSERT_USER, values);
            let unknown = |error| failed(unknown_connection(connection.as_str(), error));
            (inserted.map_err(unknown)?, DirectoryError::UserNameTaken)
        }
        Put::Changed => {
            let replaced = execute(db, REPLACE_USER, values).map_err(taken)?;
            (replaced, DirectoryError::NotFound)
        }
    };
    match rows {
        0 => Err(none),
        _ => keep_emails(db, connection, user, how),
    }
}

/// Keeps the e-mail addresses that a user is found by, in the transaction of each write.
fn keep_emails(
    db: &Db,
    connection: &ConnectionId,
    user: &UserRecord,
    how: Put,
) -> Result<(), DirectoryError> {
    let emails = user.record().resource.emails();
    let keys: Vec<String> = emails.into_iter().map(fold).collect();
    let (connection, id) = (connection.as_str(), &user.record().id);
    if how == Put::Changed {
        let json = json!(keys).to_string();
        execute(db, FORGET_EMAILS, (connection, id, json)).map_err(failed)?;
    }
    // One by one: texts that come out of JSON end at their first NUL.
    for key in keys {
        execute(db, KEEP_EMAIL, (connection, id, key)).map_err(failed)?;
    }
    Ok(())
}

pub(super) fn remove(
    db: &Db,
    connection: &ConnectionId,
    row: &DirectoryRow,
) -> Result<bool, Cause> {
    let (statement, id) = match row {
        DirectoryRow::User(id) => (DELETE_USER, id.as_str()),
        DirectoryRow::Group(id) => (DELETE_GROUP, id.as_str()),
        DirectoryRow::Tie(user) => (UNTIE, user.as_str()),
    };
    Ok(execute(db, statement, (connection.as_str(), id))? > 0)
}

pub(super) fn require_proof(
    db: &Db,
    connection: &ConnectionId,
    users: &[UserId],
    since: Timestamp,
) -> Result<(), DirectoryError> {
    let users = json!(users).to_string();
    let values = (connection.as_str(), users, micros(since));
    execute(db, REQUIRE_PROOF, values).map_err(failed)?;
    Ok(())
}

pub(super) fn put_group(
    db: &Db,
    connection: &ConnectionId,
    group: &GroupRecord,
    how: Put,
) -> Result<(), DirectoryError> {
    let values = record_values(connection, group.record()).map_err(failed)?;
    let statement = match how {
        Put::New => INSERT_GROUP,
        Put::Changed => REPLACE_GROUP,
    };
    let put = execute(db, statement, params_from_iter(&values));
    match put.map_err(|error| failed(unknown_connection(connection.as_str(), error)))? {
        0 => Err(DirectoryError::NotFound),
        _ => Ok(()),
    }
}

/// The only thing of a replaced user that another may have is the name.
fn taken(error: rusqlite::Error) -> DirectoryError {
    match is_taken(&error) {
        true => DirectoryError::UserNameTaken,
        false => failed(error),
    }
}

pub(super) const INSERT_USER: &str = "INSERT INTO users (connection, id, display_name,
    display_name_key, external_id, created, modified, version, resource, user_name_key, active, origin, name_key)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (connection, user_name_key) DO NOTHING";

/// Sets columns that do not change too, so that all statements bind alike.
pub(super) const REPLACE_USER: &str = "UPDATE users SET display_name = ?3, display_name_key = ?4,
    external_id = ?5, created = ?6, modified = ?7, version = ?8, resource = ?9,
    user_name_key = ?10, active = ?11, origin = ?12, name_key = ?13 WHERE connection = ?1 AND id = ?2";

const UNTIE: &str = "DELETE FROM links
    WHERE user_seq = (SELECT seq FROM users WHERE connection = ?1 AND id = ?2)";

pub(super) const REQUIRE_PROOF: &str =
    "UPDATE users SET authn_since = max(coalesce(authn_since, ?3), ?3)
    WHERE connection = ?1 AND id IN (SELECT value FROM json_each(?2))";

pub(super) const DELETE_USER: &str = "DELETE FROM users WHERE connection = ?1 AND id = ?2";

pub(super) const FORGET_EMAILS: &str = "DELETE FROM user_emails
    WHERE user_seq = (SELECT seq FROM users WHERE connection = ?1 AND id = ?2)
    AND email_key NOT IN (SELECT value FROM json_each(?3))";

const KEEP_EMAIL: &str = "INSERT INTO user_emails (connection, email_key, user_seq)
    SELECT ?1, ?3, seq FROM users WHERE connection = ?1 AND id = ?2 ON CONFLICT DO NOTHING";

const INSERT_GROUP: &str = "INSERT INTO groups (connection, id, display_name, display_name_key,
    external_id, created, modified, version, resource)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(super) const REPLACE_GROUP: &str = "UPDATE groups SET display_name = ?3, display_name_key = ?4,
    external_id = ?5, created = ?6, modified = ?7, version = ?8, resource = ?9
    WHERE connection = ?1 AND id = ?2";

pub(super) const DELETE_GROUP: &str = "DELETE FROM groups WHERE connection = ?1 AND id = ?2";
