//! The tasks that a site does by itself, from time to time: for as long as somebody holds the site.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::time::sleep;

use super::Site;
use super::clock::clock_differs;
use super::expiry_warnings::Expiry;
use super::refresh::Watched;
use super::sweep::sweep;
use crate::configuration::purge_connection;
use crate::ports::Actor;
use crate::store::SharedTask;

pub(super) fn keep_trust_fresh(site: &Arc<Site>) {
    let site = Arc::downgrade(site);
    tokio::spawn(async move {
        let mut expiry = Expiry::default();
        let mut watched = Watched::default();
        loop {
            let Some(site) = site.upgrade() else { return };
            site.refresh.refresh_what_is_due().await;
            watched.look(&site.refresh).await;
            expiry.round(&site).await;
            let tick = site.refresh.tick();
            drop(site);
            sleep(tick).await;
        }
    });
}

pub(super) fn sweep_from_time_to_time(site: &Arc<Site>) {
    let site = Arc::downgrade(site);
    tokio::spawn(async move {
        loop {
            sleep(INTERVAL).await;
            let Some(site) = site.upgrade() else { return };
            if is_ours(&site).await {
                sweep(&*site.store, site.now(), site.log_retention).await;
                remove_stand_ins(&site).await;
            }
        }
    });
}

/// True if this process is the one that sweeps now. Where the store fails, nobody does.
async fn is_ours(site: &Site) -> bool {
    let now = site.now();
    let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
    let taken = site.store.take_lease(SharedTask::Sweep, now, until).await;
    taken.unwrap_or_else(|error| {
        tracing::warn!(event = "sweep-failed", %error, "nothing was swept");
        false
    })
}

/// Looks at the store's clock from time to time, and says when it and the clock of this machine part and meet.
pub(super) fn watch_the_clock(site: &Arc<Site>) {
    let site = Arc::downgrade(site);
    tokio::spawn(async move {
        let mut differed = false;
        loop {
            let Some(site) = site.upgrade() else { return };
            // Whether it answers is the concern of those who need it.
            let _ = site.store.ping().await;
            let differs = clock_differs(&*site.store);
            let seconds = site.store.clock_difference().as_secs();
            match (differed, differs) {
                (false, true) => {
                    tracing::warn!(
                        event = "clock-differs",
                        seconds,
                        "the clock of this machine is not that of the database: set it right (timedatectl)"
                    )
                }
                (true, false) => {
                    tracing::info!(
                        event = "clock-agrees",
                        seconds,
                        "the clock of this machine is that of the database again"
                    )
                }
                _ => {}
            }
            differed = differs;
            drop(site);
            sleep(LOOK_AT_CLOCK).await;
        }
    });
}

/// Removes the connections of validations that were killed, once nobody is trusted by them.
async fn remove_stand_ins(site: &Site) {
    let Ok(snapshot) = site.registry.current().await else {
        return;
    };
    let now = site.now();
    for loaded in snapshot.iter() {
        let connection = &loaded.connection;
        if !connection.is_stand_in() || loaded.validity().check(now).is_ok() {
            continue;
        }
        if let Err(error) = purge_connection(&*site.store, connection.id(), now, &Actor::App).await
        {
            tracing::warn!(event = "sweep-failed", %error, "the connection of a validation that is over was not removed");
        }
    }
}

/// The time between looks at the store's clock: a clock that is set is noticed soon, and each costs a round trip.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(10);

/// A little shorter than [`INTERVAL`], so that who swept last is the one who sweeps next, and long enough that nobody else does.
const LEASE: SignedDuration = SignedDuration::from_secs(55);

/// Often enough that expired rows stay few, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(60);
