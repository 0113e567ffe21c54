//! The reader of the log and the outbox: the latest of both, then whatever comes behind it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event_line::EventLine;
use super::event_line::Names;
use super::line::LogLine;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::people::named;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::event::EventKind;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::RecordedEvent;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOutcome;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::scim::ResourceKind;
use crate::scim::fold;

/// A question to the log and the events.
#[derive(Clone, PartialEq, Debug)]
pub struct LogQuestion {
    /// Only entries and events of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those about this userName, displayName or value that was looked for.
    pub subject: Option<String>,
    /// Only those from this moment on.
    pub since: Option<Timestamp>,
    /// Only those with this outcome.
    pub outcome: Option<LogOutcome>,
    /// Only events of this kind, and no entries.
    pub kind: Option<EventKind>,
    /// The number of entries at most, and of events: the latest.
    pub limit: u64,
}

/// A reader of the log and the events, and the place that it has reached in both.
pub struct LogReader {
    /// `None` where only events are read.
    log: Option<LogQuery>,
    events: EventQuery,
    /// The users and groups that events must be about, of one name, with those that had it; `None` for anybody.
    about: Option<Ids>,
    outcome: Option<LogOutcome>,
    entry: u64,
    event: u64,
}

/// Entries and events, the earliest first.
#[derive(Clone, PartialEq, Debug)]
pub struct LogPart {
    /// Entries of the provisioning log.
    pub entries: Vec<LogLine>,
    /// Events.
    pub events: Vec<EventLine>,
}

#[derive(Default)]
struct Ids {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Ids {
    /// Those of a name, with those that had it.
    async fn of(admin: &Admin, connection: Option<&ConnectionId>, subject: &str) -> Done<Ids> {
        let mut ids = Ids::default();
        for (user, _) in named::<UserRecord>(admin, connection, subject).await? {
            ids.users.insert(user.record().id.clone());
        }
        for (group, _) in named::<GroupRecord>(admin, connection, subject).await? {
            ids.groups.insert(group.record().id.clone());
        }
        let query = LogQuery {
            connection: connection.cloned(),
            subject: Some(subject.to_owned()),
            ..LogQuery::default()
        };
        let entries = admin.store().log(&query).await?;
        for logged in &entries {
            ids.note(&logged.entry);
        }
        Ok(ids)
    }

    fn hold(&self, event: &RecordedEvent) -> bool {
        let event = &event.event;
        let is_of =
            |id: Option<&str>, ids: &BTreeSet<String>| id.is_some_and(|id| ids.contains(id));
        is_of(event.user(), &self.users) || is_of(event.group(), &self.groups)
    }

    fn note(&mut self, entry: &LogEntry) {
        let Some(id) = entry.resource.clone() else {
            return;
        };
        match entry.resource_kind {
            Some(ResourceKind::Group) => self.groups.insert(id),
            Some(ResourceKind::User) | None => self.users.insert(id),
        };
    }

    fn queries(&self, all: &EventQuery) -> Vec<EventQuery> {
        let of_user = |id: &String| EventQuery {
            user: Some(id.clone()),
            ..all.clone()
        };
        let of_group = |id: &String| EventQuery {
            group: Some(id.clone()),
            ..all.clone()
        };
        let users = self.users.iter().map(of_user);
        users.chain(self.groups.iter().map(of_group)).collect()
    }
}

impl LogReader {
    pub(super) async fn of(admin: &Admin, question: &LogQuestion) -> Done<LogReader> {
        let connection = question.connection.as_ref();
        let subject = question.subject.as_deref();
        let (spelled, about) = match subject {
            None => (None, None),
            Some(name) => (
                Some(spelled_in_log(admin, connection, name).await?),
                Some(Ids::of(admin, connection, name).await?),
            ),
        };
        let log = LogQuery {
            connection: connection.cloned(),
            subject: spelled,
            outcome: question.outcome,
            overlooked: false,
            since: question.since,
            after: None,
            limit: question.limit,
        };
        let refused = question.outcome == Some(LogOutcome::Refused);
        let refused = refused.then_some(EventKind::SignOnRefused);
        let events = EventQuery {
            connection: connection.cloned(),
            kind: question.kind.or(refused),
            since: question.since,
            part: EventPart::Latest,
            limit: question.limit,
            ..EventQuery::default()
        };
        Ok(LogReader {
            log: question.kind.is_none().then_some(log),
            events,
            about,
            outcome: question.outcome,
            entry: 0,
            event: 0,
        })
    }

