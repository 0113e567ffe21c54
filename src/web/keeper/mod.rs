//! Keeps the trust of every connection fresh: a task that refreshes metadata as it falls due and reads files again
//! that change, early refreshes for responses with an unknown key, and reports of what nears its end.

mod early;
mod flight;
mod levels;
mod log;
mod pace;
mod pinned;
mod schedule;
mod watch;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::sync::broadcast;
use tokio::time::sleep;

use self::flight::Boarded;
use self::flight::Departure;
use self::flight::Flight;
use self::flight::Flights;
use self::levels::Levels;
use self::pace::Pace;
use self::schedule::Schedule;
use self::watch::Watched;
use super::Entrada;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::event::Happened;
use crate::metadata::Occasion;
use crate::site::Refreshed;
use crate::site::Refresher;

/// What the keeper holds between its rounds.
pub(super) struct Keeper {
    refresher: Refresher,
    events: broadcast::Sender<Event>,
    flights: Arc<Flights>,
    pace: Pace,
    slots: Semaphore,
    schedule: Mutex<Schedule>,
    /// Before when no early refresh of a connection need be asked for, as far as this process knows.
    no_early: Mutex<HashMap<ConnectionId, Instant>>,
}

impl Keeper {
    pub(super) fn new(refresher: Refresher) -> Keeper {
        Keeper {
            refresher,
            events: broadcast::Sender::new(EVENTS),
            flights: Arc::default(),
            pace: Pace::new(),
            slots: Semaphore::new(SLOTS),
            schedule: Mutex::default(),
            no_early: Mutex::default(),
        }
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entrada {
    /// Events about trust in this process, from now on: refreshes, keys that come and go, what nears its end. A receiver that
    /// reads too slowly misses the oldest (`RecvError::Lagged`). Those whose kind
    /// [is kept](crate::event::EventKind::is_kept) come from [`Entrada::events`] too, of all processes.
    pub fn trust_events(&self) -> broadcast::Receiver<Event> {
        self.keeper().events.subscribe()
    }

    /// Refreshes the metadata of a connection now, and says what came of it; for a button of your own. A refresh that
    /// runs already is waited for.
    ///
    /// `None` if there is no such connection, or the store does not answer.
    pub async fn refresh_metadata(&self, connection: &ConnectionId) -> Option<Refreshed> {
        let snapshot = self.registry().renewed().await.ok()?;
        let loaded = snapshot.get(connection.as_str())?;
        let flight = self.refresh(&loaded.connection, Occasion::Asked);
        flight.landed().await.map(|landed| (*landed).clone())
    }

    /// Joins the refresh of a connection, or starts one, which goes on when nobody waits any more.
    fn refresh(&self, connection: &Connection, occasion: Occasion) -> Flight {
        match self.keeper().flights.board(connection.id()) {
            Boarded::Joined(flight) => flight,
            Boarded::First(departure, flight) => {
                self.run(connection.clone(), occasion, departure);
                flight
            }
        }
    }

    /// Refreshes a connection as its turn comes. Until then nobody joins it: a sign-on would wait for all the others.
    fn refresh_in_turn(&self, connection: Connection) {
        let entrada = self.clone();
        tokio::spawn(async move {
            let keeper = entrada.keeper();
            keeper.pace.scheduled().await;
            let slot = keeper.slots.acquire().await;
            let flight = entrada.refresh(&connection, Occasion::Due);
            let _ = flight.landed().await;
            drop(slot);
        });
    }

    fn run(&self, connection: Connection, occasion: Occasion, departure: Departure) {
        let entrada = self.clone();
        tokio::spawn(async move {
            let keeper = entrada.keeper();
            if occasion != Occasion::Due {
                keeper.pace.awaited().await;
            }
            match keeper.refresher.refresh(&connection, occasion).await {
                Ok(refreshed) => {
                    entrada.landed(&connection, occasion, &refreshed).await;
                    departure.land(refreshed);
                }
                Err(error) => {
                    let id = connection.id();
                    tracing::warn!(connection = %id, %error, "metadata not refreshed");
                    let again = entrada.now().checked_add(STORE_AGAIN);
                    let again = again.unwrap_or(Timestamp::MAX);
                    keeper.schedule().put_off(id, again);
                }
            }
        });
    }

    /// Tells everybody what came of a refresh.
    async fn landed(&self, connection: &Connection, occasion: Occasion, refreshed: &Refreshed) {
        let id = connection.id();
        if matches!(refreshed, Refreshed::Replaced { .. }) {
            // A key that was dropped is refused from here on. A store that fails now is asked again with the next sign-on.
            let _ = self.registry().renewed().await;
        }
        match refreshed {
            Refreshed::Unchanged => self.report(id, Happened::MetadataUnchanged),
            Refreshed::Replaced { keys } => {
                self.report(id, Happened::MetadataRefreshed);
                for fingerprint in keys.added.iter().copied() {
                    self.report(id, Happened::CertificateTrusted { fingerprint });
                }
                for fingerprint in keys.retired.iter().copied() {
                    self.report(id, Happened::CertificateRetired { fingerprint });
                }
            }
            Refreshed::Failed(failure) => self.report(
                id,
                Happened::MetadataRejected {
                    code: failure.code.clone(),
                    reason: failure.reason.clone(),
                },
            ),
            Refreshed::NotNow(_) | Refreshed::NoOrigin => {}
        }
        self.remember_early(id, occasion, refreshed);
        // What is in the store now decides when the next one is due: another process may have been at it.
        match self.store().refresh_record(id.as_str()).await {
            Ok(record) => self.keeper().schedule().learn(connection, &record.state),
            Err(_) => self.keeper().schedule().forget(id),
        }
    }

    fn report(&self, connection: &ConnectionId, happened: Happened) {
        self.tell(Event {
            connection: connection.clone(),
            at: self.now(),
            happened,
        });
    }

    /// Tells those who listen in this process, and the log.
    fn tell(&self, event: Event) {
        log::write(&event);
        // Nobody may be listening.
        let _ = self.keeper().events.send(event);
    }

    /// Starts the task that keeps trust fresh for as long as this process serves.
    pub(super) fn keep_trust_fresh(&self) {
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut levels = Levels::default();
            let mut watched = Watched::default();
            loop {
                let Some(inner) = inner.upgrade() else { return };
                let entrada = Entrada { inner };
                entrada.refresh_what_is_due().await;
                entrada.read_what_has_changed(&mut watched).await;
                entrada.report_levels(&mut levels).await;
                let tick = entrada.keeper().refresher.policy().floor.min(TICK);
                drop(entrada);
                sleep(tick).await;
            }
        });
    }
}

/// How often the keeper looks what is due: often against the floor, and for a clock that jumps.
const TICK: Duration = Duration::from_secs(1);
/// Scheduled refreshes under way at once: with fifteen a second that end within a second each, as many are needed;
/// more would only hold documents in memory.
const SLOTS: usize = 16;
/// Events that a slow listener may fall behind by: some hours of a site with a hundred connections.
const EVENTS: usize = 1024;
/// A store that does not answer is asked again after a minute.
const STORE_AGAIN: SignedDuration = SignedDuration::from_mins(1);
