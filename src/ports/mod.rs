//! The world outside the core, as the core asks for it: the time, and a store that can fail. The traits for each
//! kind of record stand in the module that needs them; adapters implement them further down.

mod actor;
mod work;

use std::error::Error;
use std::fmt;

use jiff::Timestamp;

pub use self::actor::Actor;
pub(crate) use self::work::TxFuture;
pub use self::work::TxKind;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::work::TxOutcome;
pub(crate) use self::work::TxResult;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::work::TxWork;

/// Tells the time. Core functions take `now` as an argument; only the edge holds a clock.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// A store that could not answer. Whatever was being decided is refused: a store never fails open.
pub struct StoreError(Box<dyn Error + Send + Sync>);

impl StoreError {
    /// Wraps the adapter's own error.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        StoreError(cause.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store failed: {}", self.0)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
debug_as_sentence!(StoreError);
