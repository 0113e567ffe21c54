//! The site as an application, apart from HTTP: the clock, the connections in memory, the metadata that is kept
//! fresh, sign-on and logout. `web` brings requests to it and makes responses of what it says.

mod clock;
mod log_queue;
pub(crate) mod reasons;
mod refresher;
mod refusal;
mod registry;
pub(crate) mod relay_state;
mod service_provider;

pub(crate) use self::clock::StoreClock;
pub use self::clock::SystemClock;
pub(crate) use self::log_queue::LogQueue;
pub use self::reasons::REASONS;
pub use self::reasons::mend;
pub use self::refresher::RefreshError;
pub use self::refresher::Refreshed;
pub use self::refresher::Refresher;
pub(crate) use self::refusal::SignOnError;
pub(crate) use self::registry::Loaded;
pub(crate) use self::registry::Registry;
pub(crate) use self::registry::Snapshot;
#[cfg(feature = "cli")]
pub(crate) use self::relay_state::is_too_long as is_relay_state_too_long;
pub use self::service_provider::decryption_keys;
pub use self::service_provider::service_provider;
pub use self::service_provider::sp_metadata;
