//! The parts of a site.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::federation_keys::FederationKeys;
use super::health::Health;
use super::live_sessions::LiveSessions;
use super::logout::Logouts;
use super::outcomes::Outcomes;
use super::pins::Pins;
use super::refresh::RefreshService;
use super::registry::Registry;
use super::sign_on::SignOns;
use crate::connection::BaseUrl;
use crate::ports::Clock;
use crate::store::Store;

/// The parts of a site. Its background tasks end when nobody holds it any more.
pub(crate) struct Site {
    pub(crate) base_url: BaseUrl,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Health,
    pub(crate) registry: Arc<Registry>,
    pub(crate) refresh: RefreshService,
    pub(crate) sessions: LiveSessions,
    pub(crate) outcomes: Outcomes,
    pub(crate) pins: Pins,
    pub(crate) sign_ons: SignOns,
    pub(crate) logouts: Logouts,
    pub(super) federation_keys: FederationKeys,
    pub(super) log_retention: SignedDuration,
}

impl Site {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
