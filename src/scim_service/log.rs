//! The entry of the provisioning log for a request.

use serde_json::Value;

use super::RequestContext;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::provisioning::logged_detail as detail;
pub(super) use crate::provisioning::logged_name as short;
use crate::scim::Filter;
use crate::scim::Indexed;
use crate::scim::Operator;
use crate::scim::Record;
use crate::scim::ResourceKind;
use crate::scim::ScimError;
use crate::scim::TermValue;

/// An entry before anything is known about the outcome.
pub(super) fn begun(
    context: &RequestContext,
    operation: LogOperation,
    resource_kind: Option<ResourceKind>,
) -> LogEntry {
    LogEntry {
        connection: context.caller.connection().clone(),
        at: context.now,
        credential: Some(context.caller.credential().clone()),
        operation,
        resource_kind,
        resource: None,
        subject: None,
        status: 0,
        scim_type: None,
        detail: None,
        changed: Vec::new(),
        overlooked: Vec::new(),
        request_id: Some(context.request_id.clone()),
        duration: (context.elapsed)(),
    }
}

pub(super) fn done(
    entry: &LogEntry,
    record: &Record,
    status: u16,
    changed: Vec<String>,
    context: &RequestContext,
) -> LogEntry {
    LogEntry {
        resource: Some(record.id.clone()),
        subject: name(record).map(short).or(entry.subject.clone()),
        status,
        changed,
        duration: (context.elapsed)(),
        ..entry.clone()
    }
}

/// The entry of what ended without a change.
pub(super) fn ended(
    entry: &LogEntry,
    status: u16,
    error: Option<&ScimError>,
    context: &RequestContext,
) -> LogEntry {
    LogEntry {
        status,
        scim_type: error.and_then(ScimError::scim_type).map(str::to_owned),
        detail: error.map(detail),
        duration: (context.elapsed)(),
        ..entry.clone()
    }
}

/// The name by which a resource is known.
pub(super) fn name(record: &Record) -> Option<&str> {
    let resource = &record.resource;
    match resource.kind() {
        ResourceKind::User => resource.user_name(),
        ResourceKind::Group => resource.display_name(),
    }
}

/// The name that a body would give a resource, whatever else is wrong with it: whoever asks why a user was not
/// provisioned looks for that.
pub(super) fn named(body: &Value, kind: ResourceKind) -> Option<String> {
    let wanted = match kind {
        ResourceKind::User => "userName",
        ResourceKind::Group => "displayName",
    };
    crate::scim::named(body.as_object()?, wanted)?
        .as_str()
        .map(short)
}

/// The first name that a filter looks for, if it looks for one.
pub(super) fn looked_for(filter: &Filter) -> Option<String> {
    let names = [
        Indexed::UserName,
        Indexed::DisplayName,
        Indexed::ExternalId,
        Indexed::Email,
        Indexed::Id,
    ];
    let terms = filter.plan().terms;
    let mut looked_for = terms.iter().filter_map(|term| match &term.value {
        TermValue::Text(text) if term.operator == Operator::Eq => {
            names.contains(&term.attribute).then(|| short(text))
        }
        _ => None,
    });
    looked_for.next()
}
