//! Lists (RFC 7644 §3.4.2, §3.4.3 and RFC 9865): what a query asks for, from an address or from `POST /.search`, and the
//! answer to it.

mod cursor;
mod parameters;
mod sort;
#[cfg(test)]
mod tests;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

pub use self::cursor::Cursor;
pub use self::parameters::PageLimits;
pub use self::parameters::Parameters;
pub use self::parameters::SEARCH_REQUEST;
pub use self::sort::Sort;
pub use self::sort::SortKey;
use super::filter::Filter;
use super::projection::Projection;

/// The schema of the answer to a query.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A query, resolved against one resource type.
#[derive(Clone, PartialEq, Debug)]
pub struct ListQuery {
    /// Which resources.
    pub filter: Option<Filter>,
    /// In which order; by `id` where there is none, so that pages fit together.
    pub sort: Option<Sort>,
    /// Which part of them.
    pub page: Page,
    /// What of each.
    pub projection: Projection,
    fingerprint: u64,
}

/// Which part of the resources that match.
#[derive(Clone, PartialEq, Debug)]
pub enum Page {
    /// By position (RFC 7644 §3.4.2.4).
    Index {
        /// The first position, from 1.
        start_index: u64,
        /// How many at most; 0 asks for their number alone.
        count: usize,
    },
    /// By cursor (RFC 9865).
    Cursor {
        /// After which resource; `None` for the first page.
        after: Option<Cursor>,
        /// How many at most.
        count: usize,
    },
}

/// The answer to a query.
#[derive(Clone, PartialEq)]
pub struct ListResponse {
    /// How many resources match, on all pages. With cursors it may be left out (RFC 9865 §2).
    pub total_results: Option<u64>,
    /// Those on this page.
    pub resources: Vec<Map<String, Value>>,
    /// Where this page is.
    pub place: PagePosition,
}

/// Where a page is.
#[derive(Clone, PartialEq, Debug)]
pub enum PagePosition {
    /// Its first position, from 1.
    Index(u64),
    /// The cursor of the next page; `None` on the last.
    Cursor(Option<String>),
}

impl ListResponse {
    /// The body. `Resources` is there even if it is empty: Entra's connection test looks for it.
    pub fn to_json(self) -> Value {
        let mut body = json!({
            "schemas": [LIST_RESPONSE],
            "itemsPerPage": self.resources.len(),
        });
        if let Some(total) = self.total_results {
            body["totalResults"] = json!(total);
        }
        match self.place {
            PagePosition::Index(start_index) => body["startIndex"] = json!(start_index),
            PagePosition::Cursor(Some(next)) => body["nextCursor"] = json!(next),
            PagePosition::Cursor(None) => {}
        }
        let resources = self.resources.into_iter().map(Value::Object);
        body["Resources"] = Value::Array(resources.collect());
        body
    }
}
