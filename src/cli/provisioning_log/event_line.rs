//! An event as it is printed, beside the entries of the log.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use super::line::Line;
use super::line::time;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::event::Happened;
use crate::event::RecordedEvent;

/// An event, with the names that its user and group have now.
#[derive(Serialize)]
pub(in crate::cli) struct EventLine {
    id: u64,
    pub(super) at: Timestamp,
    connection: ConnectionId,
    kind: String,
    user: Option<String>,
    user_name: Option<String>,
    group: Option<String>,
    group_name: Option<String>,
    session: Option<String>,
    /// The other fields, each where the kind has it.
    #[serde(flatten)]
    fields: Map<String, Value>,
    detail: Option<String>,
    text: String,
}

impl EventLine {
    pub(in crate::cli) fn of(
        recorded: &RecordedEvent,
        names: &mut Names<'_>,
    ) -> Result<EventLine, CliError> {
        let event = &recorded.event;
        let user_name = names.user(&event.connection, event.user())?;
        let group_name = names.group(&event.connection, event.group())?;
        let group = group_name.as_deref().or(event.group());
        let text = words(&event.happened, group);
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
            fields: event.happened.fields(),
            detail: event.detail(),
            text,
        })
    }

    /// Whom or what it is about.
    fn about(&self) -> (&'static str, &str) {
        let user = self.user_name.as_deref().or(self.user.as_deref());
        let group = self.group_name.as_deref().or(self.group.as_deref());
        match (user, group) {
            (Some(user), _) => ("User", user),
            (None, Some(group)) => ("Group", group),
            (None, None) => ("-", "-"),
        }
    }
}

/// Says in words what happened. `group` is the name of the group, or its id.
fn words(happened: &Happened, group: Option<&str>) -> String {
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

/// The names that users and groups have now, each asked for once.
pub(in crate::cli) struct Names<'s> {
    site: &'s Site,
    users: HashMap<(ConnectionId, String), Option<String>>,
    groups: HashMap<(ConnectionId, String), Option<String>>,
}

impl Names<'_> {
    pub(in crate::cli) fn new(site: &Site) -> Names<'_> {
        Names {
            site,
            users: HashMap::new(),
            groups: HashMap::new(),
        }
    }

    fn user(
        &mut self,
        connection: &ConnectionId,
        id: Option<&str>,
    ) -> Result<Option<String>, CliError> {
        let Some(id) = id else { return Ok(None) };
        let key = (connection.clone(), id.to_owned());
        if let Some(known) = self.users.get(&key) {
            return Ok(known.clone());
        }
        let user = match id.parse() {
            Ok(id) => self.site.directory(|store| store.user(connection, &id))?,
            Err(_) => None,
        };
        let name = user.and_then(|user| user.record().resource.user_name().map(str::to_owned));
        self.users.insert(key, name.clone());
        Ok(name)
    }

    fn group(
        &mut self,
        connection: &ConnectionId,
        id: Option<&str>,
    ) -> Result<Option<String>, CliError> {
        let Some(id) = id else { return Ok(None) };
        let key = (connection.clone(), id.to_owned());
        if let Some(known) = self.groups.get(&key) {
            return Ok(known.clone());
        }
        let group = match id.parse() {
            Ok(id) => self.site.directory(|store| store.group(connection, &id))?,
            Err(_) => None,
        };
        let name =
            group.and_then(|group| group.record().resource.display_name().map(str::to_owned));
        self.groups.insert(key, name.clone());
        Ok(name)
    }
}

/// Entries of the log and events, one a line, by time; both are in order already.
pub(in crate::cli) fn interleaved(lines: &[Line], events: &[EventLine]) -> String {
    let mut all: Vec<(Timestamp, [&str; 5])> = Vec::new();
    for line in lines {
        all.push((line.at, line.cells()));
    }
    for event in events {
        let (what, about) = event.about();
        let cells = [event.connection.as_str(), "-", what, about, &event.text];
        all.push((event.at, cells));
    }
    all.sort_by_key(|(at, _)| *at);
    let times: Vec<String> = all.iter().map(|(at, _)| time(*at)).collect();
    let cells = all.iter().zip(&times).map(|((_, cells), time)| {
        let [connection, credential, what, about, text] = *cells;
        [time.as_str(), connection, credential, what, about, text]
    });
    output::table(&cells.collect::<Vec<_>>())
}
