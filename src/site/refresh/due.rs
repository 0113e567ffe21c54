//! The refreshes that are due.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::RefreshService;
use super::schedule::LastRefresh;
use crate::connection::Connection;
use crate::connection::Origin;
use crate::site::LoadedConnection;

impl RefreshService {
    /// Starts the refreshes that are due and do not run yet.
    pub(crate) async fn refresh_what_is_due(&self) {
        let Ok(snapshot) = self.0.registry.current().await else {
            return;
        };
        for loaded in snapshot.iter() {
            let connection = &loaded.connection;
            let is_remote = matches!(connection.trust().origin(), Some(Origin::Url(_)));
            if !is_remote || self.0.single_flight.has(connection.id()) {
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

    pub(crate) fn last_refresh(&self, loaded: &LoadedConnection) -> Option<LastRefresh> {
        self.0.schedule().last_refresh(loaded.connection.id())
    }
}

/// The time that a refresh may wait in this process before it is asked for again: what waits for the pace of a thousand
/// others has its turn by then.
const QUEUE: SignedDuration = SignedDuration::from_mins(2);
