//! What the log and the outbox are asked for, together.

use std::collections::BTreeSet;

use super::Outcome;
use super::event_line::EventLine;
use super::event_line::Names;
use crate::admin::people::named;
use crate::cli::error::CliError;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::event::EventKind;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::RecordedEvent;
use crate::provisioning::LogEntry;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::scim::ResourceKind;
use crate::scim::fold;

/// What is asked for.
pub(super) struct Asked {
    /// `None` where only events are.
    pub(super) log: Option<LogQuery>,
    pub(super) events: EventQuery,
    pub(super) about: About,
    pub(super) outcome: Option<Outcome>,
}

/// Where a reader who follows is.
pub(super) struct Reached {
    pub(super) entry: u64,
    pub(super) event: u64,
}

/// Whom or what events must be about.
pub(super) enum About {
    Anybody,
    /// Users and groups of one name, by their ids, with those that had it.
    These(Ids),
}

/// Users and groups by their ids.
#[derive(Default)]
pub(super) struct Ids {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Ids {
    /// Adds what an entry of the log is about.
    fn note(&mut self, entry: &LogEntry) {
        let Some(id) = entry.resource.clone() else {
            return;
        };
        match entry.resource_kind {
            Some(ResourceKind::Group) => self.groups.insert(id),
            Some(ResourceKind::User) | None => self.users.insert(id),
        };
    }

    /// What asks for each of them.
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

impl About {
    pub(super) fn of(
        site: &Site,
        connection: Option<&ConnectionId>,
        subject: Option<&str>,
    ) -> Result<About, CliError> {
        let Some(subject) = subject else {
            return Ok(About::Anybody);
        };
        let mut ids = Ids::default();
        for (user, _) in site.run(named::<UserRecord>(site.admin(), connection, subject))? {
            ids.users.insert(user.record().id.clone());
        }
        for (group, _) in site.run(named::<GroupRecord>(site.admin(), connection, subject))? {
            ids.groups.insert(group.record().id.clone());
        }
        let query = LogQuery {
            connection: connection.cloned(),
            subject: Some(subject.to_owned()),
            ..LogQuery::default()
        };
        let entries = site.ask(|store| store.log(&query))?;
        for logged in &entries {
            ids.note(&logged.entry);
        }
        Ok(About::These(ids))
    }

    fn holds(&self, event: &RecordedEvent) -> bool {
        let About::These(ids) = self else { return true };
        let event = &event.event;
        let is_of =
            |id: Option<&str>, ids: &BTreeSet<String>| id.is_some_and(|id| ids.contains(id));
        is_of(event.user(), &ids.users) || is_of(event.group(), &ids.groups)
    }
}

impl Asked {
    /// The latest entries and events, the earliest first.
    pub(super) fn latest(
        &self,
        site: &Site,
    ) -> Result<(Vec<LoggedEntry>, Vec<RecordedEvent>), CliError> {
        let mut entries = match &self.log {
            Some(query) => site.ask(|store| store.log(query))?,
            None => Vec::new(),
        };
        // The store has the latest first; people read towards them.
        entries.reverse();
        let mut events = Vec::new();
        match &self.about {
            About::Anybody => events = site.ask(|store| store.events(&self.events))?,
            About::These(ids) => {
                for query in ids.queries(&self.events) {
                    events.extend(site.ask(|store| store.events(&query))?);
                }
                events.sort_by_key(|event| event.id);
                events.dedup_by_key(|event| event.id);
            }
        }
        events.retain(|event| self.wants(event));
        Ok((entries, events))
    }

    /// What came since, and whether there is more.
    pub(super) fn behind(
        &mut self,
        site: &Site,
        reached: &mut Reached,
        count: u64,
    ) -> Result<(Vec<LoggedEntry>, Vec<RecordedEvent>, bool), CliError> {
        let entries = match &self.log {
            Some(query) => {
                let query = LogQuery {
                    after: Some(reached.entry),
                    limit: count,
                    ..query.clone()
                };
                site.ask(|store| store.log(&query))?
            }
            None => Vec::new(),
        };
        let query = EventQuery {
            after: reached.event,
            part: EventPart::Earliest,
            limit: count,
            ..self.events.clone()
        };
        let mut events = site.ask(|store| store.events(&query))?;
        // Somebody who comes under the name while it is followed.
        if let About::These(ids) = &mut self.about {
            for logged in &entries {
                ids.note(&logged.entry);
            }
        }
        let more = [entries.len(), events.len()].map(|found| found as u64 == count);
        reached.entry = entries.last().map_or(reached.entry, |entry| entry.id);
        reached.event = events.last().map_or(reached.event, |event| event.id);
        events.retain(|event| self.wants(event));
        Ok((entries, events, more.contains(&true)))
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        let refused = event.event.kind() == EventKind::SignOnRefused;
        let fits = match self.outcome {
            None => true,
            Some(Outcome::Done) => !refused,
            Some(Outcome::Refused) => refused,
        };
        fits && self.about.holds(event)
    }
}

/// The name under which the log has a subject: that of the user whom the name means by its key, since the log goes by the spelling.
pub(super) fn subject(
    site: &Site,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Result<String, CliError> {
    let users = site.run(named::<UserRecord>(site.admin(), connection, name))?;
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

/// Events as they are printed.
pub(super) fn lines(site: &Site, events: &[RecordedEvent]) -> Result<Vec<EventLine>, CliError> {
    let mut names = Names::new(site);
    let lines = events.iter().map(|event| EventLine::of(event, &mut names));
    lines.collect()
}
