//! The tasks that a site does by itself, from time to time: for as long as somebody holds the site.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Site;
use super::expiry_warnings::Expiry;
use super::refresh::Watched;
use super::sweep::sweep;
use crate::configuration::purge_connection;
use crate::ports::Actor;

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
            sweep(&*site.store, site.now(), site.log_retention).await;
            remove_stand_ins(&site).await;
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

/// Often enough that expired rows stay few, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(60);
