//! Members of groups, and groups of users: references by id, counted apart from other values, since a group may have
//! tens of thousands.

use std::collections::HashSet;

use serde_json::Value;
use serde_json::json;

use super::ScimError;
use super::dialect;
use super::filter::Node;
use super::filter::holds_for_element;
use super::json::named;
use super::limits;
use super::schema::Attribute;
use super::schema::ResourceKind;

/// A member as a client names it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MemberRef {
    /// The id of the member.
    pub id: String,
    /// Its kind, where the client names it; a store knows better.
    pub kind: Option<ResourceKind>,
}

/// A member as a store knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// The id of the member.
    pub id: String,
    /// Its kind.
    pub kind: ResourceKind,
    /// Its name for people to read.
    pub display: Option<String>,
}

/// A group that a user belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// The id of the group.
    pub id: String,
    /// Its name.
    pub display: Option<String>,
    /// True if the user is a member itself, false if it is a member of a group that is.
    pub direct: bool,
}

/// A filter for the members that go, where a client describes them by more than their ids.
#[derive(Clone, PartialEq, Debug)]
pub struct MemberFilter(pub(super) Node);

impl MemberFilter {
    /// True if the filter describes a member.
    pub fn matches(&self, member: &Member, base: &str) -> bool {
        holds_for_element(&self.0, &member.to_json(base))
    }
}

impl Member {
    pub(super) fn to_json(&self, base: &str) -> Value {
        reference(base, self.kind, &self.id, self.kind.name(), &self.display)
    }
}

impl GroupRef {
    pub(super) fn to_json(&self, base: &str) -> Value {
        let name = if self.direct { "direct" } else { "indirect" };
        reference(base, ResourceKind::Group, &self.id, name, &self.display)
    }
}

fn reference(
    base: &str,
    kind: ResourceKind,
    id: &str,
    name: &str,
    display: &Option<String>,
) -> Value {
    let mut json = json!({
        "value": id,
        "$ref": format!("{base}{}/{id}", kind.endpoint()),
        "type": name,
    });
    if let Some(display) = display {
        json["display"] = json!(display);
    }
    json
}

/// Reads the members that a value names, each once.
pub(super) fn members(attribute: &Attribute, value: Value) -> Result<Vec<MemberRef>, ScimError> {
    let elements = match dialect::value(attribute, value)? {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements,
        _ => return Err(ScimError::value("members", "an array")),
    };
    limits::check_count(elements.len(), limits::MEMBERS, "members in one request")?;
    let mut seen = HashSet::new();
    let mut members = Vec::with_capacity(elements.len());
    // Null is no value, and names nobody.
    let named = elements.iter().enumerate();
    for (index, element) in named.filter(|(_, element)| !element.is_null()) {
        let member = member(element).ok_or_else(|| {
            let expected = format!(
                "the id of a member in value, for number {} of them",
                index + 1
            );
            ScimError::value("members", expected)
        })?;
        if seen.insert(member.id.clone()) {
            members.push(member);
        }
    }
    Ok(members)
}

fn member(element: &Value) -> Option<MemberRef> {
    let part = |wanted: &str| named(element.as_object()?, wanted)?.as_str();
    let mut address = part("$ref").unwrap_or_default().rsplit('/');
    let (last, before) = (address.next(), address.next());
    let id = part("value").or(last.filter(|_| before.is_some()));
    let id = id.filter(|id| !id.is_empty() && id.len() <= ID_LENGTH)?;
    let by_address = || {
        let mut all = ResourceKind::ALL.into_iter();
        all.find(|kind| before.is_some_and(|before| kind.endpoint()[1..] == *before))
    };
    Some(MemberRef {
        id: id.to_owned(),
        kind: part("type")
            .and_then(ResourceKind::named)
            .or_else(by_address),
    })
}

/// Bytes of an id: ours are UUIDs, and a bulkId stands in their place for a while.
const ID_LENGTH: usize = 255;
