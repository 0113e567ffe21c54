//! A query for a list, with its order and its cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::cursor::Cursor;
use super::sort::Sort;
use super::sort::SortKey;
use crate::scim::filter::Filter;
use crate::scim::projection::Projection;

/// A query, resolved against one resource type.
#[derive(Clone, PartialEq, Debug)]
pub struct ListQuery {
    /// The filter that resources must meet.
    pub filter: Option<Filter>,
    /// The order; by `id` where there is none, so that pages fit together.
    pub(crate) sort: Option<Sort>,
    /// The part of them to return.
    pub(crate) page: Page,
    /// The attributes of each to return.
    pub(crate) projection: Projection,
    pub(super) fingerprint: u64,
}

/// A part of the resources that match.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Page {
    /// By position (RFC 7644 §3.4.2.4).
    Index {
        /// The first position, from 1.
        start_index: u64,
        /// The most resources to return; 0 asks for their number alone.
        count: usize,
    },
    /// By cursor (RFC 9865).
    Cursor {
        /// The position of the resource before the page; `None` for the first page.
        after: Option<Cursor>,
        /// The most resources to return.
        count: usize,
    },
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
