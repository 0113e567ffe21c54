//! The site as an application, apart from HTTP: the clock, the connections in memory, the metadata that is kept
//! fresh, sign-on and logout. `web` brings requests to it and makes responses of what it says.

mod clock;
mod log_queue;
pub(crate) mod reasons;
mod refresher;

pub(crate) use self::clock::StoreClock;
pub use self::clock::SystemClock;
pub(crate) use self::log_queue::LogQueue;
pub use self::reasons::REASONS;
pub use self::reasons::mend;
pub use self::refresher::RefreshError;
pub use self::refresher::Refreshed;
pub use self::refresher::Refresher;
