//! Writing users and groups.

use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::DirectoryRow;
use crate::directory::GroupRecord;
use crate::directory::Put;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::scim::fold;
use crate::store::postgres::conn::Conn;
use crate::store::postgres::error::unknown_connection;
use crate::store::postgres::fault::failed;
use crate::store::postgres::query::Query as _;
use crate::store::postgres::query::values;
use crate::store::postgres::session_deletion::ids;
use crate::store::records::Cause;
use crate::store::records::micros;
use crate::store::records::record_values;
use crate::store::records::user_values;

pub(super) async fn put_user(
    conn: &mut Conn,
    connection: &ConnectionId,
    user: &UserRecord,
    how: Put,
) -> Result<(), DirectoryError> {
    let values = user_values(connection, user).map_err(failed)?;
    let statement = match how {
        Put::New => INSERT_USER,
        Put::Changed => REPLACE_USER,
    };
    let put = conn.execute(statement, &values).await;
    let put = put.map_err(|cause| failed(unknown_connection(connection.as_str(), cause)))?;
    if put == 0 {
        return Err(match how {
            Put::New => DirectoryError::UserNameTaken,
            Put::Changed => not_replaced(conn, connection, user).await.map_err(failed)?,
        });
    }
    keep_emails(conn, connection, user, how)
        .await
        .map_err(failed)
}

/// The reason that no user was replaced. A statement that fails would undo the transaction, so the name is asked for beforehand.
async fn not_replaced(
    conn: &mut Conn,
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<DirectoryError, Cause> {
    let whose = values![connection.as_str(), user.record().id.as_str()];
    Ok(match conn.truth(IS_THERE, &whose).await? {
        true => DirectoryError::UserNameTaken,
        false => DirectoryError::NotFound,
    })
}

/// Keeps the e-mail addresses that a user is found by, in the transaction of each write.
async fn keep_emails(
    conn: &mut Conn,
    connection: &ConnectionId,
    user: &UserRecord,
    how: Put,
) -> Result<(), Cause> {
    let emails = user.record().resource.emails();
    let keys: Vec<String> = emails.into_iter().map(fold).collect();
    let has_some = !keys.is_empty();
    let values = values![connection.as_str(), user.record().id.as_str(), keys];
    if how == Put::Changed {
        conn.execute(FORGET_EMAILS, &values).await?;
    }
    if has_some {
        conn.execute(KEEP_EMAILS, &values).await?;
    }
    Ok(())
}

pub(super) async fn remove(
    conn: &mut Conn,
    connection: &ConnectionId,
    row: &DirectoryRow,
) -> Result<bool, Cause> {
    let (statement, id) = match row {
        DirectoryRow::User(id) => (DELETE_USER, id.as_str()),
        DirectoryRow::Group(id) => (DELETE_GROUP, id.as_str()),
        DirectoryRow::Tie(user) => (UNTIE, user.as_str()),
    };
    let values = values![connection.as_str(), id];
    Ok(conn.execute(statement, &values).await? > 0)
}

pub(super) async fn require_proof(
    conn: &mut Conn,
    connection: &ConnectionId,
    users: &[UserId],
    since: Timestamp,
) -> Result<(), Cause> {
    let values = values![connection.as_str(), ids(users), micros(since)];
    conn.execute(REQUIRE_PROOF, &values).await?;
    Ok(())
}

pub(super) async fn put_group(
    conn: &mut Conn,
    connection: &ConnectionId,
    group: &GroupRecord,
    how: Put,
) -> Result<(), DirectoryError> {
    let values = record_values(connection, group.record()).map_err(failed)?;
    let statement = match how {
        Put::New => INSERT_GROUP,
        Put::Changed => REPLACE_GROUP,
    };
    let put = conn.execute(statement, &values).await;
    match put.map_err(|cause| failed(unknown_connection(connection.as_str(), cause)))? {
        0 => Err(DirectoryError::NotFound),
        _ => Ok(()),
    }
}

const INSERT_USER: &str = "INSERT INTO users (connection, id, display_name,
    display_name_key, external_id, created, modified, version, resource, user_name_key, active, origin, name_key)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (connection, user_name_key) DO NOTHING";

/// Sets columns that do not change too, so that all statements bind alike.
const REPLACE_USER: &str = "UPDATE users SET display_name = $3, display_name_key = $4,
    external_id = $5, created = $6, modified = $7, version = $8, resource = $9,
    user_name_key = $10, active = $11, origin = $12, name_key = $13 WHERE connection = $1 AND id = $2
    AND NOT EXISTS (SELECT 1 FROM users AS o WHERE o.connection = $1 AND o.user_name_key = $10 AND o.id <> $2)";

const IS_THERE: &str =
    "SELECT EXISTS (SELECT 1 FROM users WHERE connection = $1 AND id = $2) AS truth";

const UNTIE: &str = "DELETE FROM links
    WHERE user_seq = (SELECT seq FROM users WHERE connection = $1 AND id = $2)";

const REQUIRE_PROOF: &str = "UPDATE users SET authn_since = greatest(authn_since, $3)
    WHERE connection = $1 AND id = ANY ($2)";

const DELETE_USER: &str = "DELETE FROM users WHERE connection = $1 AND id = $2";

const FORGET_EMAILS: &str = "DELETE FROM user_emails
    WHERE user_seq = (SELECT seq FROM users WHERE connection = $1 AND id = $2)
    AND email_key <> ALL ($3)";

const KEEP_EMAILS: &str = "INSERT INTO user_emails (connection, email_key, user_seq)
    SELECT $1, j.email_key, u.seq FROM users AS u, unnest($3::text[]) AS j (email_key)
    WHERE u.connection = $1 AND u.id = $2 ON CONFLICT DO NOTHING";

const INSERT_GROUP: &str = "INSERT INTO groups (connection, id, display_name, display_name_key,
    external_id, created, modified, version, resource)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const REPLACE_GROUP: &str = "UPDATE groups SET display_name = $3, display_name_key = $4,
    external_id = $5, created = $6, modified = $7, version = $8, resource = $9
    WHERE connection = $1 AND id = $2";

const DELETE_GROUP: &str = "DELETE FROM groups WHERE connection = $1 AND id = $2";
