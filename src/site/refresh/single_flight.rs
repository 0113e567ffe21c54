//! One refresh of a connection at a time in this process: those who come while it runs wait for its result.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::watch;

use crate::connection::ConnectionId;
use crate::site::Refreshed;

#[derive(Debug, Default)]
pub(super) struct SingleFlight(Mutex<HashMap<ConnectionId, Receiver>>);

type Receiver = watch::Receiver<Option<Arc<Refreshed>>>;

pub(super) enum Joined {
    /// One runs already.
    Following(Follower),
    /// None runs: the caller runs it, and gives its result to the [`Leader`].
    Leading(Leader, Follower),
}

/// Waits for the end of a refresh.
pub(super) struct Follower(Receiver);

/// Gives the result of a refresh to those who wait. When it is dropped the refresh is over, finished or not.
pub(super) struct Leader {
    single_flight: Arc<SingleFlight>,
    connection: ConnectionId,
    /// `None` once it was given.
    result: Option<watch::Sender<Option<Arc<Refreshed>>>>,
}

impl SingleFlight {
    pub(super) fn join(self: &Arc<SingleFlight>, connection: &ConnectionId) -> Joined {
        let mut running = self.running();
        if let Some(receiver) = running.get(connection) {
            return Joined::Following(Follower(receiver.clone()));
        }
        let (result, receiver) = watch::channel(None);
        running.insert(connection.clone(), receiver.clone());
        let leader = Leader {
            single_flight: self.clone(),
            connection: connection.clone(),
            result: Some(result),
        };
        Joined::Leading(leader, Follower(receiver))
    }

    pub(super) fn has(&self, connection: &ConnectionId) -> bool {
        self.running().contains_key(connection)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ConnectionId, Receiver>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// The result; `None` where the refresh broke off.
    pub(super) async fn finished(mut self) -> Option<Arc<Refreshed>> {
        let result = self.0.wait_for(Option::is_some).await.ok()?;
        result.clone()
    }
}

impl Leader {
    /// Gives the result. It is over for newcomers by then: whoever has heard it and asks again is not told the same.
    pub(super) fn finish(mut self, refreshed: Refreshed) {
        let Some(result) = self.result.take() else {
            return;
        };
        self.end();
        // Those who wait may all have gone.
        let _ = result.send(Some(Arc::new(refreshed)));
    }

    fn end(&self) {
        self.single_flight.running().remove(&self.connection);
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if self.result.is_some() {
            self.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leader(single_flight: &Arc<SingleFlight>) -> (Leader, Follower) {
        match single_flight.join(&"acme".parse().unwrap()) {
            Joined::Leading(leader, follower) => (leader, follower),
            Joined::Following(_) => panic!("one runs"),
        }
    }

    #[tokio::test]
    async fn whoever_has_heard_a_result_starts_anew() {
        let single_flight = Arc::default();
        let (first, follower) = leader(&single_flight);
        let Joined::Following(late) = single_flight.join(&"acme".parse().unwrap()) else {
            panic!("it runs");
        };
        first.finish(Refreshed::Unchanged);
        for follower in [follower, late] {
            let heard = follower.finished().await;
            assert!(matches!(heard.as_deref(), Some(Refreshed::Unchanged)));
        }
        let (second, _) = leader(&single_flight);
        assert!(single_flight.has(&"acme".parse().unwrap()));
        drop(second);
        assert!(!single_flight.has(&"acme".parse().unwrap()));
    }
}
