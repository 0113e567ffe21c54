//! A query for a list, with its order and its cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::json;

use super::sort::Sort;
use crate::scim::filter::Filter;
use crate::scim::limits;
use crate::scim::projection::Projection;

/// A query, resolved against one resource type.
#[derive(Clone, PartialEq, Debug)]
pub struct ListQuery {
    /// The filter that resources must meet.
    pub filter: Option<Filter>,
    /// The order; by `id` where there is none, so that pages fit together.
    pub(crate) sort: Option<Sort>,
    pub(crate) page: Page,
    pub(crate) projection: Projection,
    pub(super) fingerprint: u64,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Page {
    /// By position (RFC 7644 §3.4.2.4).
    Index {
        /// The first position, from 1.
        start_index: u64,
        /// The most resources to return; 0 asks for their number alone.
        count: usize,
        /// The end of the page before, where it is remembered. No client says it.
        behind: Option<PageEnd>,
    },
    /// By cursor (RFC 9865), in the order of ids.
    Cursor {
        /// The id of the resource before the page; `None` for the first page.
        after: Option<String>,
        /// The most resources to return.
        count: usize,
    },
}

/// The end of a page by number in a list in the order of ids: the next page begins behind it, whatever has come and gone before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PageEnd {
    /// The id of the last resource on the page.
    pub id: String,
    /// The length of the list, where it was counted a short while ago.
    pub total: Option<u64>,
}

impl ListQuery {
    /// Tells this query from others: by the type, the filter as it was written, and the order.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The cursor behind the resource of an id, the last one of a page: characters that an address needs not escape. It is
    /// the place of a resource, not of a page: whatever comes and goes in the meantime, a walk goes on behind it, and meets a
    /// resource that was there throughout once.
    pub fn cursor_behind(&self, id: &str) -> String {
        // An earlier version kept a value to sort by in the middle, and read no cursor without.
        URL_SAFE_NO_PAD.encode(json!([self.fingerprint, {}, id]).to_string())
    }
}

/// The id in a cursor; `None` if it is none of ours, or of another query. Nobody vouches for it: it says where to go on, never
/// what may be read.
pub(super) fn place(cursor: &str, fingerprint: u64) -> Option<String> {
    if cursor.len() > limits::CURSOR_LENGTH {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    match value.as_array()?.as_slice() {
        [query, _, id] if query.as_u64() == Some(fingerprint) => Some(id.as_str()?.to_owned()),
        _ => None,
    }
}
