//! Lists (RFC 7644 §3.4.2, §3.4.3 and RFC 9865): what a query asks for, from an address or from `POST /.search`, and the
//! answer to it.

mod parameters;
mod query;
mod sort;
#[cfg(test)]
mod tests;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

pub use self::parameters::PageLimits;
pub use self::parameters::Parameters;
pub(crate) use self::parameters::SEARCH_REQUEST;
pub use self::query::ListQuery;
pub(crate) use self::query::Page;
pub(crate) use self::query::PageEnd;
pub(crate) use self::sort::Sort;

pub(crate) const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

#[derive(Clone, PartialEq)]
pub(crate) struct ListResponse {
    /// The number of resources that match, on all pages. With cursors it may be left out (RFC 9865 §2).
    pub total_results: Option<u64>,
    /// Those on this page.
    pub resources: Vec<Map<String, Value>>,
    /// The position of this page.
    pub place: PagePosition,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum PagePosition {
    /// Its first position, from 1.
    Index(u64),
    /// The cursor of the next page; `None` on the last.
    Cursor(Option<String>),
}

impl ListResponse {
    /// The body. `Resources` is there even if it is empty: Entra's connection test looks for it.
    pub(crate) fn into_json(self) -> Value {
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
