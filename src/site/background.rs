//! The tasks that a site does by itself, from time to time: for as long as somebody holds the site.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Site;
use super::expiry_warnings::Expiry;
use super::refresh::Watched;
use super::sweep::sweep;

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
        }
    });
}

/// Often enough that expired rows stay few, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(60);
