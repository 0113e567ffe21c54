//! Writing users and groups.

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde_json::json;

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
use crate::store::sqlite::Db;
use crate::store::sqlite::events;
use crate::store::sqlite::is_taken;
use crate::store::sqlite::micros;
use crate::store::sqlite::sessions;
use crate::store::sqlite::statement::column;
use crate::store::sqlite::statement::execute;
use crate::store::sqlite::statement::first;
use crate::store::sqlite::unknown_connection;

pub(super) fn insert_user(db: &Db, scope: &Scope, user: &UserRecord) -> Result<(), DirectoryError> {
    if user.record().resource.is_active() {
        take_seat(db, scope)?;
    }
    let connection = &scope.connection;
    let inserted = execute(
        db,
        INSERT_USER,
        params_from_iter(user_values(connection, user)?),
    )
    .map_err(|error| failed(unknown_connection(connection.as_str(), error)))?;
    if inserted == 0 {
        return Err(DirectoryError::UserNameTaken);
    }
    if is_first(db, connection)? {
        let begun = sessions::provisioning_begins(db, connection.as_str(), scope.now);
        begun.map_err(failed)?;
    }
    user_changed(db, connection, user)?;
    user_event(db, scope, EventKind::UserCreated, &user.id())
}

pub(super) fn replace_user(
    db: &Db,
    scope: &Scope,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let connection = &scope.connection;
    let values = (connection.as_str(), &user.record().id);
    let before = first(db, BEFORE, values, |row| Ok(row.try_into()?));
    let before: Option<(Option<bool>, Option<String>, Option<String>)> = before.map_err(failed)?;
    let (was_active, was, key) = before.ok_or(DirectoryError::NotFound)?;
    let was_active = was_active == Some(true);
    check_name(db, connection, user, key.as_deref())?;
    let is_active = user.record().resource.is_active();
    if is_active && !was_active {
        take_seat(db, scope)?;
    }
    execute(
        db,
        REPLACE_USER,
        params_from_iter(user_values(connection, user)?),
    )
    .map_err(taken)?;
    user_changed(db, connection, user)?;
    let id = user.id();
    let kind = match (was_active, is_active) {
        (true, false) => EventKind::UserDeactivated,
        (false, true) => EventKind::UserReactivated,
        _ => EventKind::UserUpdated,
    };
    user_event(db, scope, kind, &id)?;
    if kind == EventKind::UserDeactivated {
        end_all(db, scope, &id, EndReason::UserDeactivated)?;
    }
    let is = user.record().resource.external_id();
    match was.as_deref().zip(is) {
        Some((was, is)) if are_two_objects(was, is) => is_another_person(db, scope, &id),
        _ => Ok(()),
    }
}

/// Nobody else may have a name with the key of a new one. Users of an earlier version who share a key keep their names.
fn check_name(
    db: &Db,
    connection: &ConnectionId,
    user: &UserRecord,
    before: Option<&str>,
) -> Result<(), DirectoryError> {
    let key = user_name_key(user.record().resource.user_name().unwrap_or_default());
    if before == Some(key.as_str()) {
        return Ok(());
    }
    let values = (connection.as_str(), &user.record().id, key);
    let other: Option<i64> = first(db, NAME_TAKEN, values, column).map_err(failed)?;
    match other {
        None => Ok(()),
        Some(_) => Err(DirectoryError::UserNameTaken),
    }
}

/// Provisioning says that a user is another person of the identity provider than before: who was signed on as the user is not
/// that person, nor is who was tied to it.
fn is_another_person(db: &Db, scope: &Scope, user: &UserId) -> Result<(), DirectoryError> {
    end_all(db, scope, user, EndReason::AnotherPerson)?;
    let values = (scope.connection.as_str(), user.as_str());
    match execute(db, UNTIE, values).map_err(failed)? {
        0 => Ok(()),
        _ => user_event(db, scope, EventKind::UserUnlinked, user),
    }
}

/// One of the seats, if the connection counts them. Nothing has been written yet.
fn take_seat(db: &Db, scope: &Scope) -> Result<(), DirectoryError> {
    let Some(limit) = scope.rules.seats else {
        return Ok(());
    };
    match active_users(db, &scope.connection)? < u64::from(limit) {
        true => Ok(()),
        false => Err(DirectoryError::SeatsTaken { limit }),
    }
}

/// Whether the connection has this user alone.
fn is_first(db: &Db, connection: &ConnectionId) -> Result<bool, DirectoryError> {
    let users: Option<i64> = first(db, USERS, [connection.as_str()], column).map_err(failed)?;
    Ok(users == Some(1))
}

pub(super) fn active_users(db: &Db, connection: &ConnectionId) -> Result<u64, DirectoryError> {
    let active: Option<i64> =
        first(db, ACTIVE_USERS, [connection.as_str()], column).map_err(failed)?;
    u64::try_from(active.unwrap_or(0)).map_err(failed)
}

fn user_event(
    db: &Db,
    scope: &Scope,
    kind: EventKind,
    user: &UserId,
) -> Result<(), DirectoryError> {
    let event = Event {
        user: Some(user.as_str().to_owned()),
        ..Event::new(scope.connection.clone(), kind, scope.now)
    };
    events::append(db, &[event]).map_err(failed)
}

fn group_event(
    db: &Db,
    scope: &Scope,
    kind: EventKind,
    group: &GroupId,
) -> Result<(), DirectoryError> {
    let event = Event {
        group: Some(group.as_str().to_owned()),
        ..Event::new(scope.connection.clone(), kind, scope.now)
    };
    events::append(db, &[event]).map_err(failed)
}

