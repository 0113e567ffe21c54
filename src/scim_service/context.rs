//! The facts about a request beside what it says.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::directory::ID_BYTES;
use crate::provisioning::Authenticated;

/// The facts about a request beside what it says.
#[derive(Clone)]
pub struct RequestContext {
    /// Proof that the client may ask, and for which connection.
    pub caller: Authenticated,
    /// The name of the request in the client's log and in ours.
    pub request_id: String,
    /// The moment when it came.
    pub now: Timestamp,
    /// The time since then.
    pub elapsed: Stopwatch,
    /// The source of ids.
    pub random: Random,
}

/// Tells how long ago a request came.
pub type Stopwatch = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Draws bytes from a cryptographic random generator; `None` if it has none.
pub type Random = Arc<dyn Fn() -> Option<[u8; ID_BYTES]> + Send + Sync>;

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestContext({})", self.request_id)
    }
}
