//! An event as it is printed, beside the entries of the log.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::line::Line;
use super::line::time;
use crate::cli::directory::failed;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::RecordedEvent;

/// An event, with the name that its user has now.
#[derive(Serialize)]
pub(in crate::cli) struct EventLine {
    id: u64,
    pub(super) at: Timestamp,
    connection: ConnectionId,
    kind: EventKind,
    user: Option<String>,
    user_name: Option<String>,
    group: Option<String>,
    group_name: Option<String>,
    session: Option<String>,
    detail: Option<String>,
    text: String,
}

impl EventLine {
    pub(in crate::cli) fn of(
        recorded: &RecordedEvent,
        names: &mut Names<'_>,
    ) -> Result<EventLine, CliError> {
        let event = recorded.event.clone();
        let connection = &event.connection;
        let user_name = names.user(connection, event.user.as_deref())?;
        let group_name = names.group(connection, event.group.as_deref())?;
        let group = group_name.as_deref().or(event.group.as_deref());
        let text = words(&event, group);
        Ok(EventLine {
            id: recorded.id,
            at: event.at,
            kind: event.kind,
            user: event.user,
            user_name,
            group: event.group,
            group_name,
            session: event.session,
            detail: event.detail,
            connection: event.connection,
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

/// What happened, in words.
fn words(event: &Event, group: Option<&str>) -> String {
    let group = group.unwrap_or("a group");
    let detail = event.detail.as_deref().unwrap_or_default();
    match event.kind {
        EventKind::UserCreated => "user came".to_owned(),
        EventKind::UserUpdated => "user has changed".to_owned(),
        EventKind::UserDeactivated => "user may not sign on any more".to_owned(),
        EventKind::UserReactivated => "user may sign on again".to_owned(),
        EventKind::UserDeleted => "user is gone".to_owned(),
        EventKind::GroupCreated => format!("group {group} came"),
        EventKind::GroupUpdated => format!("group {group} has changed"),
        EventKind::GroupDeleted => format!("group {group} is gone"),
        EventKind::MemberAdded => format!("belongs to {group} now"),
        EventKind::MemberRemoved => format!("belongs to {group} no more"),
        EventKind::SessionOpened => "signed on".to_owned(),
        EventKind::SessionEnded => format!("session ended: {detail}"),
        EventKind::SessionRefreshed => "session judged again, since groups have changed".to_owned(),
        EventKind::SignOnRefused => format!("sign-on was refused: {detail}"),
        EventKind::UserLinked => format!("tied to a person by {detail}"),
        EventKind::UserUnlinked => "tied to nobody any more".to_owned(),
        EventKind::TrustChanged => format!("certificate {detail}"),
        EventKind::KeyChanged => format!("own key {detail}"),
        EventKind::Expiring => format!("expires soon: {detail}"),
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
            Ok(id) => self.site.wait(|store| store.user(connection, &id)),
            Err(_) => Ok(None),
        };
        let user = user.map_err(failed)?;
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
            Ok(id) => self.site.wait(|store| store.group(connection, &id)),
            Err(_) => Ok(None),
        };
        let group = group.map_err(failed)?;
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
