//! Keeps the trust of every connection fresh: refreshes of metadata that fall due, files that are read again when they
//! change, and early refreshes for responses with an unknown key.

mod due;
mod early;
mod pace;
mod schedule;
mod single_flight;
mod unknown_key;
mod watch;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::sync::broadcast;

use self::early::Early;
use self::pace::Pace;
use self::schedule::Schedule;
use self::single_flight::Follower;
use self::single_flight::Joined;
use self::single_flight::Leader;
use self::single_flight::SingleFlight;
pub(super) use self::watch::Watched;
use super::LoadedConnection;
use super::Refreshed;
use super::Refresher;
use super::Registry;
use super::event_broadcast::EventBroadcast;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::event::Happened;
use crate::metadata::RefreshTrigger;
use crate::ports::Clock;
use crate::store::Store;

/// The refreshing of a site's metadata. It is cheap to clone; all clones are one, and a refresh that runs holds one.
#[derive(Clone)]
pub(crate) struct RefreshService(Arc<State>);

struct State {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    registry: Arc<Registry>,
    refresher: Refresher,
    told: EventBroadcast,
    single_flight: Arc<SingleFlight>,
    pace: Pace,
    slots: Semaphore,
    schedule: Mutex<Schedule>,
    early: Early,
}

impl State {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefreshService {
    pub(super) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        registry: Arc<Registry>,
        refresher: Refresher,
    ) -> RefreshService {
        RefreshService(Arc::new(State {
            store,
            clock,
            registry,
            refresher,
            told: EventBroadcast::default(),
            single_flight: Arc::default(),
            pace: Pace::new(),
            slots: Semaphore::new(SLOTS),
            schedule: Mutex::default(),
            early: Early::default(),
        }))
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.0.told.listen()
    }

    /// Refreshes the metadata of a connection now; a refresh that runs already is waited for. `None` if there is no such
    /// connection, or the store does not answer.
    pub(crate) async fn refresh_named(&self, connection: &ConnectionId) -> Option<Refreshed> {
        let snapshot = self.0.registry.renewed().await.ok()?;
        let loaded = snapshot.get(connection.as_str())?;
        let follower = self.refresh(&loaded.connection, RefreshTrigger::Manual);
        follower
            .finished()
            .await
            .map(|refreshed| (*refreshed).clone())
    }

    /// Joins the refresh of a connection, or starts one, which goes on when nobody waits any more.
    fn refresh(&self, connection: &Connection, trigger: RefreshTrigger) -> Follower {
        match self.0.single_flight.join(connection.id()) {
            Joined::Following(follower) => follower,
            Joined::Leading(leader, follower) => {
                self.run(connection.clone(), trigger, leader);
                follower
            }
        }
    }

    /// Refreshes a connection as its turn comes. Until then nobody joins it: a sign-on would wait for all the others.
    fn refresh_in_turn(&self, connection: Connection) {
        let service = self.clone();
        tokio::spawn(async move {
            service.0.pace.scheduled().await;
            let slot = service.0.slots.acquire().await;
            let follower = service.refresh(&connection, RefreshTrigger::Scheduled);
            let _ = follower.finished().await;
            drop(slot);
        });
    }

    fn run(&self, connection: Connection, trigger: RefreshTrigger, leader: Leader) {
        let service = self.clone();
        tokio::spawn(async move {
            if trigger != RefreshTrigger::Scheduled {
                service.0.pace.awaited().await;
            }
            match service.0.refresher.refresh(&connection, trigger).await {
                Ok(refreshed) => {
                    service.finished(&connection, trigger, &refreshed).await;
                    leader.finish(refreshed);
                }
                Err(error) => {
                    let id = connection.id();
                    tracing::warn!(event = "refresh-failed", connection = %id, %error, "metadata not refreshed");
                    let again = service.0.now().checked_add(STORE_AGAIN);
                    let again = again.unwrap_or(Timestamp::MAX);
                    service.0.schedule().put_off(id, again);
                }
            }
        });
    }

    async fn finished(
        &self,
        connection: &Connection,
        trigger: RefreshTrigger,
        refreshed: &Refreshed,
    ) {
        let id = connection.id();
        if matches!(refreshed, Refreshed::Replaced { .. }) {
            // A key that was dropped is refused from here on. A store that fails now is asked again with the next sign-on.
            let _ = self.0.registry.renewed().await;
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
        let early = self.0.refresher.policy().early_interval;
        let now = self.0.now();
        self.0.early.remember(id, trigger, refreshed, early, now);
        // What is in the store now decides when the next one is due: another process may have been at it.
        match self.0.store.refresh_record(id.as_str()).await {
            Ok(record) => self.0.schedule().learn(connection, &record.state),
            Err(_) => self.0.schedule().forget(id),
        }
    }

    fn report(&self, connection: &ConnectionId, happened: Happened) {
        let now = self.0.now();
        self.0.told.tell(Event::new(connection, now, happened));
    }

    pub(super) fn tell(&self, event: Event) {
        self.0.told.tell(event);
    }

    /// The time at which the source last vouched for the copy of a connection; `None` where nothing is fetched.
    pub(crate) fn confirmed(&self, loaded: &LoadedConnection) -> Option<Timestamp> {
        let fetched = loaded.fetched()?;
        let last = self.last_refresh(loaded);
        let confirmed = last.and_then(|last| last.confirmed);
        Some(confirmed.map_or(fetched, |confirmed| confirmed.max(fetched)))
    }

    pub(super) fn tick(&self) -> Duration {
        self.0.refresher.policy().floor.min(TICK)
    }
}

/// The time between two looks at what is due: short against the floor, and for a clock that jumps.
const TICK: Duration = Duration::from_secs(1);
/// Scheduled refreshes under way at once: with fifteen a second that end within a second each, as many are needed;
/// more would only hold documents in memory.
const SLOTS: usize = 16;
/// A store that does not answer is asked again after a minute.
const STORE_AGAIN: SignedDuration = SignedDuration::from_mins(1);
