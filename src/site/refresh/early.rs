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
        trigger: RefreshTrigger,
        refreshed: &Refreshed,
        interval: Duration,
        now: Timestamp,
    ) {
        let wait = match (trigger, refreshed) {
            (_, Refreshed::NotNow(NotClaimed::TooEarly { at })) => {
                let wait = at.duration_since(now);
                Duration::try_from(wait).unwrap_or_default().min(interval)
            }
            (RefreshTrigger::UnknownKey, Refreshed::NotNow(NotClaimed::OtherSource)) => {
                OTHER_SOURCE.min(interval)
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

/// The wait after a claim for a source that the connection has no longer: the next sign-on has read the new one by then.
const OTHER_SOURCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_for_another_source_is_not_made_again_at_once() {
        let (acme, interval) = ("acme".parse().unwrap(), Duration::from_mins(5));
        let may_ask_after = |trigger, not_claimed| {
            let early = Early::default();
            let refreshed = Refreshed::NotNow(not_claimed);
            early.remember(&acme, trigger, &refreshed, interval, Timestamp::UNIX_EPOCH);
            early.may_ask(&acme)
        };
        let held = NotClaimed::Held {
            until: Timestamp::UNIX_EPOCH,
        };
        assert!(!may_ask_after(
            RefreshTrigger::UnknownKey,
            NotClaimed::OtherSource
        ));
        assert!(may_ask_after(
            RefreshTrigger::Scheduled,
            NotClaimed::OtherSource
        ));
        assert!(may_ask_after(RefreshTrigger::UnknownKey, held));
    }
}
