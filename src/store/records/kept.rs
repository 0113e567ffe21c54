//! Rows of connections that were removed: each row is kept as JSON by the names of its columns, so that another version of its table, and
//! another database, can take it back. The databases' own functions for JSON do not keep a NUL, so it is made and read here.

use openssl::base64;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

use super::Cause;
use super::Row;
use super::UnreadableRow;
use super::Value;
use crate::connection::ConnectionId;
use crate::connection::KEPT_FOR;
use crate::connection::KeptConnection;
use crate::scim::user_name_key;

/// The tables that are kept, those before that others refer to, and the condition for the rows of a connection.
pub(in crate::store) const KEPT_TABLES: [(&str, &str); 14] = [
    ("connections", "id = ?"),
    ("metadata_copies", OWN),
    ("metadata_refreshes", OWN),
    ("users", OWN),
    ("user_emails", OWN),
    // Before the groups, whose triggers add what is missing.
    ("group_objects", OWN),
    ("groups", OWN),
    ("group_users", OF_GROUPS),
    ("group_groups", OF_GROUPS),
    ("scim_credentials", OWN),
    ("links", OWN),
    ("last_sign_ons", OWN),
    ("provisioning_log", OWN),
    ("signed_on", OWN),
];

const OWN: &str = "connection = ?";

const OF_GROUPS: &str = "group_seq IN (SELECT seq FROM groups WHERE connection = ?)";

/// A row as it is put back into its table, by the names of its columns. A column that this version of the table lacks is left out; one
/// that the copy lacks gets its default.
pub(in crate::store) fn adapted_row(
    table: &str,
    known: &[String],
    mut content: Map<String, Json>,
    as_id: &ConnectionId,
) -> Map<String, Json> {
    let id = match table {
        "connections" => "id",
        _ => "connection",
    };
    if content.contains_key(id) {
        content.insert(id.to_owned(), json!(as_id));
    }
    if table == "users" {
        // Another version of Unicode makes other keys.
        let resource = content.get("resource").and_then(Json::as_str);
        let resource = resource.unwrap_or_default();
        let resource: Json = serde_json::from_str(resource).unwrap_or_default();
        let name = resource["userName"].as_str().unwrap_or_default();
        content.insert("name_key".to_owned(), json!(user_name_key(name)));
    }
    content.retain(|name, _| known.contains(name));
    content
}

pub(in crate::store) fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Boolean(truth) => json!(i64::from(*truth)),
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!({ "base64": base64::encode_block(bytes) }),
        #[cfg(feature = "postgres")]
        Value::Texts(texts) => json!(texts),
    }
}

pub(in crate::store) fn from_json(json: &Json) -> Result<Value, Cause> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::String(text) => text.clone().into(),
        Json::Number(number) => number.as_i64().ok_or(UNREADABLE)?.into(),
        other => {
            let bytes = other["base64"].as_str();
            base64::decode_block(bytes.ok_or(UNREADABLE)?)?.into()
        }
    })
}

pub(in crate::store) fn read_kept_connection(row: &impl Row) -> Result<KeptConnection, Cause> {
    let removed = row.moment("removed")?;
    Ok(KeptConnection {
        number: row.number("id")?,
        connection: row.text("connection")?.parse()?,
        removed,
        until: removed.saturating_add(KEPT_FOR)?,
        users: row.number("users")?,
        groups: row.number("groups")?,
        tokens: row.number("tokens")?,
    })
}

const UNREADABLE: UnreadableRow = UnreadableRow("kept_rows");
