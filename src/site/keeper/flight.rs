//! One refresh of a connection at a time in this process: whoever comes while it runs waits for the same one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::watch;

use crate::connection::ConnectionId;
use crate::site::Refreshed;

/// The refreshes that run.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<ConnectionId, Receiver>>);

type Receiver = watch::Receiver<Option<Arc<Refreshed>>>;

/// A refresh that somebody waits for.
pub(super) enum Boarded {
    /// One that runs already.
    Joined(Flight),
    /// None runs: whoever got this is to run it, and to say through the [`Departure`] what came of it.
    First(Departure, Flight),
}

/// Waits for the end of a refresh.
pub(super) struct Flight(Receiver);

/// Says what came of a refresh. When it is dropped the refresh is over, whether it came to an end or not.
pub(super) struct Departure {
    flights: Arc<Flights>,
    connection: ConnectionId,
    landed: watch::Sender<Option<Arc<Refreshed>>>,
}

impl Flights {
    /// Joins the refresh of a connection, or begins one.
    pub(super) fn board(self: &Arc<Flights>, connection: &ConnectionId) -> Boarded {
        let mut running = self.running();
        if let Some(flight) = running.get(connection) {
            return Boarded::Joined(Flight(flight.clone()));
        }
        let (landed, flight) = watch::channel(None);
        running.insert(connection.clone(), flight.clone());
        let departure = Departure {
            flights: self.clone(),
            connection: connection.clone(),
            landed,
        };
        Boarded::First(departure, Flight(flight))
    }

    /// Whether one runs.
    pub(super) fn has(&self, connection: &ConnectionId) -> bool {
        self.running().contains_key(connection)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ConnectionId, Receiver>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// What came of it; `None` where it broke off.
    pub(super) async fn landed(mut self) -> Option<Arc<Refreshed>> {
        let landed = self.0.wait_for(Option::is_some).await.ok()?;
        landed.clone()
    }
}

impl Departure {
    /// Says what came of it.
    pub(super) fn land(self, refreshed: Refreshed) {
        // Those who wait may all have gone.
        let _ = self.landed.send(Some(Arc::new(refreshed)));
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        self.flights.running().remove(&self.connection);
    }
}
