//! A change of a resource, and the data that it needs in its transaction.

use serde_json::Map;

use super::RequestContext;
use super::log;
use super::request::Conditions;
use crate::directory::Rules;
use crate::directory::View;
use crate::provisioning::LogEntry;
use crate::scim::Draft;
use crate::scim::PatchRequest;
use crate::scim::Record;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::scim::ScimError;

/// A change to a resource.
#[derive(Clone)]
pub(super) enum Write {
    Create(Draft),
    Replace(Draft),
    Patch(PatchRequest),
    Delete,
}

/// The data that a change needs in its transaction.
#[derive(Clone)]
pub(super) struct WriteContext {
    pub(super) view: View,
    pub(super) rules: Rules,
    pub(super) occasion: RequestContext,
    pub(super) conditions: Conditions,
    pub(super) entry: LogEntry,
}

impl WriteContext {
    pub(super) fn of(&self, kind: ResourceKind) -> &ResourceType {
        self.view.schemas().resource_type(kind)
    }

    /// The entry that goes into the log with the change.
    pub(super) fn logged(&self, record: &Record, status: u16, changed: Vec<String>) -> LogEntry {
        log::done(&self.entry, record, status, changed, &self.occasion)
    }
}

/// The status of a change of a group by PATCH, whose members nobody wants to read back; a user comes with its status.
pub(super) fn patch_status(kind: ResourceKind) -> u16 {
    match kind {
        ResourceKind::User => 200,
        ResourceKind::Group => 204,
    }
}

/// The attributes that a new resource has.
pub(super) fn all_attributes(draft: &Draft, of: &ResourceType) -> Result<Vec<String>, ScimError> {
    let nothing = Resource::restored(of.kind(), Map::new());
    Ok(draft.replacing(&nothing, of)?.changed)
}
