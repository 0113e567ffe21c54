//! Copies of connections that were removed.

use jiff::Timestamp;
use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;
use serde_json::Map;
use serde_json::Value as Json;

use super::Db;
use super::statement::all;
use super::statement::column;
use super::statement::execute;
use super::statement::value;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::store::records::Cause;
use crate::store::records::KEPT_TABLES;
use crate::store::records::Value;
use crate::store::records::adapted_row;
use crate::store::records::from_json;
use crate::store::records::micros;
use crate::store::records::read_kept_connection;
use crate::store::records::to_json;

/// The copies of all connections, the latest first.
pub(super) fn all_copies(db: &Db) -> Result<Vec<KeptConnection>, Cause> {
    all(db, ALL, [], |row| read_kept_connection(row))
}

/// The copies of a connection, the latest first.
pub(super) fn copies(db: &Db, id: &ConnectionId) -> Result<Vec<KeptConnection>, Cause> {
    all(db, OF_ONE, [id.as_str()], |row| read_kept_connection(row))
}

/// Keeps a copy of a connection, if it is there.
pub(super) fn keep(
    db: &Db,
    id: &ConnectionId,
    now: Timestamp,
) -> Result<Option<KeptConnection>, Cause> {
    if !value(db, IS_THERE, [id.as_str()])? {
        return Ok(None);
    }
    let number: i64 = value(db, KEEP, (id.as_str(), micros(now)))?;
    for (table, own) in KEPT_TABLES {
        let mut statement = db.prepare(&format!("SELECT * FROM {table} WHERE {own}"))?;
        let names = statement.column_names();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([id.as_str()])?;
        while let Some(row) = rows.next()? {
            let mut content = Map::new();
            for (place, name) in names.iter().enumerate() {
                content.insert(name.clone(), to_json(&kept_value(row.get_ref(place)?)));
            }
            let content = Json::Object(content).to_string();
            execute(db, KEEP_ROW, (number, table, content))?;
        }
    }
    Ok(copies(db, id)?.into_iter().next())
}

/// Puts the rows of a copy back under an id. The numbers of users and groups are given to nobody else, so that
/// references between the rows hold.
pub(super) fn put(db: &Db, kept: &KeptConnection, as_id: &ConnectionId) -> Result<(), Cause> {
    let number = i64::try_from(kept.number)?;
    for (table, _) in KEPT_TABLES {
        let known = all(db, COLUMNS, [table], column::<String>)?;
        let mut statement = db.prepare(ROWS)?;
        let mut rows = statement.query((number, table))?;
        while let Some(row) = rows.next()? {
            let content = serde_json::from_str(row.get_ref(0)?.as_str()?)?;
            put_row(db, table, &known, content, as_id)?;
        }
    }
    Ok(())
}

/// Removes a copy.
pub(super) fn forget_one(db: &Db, kept: &KeptConnection) -> Result<(), Cause> {
    execute(db, FORGET_ONE, [i64::try_from(kept.number)?])?;
    Ok(())
}

fn put_row(
    db: &Db,
    table: &str,
    known: &[String],
    content: Map<String, Json>,
    as_id: &ConnectionId,
) -> Result<(), Cause> {
    let content = adapted_row(table, known, content, as_id);
    let names: Vec<&str> = content.keys().map(String::as_str).collect();
    let places = vec!["?"; names.len()].join(", ");
    // A trigger has made the row of a group's object already.
    let statement = format!(
        "INSERT OR {} INTO {table} ({}) VALUES ({places})",
        if table == "group_objects" {
            "IGNORE"
        } else {
            "ABORT"
        },
        names.join(", ")
    );
    let values: Result<Vec<Value>, Cause> = content.values().map(from_json).collect();
    execute(db, &statement, params_from_iter(values?))?;
    Ok(())
}

fn kept_value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        // No table has one.
        ValueRef::Real(number) => number.to_string().into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        ValueRef::Blob(bytes) => bytes.to_vec().into(),
    }
}

/// Removes the copies of a connection; says whether there was one.
pub(super) fn forget(db: &Db, id: &ConnectionId) -> Result<bool, Cause> {
    Ok(execute(db, FORGET_COPIES, [id.as_str()])? > 0)
}

/// Removes copies from before a moment that have no rows left.
pub(super) fn forget_heads(db: &Db, before: Timestamp) -> Result<u64, Cause> {
    Ok(execute(db, FORGET_HEADS, [micros(before)])? as u64)
}

const ALL: &str = "SELECT id, connection, removed, users, groups, tokens FROM kept_connections
    ORDER BY id DESC";

const OF_ONE: &str = "SELECT id, connection, removed, users, groups, tokens FROM kept_connections
    WHERE connection = ?1 ORDER BY id DESC";

const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM connections WHERE id = ?1)";

const KEEP: &str = "INSERT INTO kept_connections (connection, removed, users, groups, tokens)
    SELECT ?1, ?2, (SELECT count(*) FROM users WHERE connection = ?1),
        (SELECT count(*) FROM groups WHERE connection = ?1),
        (SELECT count(*) FROM scim_credentials
            WHERE connection = ?1 AND revoked IS NULL AND expires > ?2)
    RETURNING id";

