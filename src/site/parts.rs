//! The parts of a site.

use std::sync::Arc;

use jiff::Timestamp;

use super::logout::Logouts;
use super::outcomes::Outcomes;
use super::pins::Pins;
use super::presence::Presence;
use super::refresh::RefreshService;
use super::registry::Registry;
use super::sign_on::SignOns;
use super::sweep::Sweep;
use crate::connection::BaseUrl;
use crate::ports::Clock;
use crate::store::Store;

/// The parts of a site. Its rounds end when nobody holds it any more.
pub(crate) struct Site {
    pub(crate) base_url: BaseUrl,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) refresh: RefreshService,
    pub(crate) pins: Pins,
    pub(crate) presence: Presence,
    pub(crate) sign_ons: SignOns,
    pub(crate) logouts: Logouts,
    pub(crate) outcomes: Outcomes,
    pub(super) sweep: Sweep,
}

impl Site {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
