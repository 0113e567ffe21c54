//! The times before which this process asks for no other early refresh.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::metadata::NotClaimed;
use crate::metadata::RefreshTrigger;
use crate::site::Refreshed;

/// The time for each connection before which no early refresh is asked for, as far as this process knows.
#[derive(Default)]
pub(super) struct Early {
    until: Mutex<HashMap<ConnectionId, Instant>>,
}

impl Early {
    pub(super) fn may_ask(&self, connection: &ConnectionId) -> bool {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until
            .get(connection)
            .is_none_or(|until| Instant::now() >= *until)
    }

    /// Remembers how long no other early refresh will be given, so that responses that anybody can send do not cost a
    /// transaction each.
    pub(super) fn remember(
        &self,
        connection: &ConnectionId,
        occasion: RefreshTrigger,
        refreshed: &Refreshed,
        interval: Duration,
        now: Timestamp,
    ) {
        let wait = match (occasion, refreshed) {
            (_, Refreshed::NotNow(NotClaimed::TooEarly { at })) => {
                let wait = at.duration_since(now);
                Duration::try_from(wait).unwrap_or_default().min(interval)
            }
            (_, Refreshed::NotNow(_)) | (RefreshTrigger::Scheduled | RefreshTrigger::Manual, _) => {
                return;
            }
            (RefreshTrigger::UnknownKey, _) => interval,
        };
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.insert(connection.clone(), Instant::now() + wait);
    }
}
