//! An event as stores and JSON have it: kind, ids and other fields by their names.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

/// An event whose fields nobody has looked at yet: see [`Event::to_raw`](super::Event::to_raw).
/// [`Event::of_raw`](super::Event::of_raw) never fails: what it cannot read stays
/// [`Happened::Unknown`](super::Happened::Unknown).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RawEvent {
    /// The name of the kind.
    pub kind: String,
    /// The id of the user that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// The id of the group that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// The handle of the session that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<String>,
    /// The text of earlier versions in place of fields. Rows of this version have none; JSON has it for readers who know no
    /// fields.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The other fields. None of them is called like a key of the object around it: `id`, `at`, `connection`, `user_name`,
    /// `group_name` or `text`.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}
