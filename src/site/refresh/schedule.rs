//! The times of the next refreshes, as far as this process knows them. The store has the last word: a refresh begins with a claim there.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshState;

/// The time of the next refresh of each connection, and the result of its last one.
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

    pub(super) fn last_refresh(&self, connection: &ConnectionId) -> Option<LastRefresh> {
        let entry = self.0.get(connection)?;
        Some(LastRefresh {
            confirmed: entry.confirmed,
            last_attempt: entry.last_attempt,
            failed: entry.failures > 0,
        })
    }

    /// Says if a refresh of a connection is due; `None` where nothing is known of its source.
    pub(super) fn is_due(
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

#[derive(Clone, Copy, Debug)]
pub(crate) struct LastRefresh {
    /// The time at which the source last vouched for the copy.
    pub(crate) confirmed: Option<Timestamp>,
    pub(crate) last_attempt: Option<Timestamp>,
    pub(crate) failed: bool,
}
