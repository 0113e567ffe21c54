//! An event as it is shown, beside the entries of the log.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::admin::Admin;
use crate::admin::Done;
use crate::connection::ConnectionId;
use crate::connection::SettingChange;
use crate::event::Happened;
use crate::event::RecordedEvent;
use crate::scim::ResourceKind;

/// An event, with the names that its user and group have now.
#[derive(Clone, PartialEq, Serialize, Debug)]
pub struct EventLine {
    /// The number of the event.
    pub id: u64,
    /// The moment.
    pub at: Timestamp,
    /// The connection over which it happened.
    pub connection: ConnectionId,
    /// The name of its kind.
    pub kind: String,
    /// The id of the user.
    pub user: Option<String>,
    /// The name that the user has now.
    pub user_name: Option<String>,
    /// The id of the group.
    pub group: Option<String>,
    /// The name that the group has now.
    pub group_name: Option<String>,
    /// The id of the session.
    pub session: Option<String>,
    /// The one who works on the site and did it, as the log of the site calls them; `cli` for the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The other fields, each where the kind has it.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
    /// The detail, where there is one.
    pub detail: Option<String>,
    /// The meaning, in words.
    pub text: String,
}

impl EventLine {
    pub(in crate::admin) async fn of(
        recorded: &RecordedEvent,
        names: &mut Names<'_>,
    ) -> Done<EventLine> {
        let event = &recorded.event;
        let (of, user, group) = (&event.connection, event.user(), event.group());
        let user_name = names.of(ResourceKind::User, of, user).await?;
        let group_name = names.of(ResourceKind::Group, of, group).await?;
        let text = event_words(&event.happened, group_name.as_deref().or(group));
        Ok(EventLine {
            id: recorded.id,
            at: event.at,
            connection: event.connection.clone(),
            kind: event.happened.kind_name().to_owned(),
            user: event.user().map(str::to_owned),
            user_name,
            group: event.group().map(str::to_owned),
            group_name,
            session: event.session().map(str::to_owned),
            by: event.by.as_ref().map(ToString::to_string),
            fields: event.happened.fields(),
            detail: event.detail(),
            text,
        })
    }
}

/// Says in words what happened. `group` is the name of the group, or its id.
pub(super) fn event_words(happened: &Happened, group: Option<&str>) -> String {
    let group = group.unwrap_or("a group");
    match happened {
        Happened::UserCreated { .. } => "user came".to_owned(),
        Happened::UserUpdated { .. } => "user has changed".to_owned(),
        Happened::UserDeactivated { .. } => "user may not sign on any more".to_owned(),
        Happened::UserReactivated { .. } => "user may sign on again".to_owned(),
        Happened::UserDeleted { .. } => "user is gone".to_owned(),
        Happened::GroupCreated { .. } => format!("group {group} came"),
        Happened::GroupUpdated { .. } => format!("group {group} has changed"),
        Happened::GroupDeleted { .. } => format!("group {group} is gone"),
        Happened::MemberAdded { .. } => format!("belongs to {group} now"),
        Happened::MemberRemoved { .. } => format!("belongs to {group} no more"),
        Happened::SessionOpened { .. } => "signed on".to_owned(),
        Happened::SessionEnded { reason, .. } => format!("session ended: {reason}"),
        Happened::SessionRefreshed { .. } => {
            "session judged again, since groups have changed".to_owned()
        }
        Happened::SignOnRefused { code, .. } => format!("sign-on was refused: {code}"),
        Happened::UserLinked { rule, .. } => format!("tied to a person by {}", rule.name()),
        Happened::UserUnlinked { .. } => "tied to nobody any more".to_owned(),
        Happened::ConnectionAdded { .. } => "connection added".to_owned(),
        Happened::ConnectionChanged { settings } => {
            let settings: Vec<String> = settings.iter().map(setting_words).collect();
            format!("settings changed: {}", settings.join(", "))
        }
        Happened::CertificateTrusted { fingerprint } => format!("certificate added {fingerprint}"),
        Happened::CertificateRetired { fingerprint } => {
            format!("certificate retired {fingerprint}")
        }
        Happened::KeyChanged { key, state } => format!("own key {key} {}", state.name()),
        Happened::KeyRetired { key } => format!("own key {key} retired"),
        Happened::CertificateExpiring {
            fingerprint,
            not_after,
            days,
        } => {
            format!("expires soon: certificate {fingerprint} on {not_after}, within {days} days")
        }
        Happened::SignOnStopping {
            fingerprint,
            not_after,
            days,
        } => {
            format!(
                "sign-on stops soon: the last certificate {fingerprint} ends on {not_after}, within {days} days, and dates are enforced"
            )
        }
        Happened::CredentialExpiring {
            credential,
            expires,
            days,
        } => {
            format!("expires soon: credential {credential} on {expires}, within {days} days")
        }
        // No outbox keeps these, or this version cannot read it.
        other @ (Happened::MetadataRefreshed
        | Happened::MetadataUnchanged
        | Happened::MetadataRejected { .. }
        | Happened::CopyExpiring { .. }
        | Happened::CopyStale { .. }
        | Happened::CopyExpired { .. }
        | Happened::CopyMissing
        | Happened::Unknown(_)) => match other.detail() {
            Some(detail) => format!("{}: {detail}", other.kind_name()),
            None => other.kind_name().to_owned(),
        },
    }
}

/// The name of a setting, with its values where they are short.
fn setting_words(change: &SettingChange) -> String {
    let short = |value: &Option<Value>| match value {
        Some(Value::Null) => Some("none".to_owned()),
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => {
            Some(value.to_string()).filter(|text| text.len() <= SHORT)
        }
        _ => None,
    };
    let name = &change.name;
    match (short(&change.before), short(&change.after)) {
        (Some(before), Some(after)) => format!("{name} ({before} -> {after})"),
        _ => name.clone(),
    }
}

/// Bytes of a value in a sentence at most.
const SHORT: usize = 60;

/// The names that users and groups have now, each asked for once.
pub(in crate::admin) struct Names<'a> {
    admin: &'a Admin,
    known: HashMap<(ResourceKind, ConnectionId, String), Option<String>>,
}

impl Names<'_> {
    pub(in crate::admin) fn new(admin: &Admin) -> Names<'_> {
        Names {
            admin,
            known: HashMap::new(),
        }
    }

    async fn of(
        &mut self,
        kind: ResourceKind,
        connection: &ConnectionId,
        id: Option<&str>,
    ) -> Done<Option<String>> {
        let Some(id) = id else { return Ok(None) };
        let key = (kind, connection.clone(), id.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let name = match kind {
            ResourceKind::User => self.user(connection, id).await?,
            ResourceKind::Group => self.group(connection, id).await?,
        };
        self.known.insert(key, name.clone());
        Ok(name)
    }

    async fn user(&self, connection: &ConnectionId, id: &str) -> Done<Option<String>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let user = self.admin.store().user(connection, &id).await?;
        Ok(user.and_then(|user| user.record().resource.user_name().map(str::to_owned)))
    }

    async fn group(&self, connection: &ConnectionId, id: &str) -> Done<Option<String>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let group = self.admin.store().group(connection, &id).await?;
        Ok(group.and_then(|group| group.record().resource.display_name().map(str::to_owned)))
    }
}
