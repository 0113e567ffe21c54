//! The start of a site.

use std::sync::Arc;

use jiff::SignedDuration;

use super::background;
use super::federation_keys::FederationKeys;
use super::health::Health;
use super::live_sessions::LiveSessions;
use super::logout::Logouts;
use super::marks::Marks;
use super::outcomes::Outcomes;
use super::parts::Site;
use super::pins::Pins;
use super::refresh::RefreshService;
use super::refresher::Refresher;
use super::registry::Registry;
use super::sign_on::SignOns;
use crate::connection::BaseUrl;
use crate::ports::Clock;
use crate::ports::StoreError;
use crate::store::Store;

impl Site {
    /// Reads the connections once, so that a store that does not answer is found out, and starts the background tasks.
    pub(crate) async fn start(
        base_url: BaseUrl,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        refresher: Refresher,
        log_retention: SignedDuration,
    ) -> Result<Arc<Site>, StoreError> {
        let registry = Registry::new(base_url.clone(), store.clone(), clock.clone());
        let registry = Arc::new(registry);
        registry.current().await?;
        let federation_keys = FederationKeys::new(refresher.fetcher().clone(), clock.clone());
        let refresh =
            RefreshService::new(store.clone(), clock.clone(), registry.clone(), refresher);
        let pins = Pins {
            store: store.clone(),
            clock: clock.clone(),
        };
        let site = Arc::new(Site {
            sign_ons: SignOns {
                base_url: base_url.clone(),
                store: store.clone(),
                clock: clock.clone(),
                refresh: refresh.clone(),
                pins: pins.clone(),
                marks: Marks::default(),
            },
            logouts: Logouts {
                base_url: base_url.clone(),
                store: store.clone(),
                clock: clock.clone(),
                refresh: refresh.clone(),
            },
            federation_keys,
            pins,
            refresh,
            sessions: LiveSessions::new(store.clone(), clock.clone()),
            health: Health::default(),
            outcomes: Outcomes::default(),
            log_retention,
            base_url,
            store,
            clock,
            registry,
        });
        background::keep_trust_fresh(&site);
        background::sweep_from_time_to_time(&site);
        background::watch_the_clock(&site);
        Ok(site)
    }
}
