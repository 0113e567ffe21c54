//! The refreshes that are due.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::RefreshService;
use super::schedule::LastRefresh;
use crate::connection::Connection;
use crate::connection::Origin;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::ports::StoreError;
use crate::site::LoadedConnection;
use crate::store::UnreadableRow;

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
        let record = self.0.store.refresh_record(connection.id().as_str()).await;
        let Some(state) = known_state(record) else {
            return false;
        };
        let mut schedule = self.0.schedule();
        schedule.learn(connection, &state);
        schedule.is_due(connection, policy, now).unwrap_or_default()
    }

    pub(crate) fn last_refresh(&self, loaded: &LoadedConnection) -> Option<LastRefresh> {
        self.0.schedule().last_refresh(loaded.connection.id())
    }
}

/// The state of refreshing, if the store answers. One that cannot be read is that of a connection that was never refreshed: it is
/// due, and the claim writes it anew.
fn known_state(record: Result<RefreshRecord, StoreError>) -> Option<RefreshState> {
    match record {
        Ok(record) => Some(record.state),
        Err(error) => UnreadableRow::is_cause_of(&error).then(RefreshState::default),
    }
}

/// The time that a refresh may wait in this process before it is asked for again: what waits for the pace of a thousand
/// others has its turn by then.
const QUEUE: SignedDuration = SignedDuration::from_mins(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::RefreshPolicy;
    use crate::site::refresh::schedule::Schedule;

    #[test]
    fn a_record_that_cannot_be_read_is_due_once_and_a_store_that_fails_is_not() {
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let (acme, now) = (acme.build().unwrap(), Timestamp::UNIX_EPOCH);
        let unreadable = StoreError::new(UnreadableRow("metadata_refreshes"));
        let state = known_state(Err(unreadable)).unwrap();
        let mut schedule = Schedule::default();
        schedule.learn(&acme, &state);
        let is_due = |schedule: &Schedule| schedule.is_due(&acme, &RefreshPolicy::default(), now);
        assert_eq!(is_due(&schedule), Some(true));
        schedule.put_off(acme.id(), now + QUEUE);
        assert_eq!(is_due(&schedule), Some(false), "its turn comes");
        assert_eq!(known_state(Err(StoreError::new("disk I/O error"))), None);
    }
}
