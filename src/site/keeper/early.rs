//! The early refresh: a response came whose signature no known key made. Perhaps the identity provider has switched
//! keys without notice; then the very same response holds against the fresh metadata.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use tokio::time::sleep;
use tokio::time::timeout;

use super::Keeper;
use super::Loaded;
use super::Refreshed;
use crate::connection::ConnectionId;
use crate::metadata::NotClaimed;
use crate::metadata::Occasion;

impl Keeper {
    /// Trust that is newer than `loaded`, where there is any within [`PATIENCE`]. Strangers cannot cause traffic by it:
    /// the store gives one such refresh per connection and interval, and most that are refused never get to the store.
    pub(crate) async fn fresher(&self, loaded: &Arc<Loaded>) -> Option<Arc<Loaded>> {
        loaded.connection.trust().origin()?;
        // The refresh itself goes on when nobody waits any more.
        let _ = timeout(PATIENCE, self.wait_for_fresh(loaded)).await;
        let snapshot = self.0.registry.renewed().await.ok()?;
        let fresh = snapshot.get(loaded.connection.id().as_str())?;
        (!Arc::ptr_eq(&fresh, loaded)).then_some(fresh)
    }

    async fn wait_for_fresh(&self, loaded: &Arc<Loaded>) {
        let id = loaded.connection.id();
        // One that ran already may have asked just before the keys were switched: then one of our own follows.
        for _ in 0..2 {
            let ran = self.0.flights.has(id);
            if !ran && !self.0.early.may_ask(id) {
                return;
            }
            let flight = self.refresh(&loaded.connection, Occasion::UnknownKey);
            let landed = flight.landed().await;
            if let Some(Refreshed::NotNow(NotClaimed::Held { .. })) = landed.as_deref() {
                return self.wait_for_another_process(loaded).await;
            }
            if !ran || self.is_replaced(loaded).await {
                return;
            }
        }
    }

    /// Another process refreshes it: its new copy shows in the store.
    async fn wait_for_another_process(&self, loaded: &Arc<Loaded>) {
        while !self.is_replaced(loaded).await {
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn is_replaced(&self, loaded: &Arc<Loaded>) -> bool {
        match self.0.registry.renewed().await {
            Ok(snapshot) => snapshot
                .get(loaded.connection.id().as_str())
                .is_none_or(|now| !Arc::ptr_eq(&now, loaded)),
            Err(_) => false,
        }
    }
}

/// Before when no early refresh of a connection need be asked for, as far as this process knows.
#[derive(Default)]
pub(super) struct Early {
    until: Mutex<HashMap<ConnectionId, Instant>>,
}

impl Early {
    fn may_ask(&self, connection: &ConnectionId) -> bool {
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
        occasion: Occasion,
        refreshed: &Refreshed,
        interval: Duration,
        now: Timestamp,
    ) {
        let wait = match (occasion, refreshed) {
            (_, Refreshed::NotNow(NotClaimed::TooEarly { at })) => {
                let wait = at.duration_since(now);
                Duration::try_from(wait).unwrap_or_default().min(interval)
            }
            (_, Refreshed::NotNow(_)) | (Occasion::Due | Occasion::Asked, _) => return,
            (Occasion::UnknownKey, _) => interval,
        };
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.insert(connection.clone(), Instant::now() + wait);
    }
}

/// How long a sign-on waits for fresh metadata: Entra's answers within one second, and people wait for five.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the store is asked whether another process is done.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