/// Ends all sessions of a user.
fn end_all(db: &Db, scope: &Scope, user: &UserId, reason: EndReason) -> Result<(), DirectoryError> {
    let whose = sessions::of_user(&scope.connection, user);
    let ended = sessions::end(db, reason, scope.now, &whose);
    ended.map(drop).map_err(failed)
}

/// What is true after every write of a user, in the same transaction: the e-mail addresses are found by.
fn user_changed(
    db: &Db,
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let emails = user.record().resource.emails();
    let keys: Vec<String> = emails.into_iter().map(fold).collect();
    let (connection, id) = (connection.as_str(), &user.record().id);
    let json = json!(keys).to_string();
    execute(db, FORGET_EMAILS, (connection, id, json)).map_err(failed)?;
    // One by one: texts that come out of JSON end at their first NUL.
    for key in keys {
        execute(db, KEEP_EMAIL, (connection, id, key)).map_err(failed)?;
    }
    Ok(())
}

pub(super) fn delete_user(db: &Db, scope: &Scope, id: &UserId) -> Result<bool, DirectoryError> {
    end_all(db, scope, id, EndReason::UserDeleted)?;
    let deleted = delete(db, DELETE_USER, &scope.connection, id.as_str())?;
    if deleted {
        user_event(db, scope, EventKind::UserDeleted, id)?;
    }
    Ok(deleted)
}

pub(super) fn insert_group(
    db: &Db,
    scope: &Scope,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let connection = &scope.connection;
    let values = record_values(connection, group.record())?;
    execute(db, INSERT_GROUP, params_from_iter(values))
        .map_err(|error| failed(unknown_connection(connection.as_str(), error)))?;
    group_event(db, scope, EventKind::GroupCreated, &group.id())
}

/// A group that has other members alone was not updated: each of them has an event of its own.
pub(super) fn replace_group(
    db: &Db,
    scope: &Scope,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let connection = &scope.connection;
    let values = (connection.as_str(), &group.record().id);
    let before: Option<String> = first(db, GROUP_BEFORE, values, column).map_err(failed)?;
    let before = before.ok_or(DirectoryError::NotFound)?;
    let values = record_values(connection, group.record())?;
    execute(db, REPLACE_GROUP, params_from_iter(values)).map_err(failed)?;
    let after = serde_json::to_string(group.record().resource.attributes()).map_err(failed)?;
    match before == after {
        true => Ok(()),
        false => group_event(db, scope, EventKind::GroupUpdated, &group.id()),
    }
}

pub(super) fn delete_group(db: &Db, scope: &Scope, id: &GroupId) -> Result<bool, DirectoryError> {
    regroup::before_deletion(db, scope, id.as_str())?;
    let deleted = delete(db, DELETE_GROUP, &scope.connection, id.as_str())?;
    if deleted {
        group_event(db, scope, EventKind::GroupDeleted, id)?;
    }
    Ok(deleted)
}

fn delete(
    db: &Db,
    statement: &'static str,
    connection: &ConnectionId,
    id: &str,
) -> Result<bool, DirectoryError> {
    let deleted = execute(db, statement, (connection.as_str(), id));
    Ok(deleted.map_err(failed)? > 0)
}

/// The columns that users and groups share, `?1` to `?9`.
fn record_values(connection: &ConnectionId, record: &Record) -> Result<Vec<Value>, DirectoryError> {
    let resource = &record.resource;
    let json = serde_json::to_string(resource.attributes()).map_err(failed)?;
    let display = resource.display_name();
    Ok(vec![
        connection.as_str().to_owned().into(),
        record.id.clone().into(),
        display.map(str::to_owned).into(),
        display.map(fold).into(),
        resource.external_id().map(str::to_owned).into(),
        micros(record.created).into(),
        micros(record.last_modified).into(),
        i64::try_from(record.version.0).map_err(failed)?.into(),
        json.into(),
    ])
}

/// The columns of users, `?1` to `?13`.
fn user_values(connection: &ConnectionId, user: &UserRecord) -> Result<Vec<Value>, DirectoryError> {
    let resource = &user.record().resource;
    let name = resource.user_name().unwrap_or_default();
    let origin = match user.origin {
        Origin::Provisioned => "provisioned",
        Origin::JustInTime => "just-in-time",
    };
    let mut values = record_values(connection, user.record())?;
    values.extend([
        fold(name).into(),
        resource.is_active().into(),
        origin.to_owned().into(),
        user_name_key(name).into(),
    ]);
    Ok(values)
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
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
    WHERE NOT EXISTS (SELECT 1 FROM users WHERE connection = ?1 AND name_key = ?13)
    ON CONFLICT (connection, user_name_key) DO NOTHING";

pub(super) const NAME_TAKEN: &str =
    "SELECT 1 FROM users WHERE connection = ?1 AND id <> ?2 AND name_key = ?3 LIMIT 1";

/// What does not change is there once more, so that all statements bind alike.
pub(super) const REPLACE_USER: &str = "UPDATE users SET display_name = ?3, display_name_key = ?4,
    external_id = ?5, created = ?6, modified = ?7, version = ?8, resource = ?9,
    user_name_key = ?10, active = ?11, origin = ?12, name_key = ?13 WHERE connection = ?1 AND id = ?2";

pub(super) const BEFORE: &str =
    "SELECT active, external_id, name_key FROM users WHERE connection = ?1 AND id = ?2";

const UNTIE: &str = "DELETE FROM links
    WHERE user_seq = (SELECT seq FROM users WHERE connection = ?1 AND id = ?2)";

const USERS: &str = "SELECT users FROM directory_counts WHERE connection = ?1";

const ACTIVE_USERS: &str = "SELECT active_users FROM directory_counts WHERE connection = ?1";

const GROUP_BEFORE: &str = "SELECT resource FROM groups WHERE connection = ?1 AND id = ?2";

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