    pub(super) async fn latest(&mut self, admin: &Admin) -> Done<LogPart> {
        let mut entries = match &self.log {
            Some(query) => admin.store().log(query).await?,
            None => Vec::new(),
        };
        // The store has the latest first; people read towards them.
        entries.reverse();
        let mut events = Vec::new();
        match &self.about {
            None => events = admin.store().events(&self.events).await?,
            Some(ids) => {
                for query in ids.queries(&self.events) {
                    events.extend(admin.store().events(&query).await?);
                }
                events.sort_by_key(|event| event.id);
                events.dedup_by_key(|event| event.id);
            }
        }
        events.retain(|event| self.wants(event));
        self.reach(&entries, &events);
        lines(admin, &entries, &events).await
    }

    /// Reads what came since, at most so many entries and events, and says whether there is more. Fails where the store does.
    pub async fn behind(&mut self, admin: &Admin, count: u64) -> Done<(LogPart, bool)> {
        let entries = match &self.log {
            Some(query) => {
                let query = LogQuery {
                    after: Some(self.entry),
                    limit: count,
                    ..query.clone()
                };
                admin.store().log(&query).await?
            }
            None => Vec::new(),
        };
        let query = EventQuery {
            after: self.event,
            part: EventPart::Earliest,
            limit: count,
            ..self.events.clone()
        };
        let mut events = admin.store().events(&query).await?;
        // Somebody who comes under the name while it is followed.
        if let Some(ids) = &mut self.about {
            for logged in &entries {
                ids.note(&logged.entry);
            }
        }
        let more = [entries.len(), events.len()].map(|found| found as u64 == count);
        self.reach(&entries, &events);
        events.retain(|event| self.wants(event));
        let part = lines(admin, &entries, &events).await?;
        Ok((part, more.contains(&true)))
    }

    fn reach(&mut self, entries: &[LoggedEntry], events: &[RecordedEvent]) {
        self.entry = entries.last().map_or(self.entry, |entry| entry.id);
        self.event = events.last().map_or(self.event, |event| event.id);
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        let refused = event.event.kind() == EventKind::SignOnRefused;
        let fits = match self.outcome {
            None => true,
            Some(LogOutcome::Done) => !refused,
            Some(LogOutcome::Refused) => refused,
        };
        fits && self.about.as_ref().is_none_or(|ids| ids.hold(event))
    }
}

/// The name under which the log has a subject: that of the user whom the name means by its key, since the log goes by the spelling.
async fn spelled_in_log(
    admin: &Admin,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Done<String> {
    let users = named::<UserRecord>(admin, connection, name).await?;
    let names: Vec<&str> = users
        .iter()
        .filter_map(|(user, _)| user.record().resource.user_name())
        .collect();
    let is_spelled_so = |own: &&str| fold(own) == fold(name);
    match names.as_slice() {
        [only, ..] if !names.iter().any(is_spelled_so) => Ok((*only).to_owned()),
        _ => Ok(name.to_owned()),
    }
}

async fn lines(admin: &Admin, entries: &[LoggedEntry], events: &[RecordedEvent]) -> Done<LogPart> {
    let mut names = Names::new(admin);
    let mut told = Vec::with_capacity(events.len());
    for event in events {
        told.push(EventLine::of(event, &mut names).await?);
    }
    Ok(LogPart {
        entries: entries.iter().map(LogLine::of).collect(),
        events: told,
    })
}
