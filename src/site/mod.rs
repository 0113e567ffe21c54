//! The site as an application, apart from HTTP: the clock, the connections in memory, the metadata that is kept
//! fresh, sign-on and logout. `web` brings requests to it and makes responses of what it says.

mod begin;
mod clock;
mod events;
mod expiry;
mod keeper;
mod log_queue;
mod logout;
mod marks;
mod names;
mod outcomes;
mod outgoing;
mod pins;
mod presence;
pub(crate) mod reasons;
mod refresher;
mod refusal;
mod registry;
pub(crate) mod relay_state;
mod requirements;
mod rounds;
mod service_provider;
mod sign_on;
mod sweep;
mod trust_events;

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;

pub(crate) use self::begin::Begin;
pub(crate) use self::begin::Hints;
pub(crate) use self::begin::with_query;
pub(crate) use self::clock::StoreClock;
pub use self::clock::SystemClock;
pub use self::events::EventReader;
pub use self::events::EventsError;
use self::keeper::Keeper;
pub(crate) use self::log_queue::LogQueue;
use self::logout::Logouts;
use self::marks::Marks;
pub(crate) use self::marks::PersonMark;
pub(crate) use self::outcomes::Outcomes;
pub(crate) use self::outcomes::SIGNED_ON;
pub(crate) use self::outgoing::Outgoing;
use self::pins::Pins;
pub use self::presence::OwnSession;
use self::presence::Presence;
pub use self::reasons::REASONS;
pub use self::reasons::remedy;
pub use self::refresher::RefreshError;
pub use self::refresher::Refreshed;
pub use self::refresher::Refresher;
pub(crate) use self::refusal::SignOnError;
pub(crate) use self::registry::Loaded;
pub(crate) use self::registry::Registry;
pub(crate) use self::registry::Snapshot;
#[cfg(feature = "cli")]
pub(crate) use self::relay_state::is_too_long as is_relay_state_too_long;
pub use self::requirements::GuardError;
pub(crate) use self::requirements::Required;
pub(crate) use self::requirements::Requirements;
pub use self::service_provider::decryption_keys;
pub use self::service_provider::service_provider;
pub use self::service_provider::sp_metadata;
pub(crate) use self::sign_on::Answer;
pub(crate) use self::sign_on::Browser;
pub(crate) use self::sign_on::Completed;
use self::sign_on::SignOns;
pub(crate) use self::sweep::LOG_RETENTION;
use self::sweep::Sweep;
use crate::connection::BaseUrl;
use crate::ports::Clock;
use crate::ports::StoreError;
use crate::store::Store;

/// The parts of a site. Its rounds end when nobody holds it any more.
pub(crate) struct Site {
    pub(crate) base_url: BaseUrl,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) keeper: Keeper,
    pub(crate) pins: Pins,
    pub(crate) presence: Presence,
    pub(crate) sign_ons: SignOns,
    pub(crate) logouts: Logouts,
    pub(crate) outcomes: Outcomes,
    sweep: Sweep,
}

impl Site {
    /// Reads the connections once, so that a store that does not answer is found out, and starts the rounds.
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
        let keeper = Keeper::new(store.clone(), clock.clone(), registry.clone(), refresher);
        let pins = Pins::new(store.clone(), clock.clone());
        let sign_ons = SignOns {
            base_url: base_url.clone(),
            store: store.clone(),
            clock: clock.clone(),
            keeper: keeper.clone(),
            pins: pins.clone(),
            marks: Marks::default(),
        };
        let logouts = Logouts {
            base_url: base_url.clone(),
            store: store.clone(),
            clock: clock.clone(),
            keeper: keeper.clone(),
        };
        let site = Arc::new(Site {
            keeper,
            pins,
            sign_ons,
            logouts,
            presence: Presence::new(store.clone(), clock.clone()),
            outcomes: Outcomes::default(),
            sweep: Sweep::new(store.clone(), clock.clone(), log_retention),
            base_url,
            store,
            clock,
            registry,
        });
        rounds::keep_trust_fresh(&site);
        rounds::sweep_from_time_to_time(&site);
        Ok(site)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
