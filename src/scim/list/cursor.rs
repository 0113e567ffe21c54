//! Cursors (RFC 9865): a place in the order of a query. It is the place of a resource, not of a page: whatever comes and
//! goes in the meantime, the walk goes on behind it, and a resource that was there throughout is met once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::sort::SortKey;
use crate::scim::limits;

/// A place in the order of a query. Nobody vouches for it: it says where to go on, never what may be read.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Cursor {
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
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let value: Value = serde_json::from_slice(&bytes).ok()?;
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
