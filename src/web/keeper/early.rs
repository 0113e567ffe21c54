//! The early refresh: a response came whose signature no known key made. Perhaps the identity provider has switched
//! keys without notice; then the very same response holds against the fresh metadata.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use tokio::time::sleep;
use tokio::time::timeout;

use super::Entrada;
use crate::connection::ConnectionId;
use crate::metadata::NotClaimed;
use crate::metadata::Occasion;
use crate::site::Loaded;
use crate::site::Refreshed;

impl Entrada {
    /// Trust that is newer than `loaded`, where there is any within [`PATIENCE`]. Strangers cannot cause traffic by it:
    /// the store gives one such refresh per connection and interval, and most that are refused never get to the store.
    pub(in crate::web) async fn fresher(&self, loaded: &Arc<Loaded>) -> Option<Arc<Loaded>> {
        loaded.connection.trust().origin()?;
        // The refresh itself goes on when nobody waits any more.
        let _ = timeout(PATIENCE, self.wait_for_fresh(loaded)).await;
        let snapshot = self.registry().renewed().await.ok()?;
        let fresh = snapshot.get(loaded.connection.id().as_str())?;
        (!Arc::ptr_eq(&fresh, loaded)).then_some(fresh)
    }

    async fn wait_for_fresh(&self, loaded: &Arc<Loaded>) {
        let id = loaded.connection.id();
        // One that ran already may have asked just before the keys were switched: then one of our own follows.
        for _ in 0..2 {
            let ran = self.keeper().flights.has(id);
            if !ran && !self.may_be_early(id) {
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
        match self.registry().renewed().await {
            Ok(snapshot) => snapshot
                .get(loaded.connection.id().as_str())
                .is_none_or(|now| !Arc::ptr_eq(&now, loaded)),
            Err(_) => false,
        }
    }

    fn may_be_early(&self, connection: &ConnectionId) -> bool {
        let no_early = self.keeper().no_early.lock();
        let no_early = no_early.unwrap_or_else(PoisonError::into_inner);
        no_early
            .get(connection)
            .is_none_or(|until| Instant::now() >= *until)
    }

    /// Remembers how long no other early refresh will be given, so that responses that anybody can send do not cost a
    /// transaction each.
    pub(super) fn remember_early(
        &self,
        connection: &ConnectionId,
        occasion: Occasion,
        refreshed: &Refreshed,
    ) {
        let interval = self.keeper().refresher.policy().early_interval;
        let wait = match (occasion, refreshed) {
            (_, Refreshed::NotNow(NotClaimed::TooEarly { at })) => {
                let wait = at.duration_since(self.now());
                Duration::try_from(wait).unwrap_or_default().min(interval)
            }
            (_, Refreshed::NotNow(_)) | (Occasion::Due | Occasion::Asked, _) => return,
            (Occasion::UnknownKey, _) => interval,
        };
        let no_early = self.keeper().no_early.lock();
        let mut no_early = no_early.unwrap_or_else(PoisonError::into_inner);
        no_early.insert(connection.clone(), Instant::now() + wait);
    }
}

/// How long a sign-on waits for fresh metadata: Entra's answers within one second, and people wait for five.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the store is asked whether another process is done.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
