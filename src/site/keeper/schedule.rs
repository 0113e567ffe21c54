//! What is due, as far as this process knows. The store has the last word: a refresh begins with a claim there.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::Keeper;
use super::Loaded;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Origin;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshState;

/// When each connection is to be refreshed, and what is known of its last refresh.
#[derive(Debug, Default)]
pub(super) struct Schedule(HashMap<ConnectionId, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    source: Option<String>,
    due: Option<Timestamp>,
    confirmed: Option<Timestamp>,
    failures: u32,
    last_attempt: Option<Timestamp>,
}

impl Schedule {
    /// Takes note of a state of the store. What was never refreshed is due at once.
    pub(super) fn learn(&mut self, connection: &Connection, state: &RefreshState) {
        let source = connection.trust().copy_name();
        let state = Some(state).filter(|state| Some(&state.source) == source.as_ref());
        let entry = Entry {
            source,
            due: state.and_then(|state| state.next_due),
            confirmed: state.and_then(|state| state.last_success),
            failures: state.map_or(0, |state| state.failures),
            last_attempt: state.and_then(|state| state.last_attempt),
        };
        self.0.insert(connection.id().clone(), entry);
    }

    pub(super) fn put_off(&mut self, connection: &ConnectionId, until: Timestamp) {
        if let Some(entry) = self.0.get_mut(connection) {
            entry.due = Some(until);
        }
    }

    pub(super) fn forget(&mut self, connection: &ConnectionId) {
        self.0.remove(connection);
    }

    /// What is known of the last refresh of a connection.
    pub(super) fn standing(&self, connection: &ConnectionId) -> Option<Standing> {
        let entry = self.0.get(connection)?;
        Some(Standing {
            confirmed: entry.confirmed,
            last_attempt: entry.last_attempt,
            failed: entry.failures > 0,
        })
    }

    fn is_due(
        &self,
        connection: &Connection,
        policy: &RefreshPolicy,
        now: Timestamp,
    ) -> Option<bool> {
        let entry = self.0.get(connection.id())?;
        if entry.source != connection.trust().copy_name() {
            return None;
        }
        Some(policy.is_due(entry.due, now))
    }
}

/// How the last refresh of a connection went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// When the source last vouched for the copy.
    pub(crate) confirmed: Option<Timestamp>,
    /// When one was last tried.
    pub(crate) last_attempt: Option<Timestamp>,
    /// Whether the last one failed.
    pub(crate) failed: bool,
}

impl Keeper {
    /// Starts the refreshes that are due and do not run yet.
    pub(crate) async fn refresh_what_is_due(&self) {
        let Ok(snapshot) = self.0.registry.current().await else {
            return;
        };
        for loaded in snapshot.iter() {
            let connection = &loaded.connection;
            let is_remote = matches!(connection.trust().origin(), Some(Origin::Url(_)));
            if !is_remote || self.0.flights.has(connection.id()) {
                continue;
            }
            if self.is_due(connection).await {
                let later = self.0.now().checked_add(QUEUE).unwrap_or(Timestamp::MAX);
                self.0.schedule().put_off(connection.id(), later);
                self.refresh_in_turn(connection.clone());
            }
        }
    }

    async fn is_due(&self, connection: &Connection) -> bool {
        let (now, policy) = (self.0.now(), self.0.refresher.policy());
        let known = self.0.schedule().is_due(connection, policy, now);
        if let Some(due) = known {
            return due;
        }
        let Ok(record) = self.0.store.refresh_record(connection.id().as_str()).await else {
            return false;
        };
        let mut schedule = self.0.schedule();
        schedule.learn(connection, &record.state);
        schedule.is_due(connection, policy, now).unwrap_or_default()
    }

    /// How the last refresh of a connection went, as far as this process knows.
    pub(crate) fn standing(&self, loaded: &Loaded) -> Option<Standing> {
        self.0.schedule().standing(loaded.connection.id())
    }
}

/// How long a refresh may wait in this process before it is asked for again: what waits for the pace of a thousand
/// others has its turn by then.
const QUEUE: SignedDuration = SignedDuration::from_mins(2);
