//! The early refresh: a response came whose signature no known key made. Perhaps the identity provider has switched
//! keys without notice. Then the very same response holds against the fresh metadata.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio::time::timeout;

use super::RefreshService;
use crate::metadata::NotClaimed;
use crate::metadata::RefreshTrigger;
use crate::site::LoadedConnection;
use crate::site::Refreshed;

impl RefreshService {
    /// Trust that is newer than `loaded`, where there is any within [`PATIENCE`]. Strangers cannot cause traffic by it:
    /// the store gives one such refresh per connection and interval, and most that are refused never get to the store.
    pub(crate) async fn fresher(
        &self,
        loaded: &Arc<LoadedConnection>,
    ) -> Option<Arc<LoadedConnection>> {
        loaded.connection.trust().origin()?;
        // The refresh itself goes on when nobody waits any more.
        let _ = timeout(PATIENCE, self.wait_for_fresh(loaded)).await;
        let snapshot = self.0.registry.renewed().await.ok()?;
        let fresh = snapshot.get(loaded.connection.id().as_str())?;
        (!Arc::ptr_eq(&fresh, loaded)).then_some(fresh)
    }

    async fn wait_for_fresh(&self, loaded: &Arc<LoadedConnection>) {
        let id = loaded.connection.id();
        // One that ran already may have asked just before the keys were switched: then one of our own follows.
        for _ in 0..2 {
            let ran = self.0.single_flight.has(id);
            if !ran && !self.0.early.may_ask(id) {
                return;
            }
            let follower = self.refresh(&loaded.connection, RefreshTrigger::UnknownKey);
            let result = follower.finished().await;
            if let Some(Refreshed::NotNow(NotClaimed::Held { .. })) = result.as_deref() {
                return self.wait_for_another_process(loaded).await;
            }
            if !ran || self.is_replaced(loaded).await {
                return;
            }
        }
    }

    /// Another process refreshes it: its new copy shows in the store.
    async fn wait_for_another_process(&self, loaded: &Arc<LoadedConnection>) {
        while !self.is_replaced(loaded).await {
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn is_replaced(&self, loaded: &Arc<LoadedConnection>) -> bool {
        match self.0.registry.renewed().await {
            Ok(snapshot) => snapshot
                .get(loaded.connection.id().as_str())
                .is_none_or(|now| !Arc::ptr_eq(&now, loaded)),
            Err(_) => false,
        }
    }
}

/// The time that a sign-on waits for fresh metadata: Entra's answers within one second, and people wait for five.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause between two looks at the store while another process refreshes.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