const KEEP_ROW: &str = "INSERT INTO kept_rows (kept, origin, content) VALUES (?1, ?2, ?3)";

const ROWS: &str = "SELECT content FROM kept_rows WHERE kept = ?1 AND origin = ?2 ORDER BY seq";

const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1)";

const FORGET_ONE: &str = "DELETE FROM kept_connections WHERE id = ?1";

const FORGET_COPIES: &str = "DELETE FROM kept_connections WHERE connection = ?1";

/// Rows of copies go in batches, and their heads once they have none.
pub(super) const FORGET_ROWS: &str = "DELETE FROM kept_rows WHERE seq IN
    (SELECT seq FROM kept_rows JOIN kept_connections ON id = kept WHERE removed <= ?1 LIMIT ?2)";

const FORGET_HEADS: &str = "DELETE FROM kept_connections WHERE removed <= ?1
    AND NOT EXISTS (SELECT 1 FROM kept_rows WHERE kept = id)";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::scim::user_name_key;
    use crate::store::sqlite::migrations;

    /// Sessions and access tokens must not come back, and triggers count anew.
    const LEFT_OUT: [&str; 4] = [
        "sessions",
        "pending_requests",
        "directory_counts",
        "scim_access_tokens",
    ];

    /// A migration that adds a table of a connection decides here whether it is kept.
    #[test]
    fn every_table_of_a_connection_is_kept_or_named_as_left_out() {
        let db = Db::open_in_memory().unwrap();
        migrations::run(&db).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let tables = all(&db, tables, [], column::<String>).unwrap();
        let mut decided: BTreeSet<&str> = KEPT_TABLES.iter().map(|(table, _)| *table).collect();
        decided.extend(LEFT_OUT);
        for table in tables {
            let references = "SELECT \"table\" FROM pragma_foreign_key_list(?1)";
            let references = all(&db, references, [&table], column::<String>).unwrap();
            let is_own = references.iter().any(|to| decided.contains(to.as_str()));
            assert!(!is_own || decided.contains(table.as_str()), "{table}");
        }
    }

    #[test]
    fn a_row_of_another_version_is_put_without_what_the_table_lacks() {
        let db = Db::open_in_memory().unwrap();
        migrations::run(&db).unwrap();
        let known = |table: &str| all(&db, COLUMNS, [table], column::<String>).unwrap();
        let id = "acme".parse().unwrap();
        let put = |table: &str, content: Json| {
            let Json::Object(content) = content else {
                panic!("a row is an object");
            };
            put_row(&db, table, &known(table), content, &id).unwrap();
        };
        put("connections", json!({ "id": "old", "document": "{}" }));
        put(
            "users",
            json!({
                "seq": 7, "connection": "old", "id": "1", "user_name_key": "ada", "origin": "provisioned", "created": 1,
                "modified": 1, "version": 1, "resource": "{\"userName\":\"Ada\"}", "gone": "x",
            }),
        );
        let found: (String, String, i64) = db
            .query_row("SELECT connection, name_key, epoch FROM users", [], |row| {
                row.try_into()
            })
            .unwrap();
        assert_eq!(found, ("acme".to_owned(), user_name_key("Ada"), 0));
    }

    #[test]
    fn a_row_that_was_damaged_is_put_or_refused() {
        let db = Db::open_in_memory().unwrap();
        migrations::run(&db).unwrap();
        let id = "acme".parse().unwrap();
        execute(&db, "INSERT INTO connections VALUES ('acme', '{}')", []).unwrap();
        let whole = json!({
            "seq": 7, "connection": "acme", "id": "1", "user_name_key": "ada", "origin": "provisioned", "created": 1,
            "modified": 1, "version": 1, "resource": "{\"userName\":\"Ada\"}",
        });
        let known = all(&db, COLUMNS, ["users"], column::<String>).unwrap();
        let put = |content: &Map<String, Json>| {
            let put = put_row(&db, "users", &known, content.clone(), &id);
            execute(&db, "DELETE FROM users", []).unwrap();
            put.is_ok()
        };
        let whole = whole.as_object().unwrap();
        assert!(put(whole));
        for name in whole.keys() {
            let mut without = whole.clone();
            without.remove(name);
            assert!(!put(&without) || name != "resource");
            for odd in [json!(true), json!([1]), json!({ "base64": "?" })] {
                let mut damaged = whole.clone();
                damaged.insert(name.clone(), odd);
                let is_known = known.contains(name) && name != "connection";
                assert_eq!(put(&damaged), !is_known, "{name}");
            }
        }
    }

    #[test]
    fn values_come_back_as_they_were() {
        for value in [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Text("a\0\u{1f600}\"".to_owned()),
            Value::Bytes(vec![0, 255, 34]),
        ] {
            let json = to_json(&value).to_string();
            let back = from_json(&serde_json::from_str(&json).unwrap());
            assert_eq!(back.unwrap(), value);
        }
    }
}
