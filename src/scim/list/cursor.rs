//! Cursors (RFC 9865): a place in the order of a query. It is the place of a resource, not of a page: whatever comes and
//! goes in the meantime, the walk goes on behind it, and a resource that was there throughout is met once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::ListQuery;
use super::SortKey;
use crate::scim::limits;

/// A place in the order of a query. Nobody vouches for it: it says where to go on, never what may be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Cursor {
    /// The value of the last resource that was met, in a query that is sorted.
    pub key: SortKey,
    /// Its id.
    pub id: String,
}

impl Cursor {
    /// Reads a cursor; `None` if it is none of ours, or of another query.
    pub(super) fn parse(text: &str, fingerprint: u64) -> Option<Cursor> {
        if text.len() > limits::CURSOR_LENGTH {
            return None;
        }
        let octets = URL_SAFE_NO_PAD.decode(text).ok()?;
        let value: Value = serde_json::from_slice(&octets).ok()?;
        let [query, key, id] = value.as_array()?.as_slice() else {
            return None;
        };
        (query.as_u64() == Some(fingerprint)).then_some(())?;
        Some(Cursor {
            key: SortKey::from_json(key)?,
            id: id.as_str()?.to_owned(),
        })
    }
}

impl ListQuery {
    /// The cursor behind a resource, the last one of a page: characters that an address needs not escape.
    pub fn cursor_behind(&self, document: &Map<String, Value>) -> String {
        let key = self
            .sort
            .as_ref()
            .map_or(SortKey::Missing, |sort| sort.key(document));
        let id = document
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let key = shortened(key);
        let value = json!([self.fingerprint, key.to_json(), id]);
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// True if a resource comes behind a cursor, in the order of the query.
    pub fn is_behind(&self, document: &Map<String, Value>, cursor: &Cursor) -> bool {
        let id = document
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(sort) = &self.sort else {
            return id > cursor.id.as_str();
        };
        let key = shortened(sort.key(document));
        sort.compare_keys(&key, id, &cursor.key, &cursor.id).is_gt()
    }
}

/// A long text would make a cursor that no address can hold.
fn shortened(key: SortKey) -> SortKey {
    match key {
        SortKey::Text(text) if text.chars().nth(KEY_LENGTH).is_some() => {
            SortKey::Text(text.chars().take(KEY_LENGTH).collect())
        }
        key => key,
    }
}

/// Characters of a text by which a walk is sorted; two texts that agree in all of these stand in the order of their ids.
const KEY_LENGTH: usize = 256;
