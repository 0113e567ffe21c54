//! Answering SCIM requests from a directory: which endpoint is meant, what is done in which transaction, what the client
//! reads of it, and what the provisioning log says. There is no HTTP here and no clock: [`ScimRequest`] is what a request
//! holds, [`RequestContext`] what is known about it beside, [`ServiceResponse`] what comes of it.
//!
//! The rules of the protocol are [`crate::scim`]'s, storing is the [`Directory`]'s. Whoever calls this has authenticated
//! the client: an [`RequestContext`] asks for the proof.

mod answer;
mod bulk;
mod discovery;
mod endpoint;
mod exchange;
mod group;
mod list;
mod log;
mod operations;
mod read;
mod refusal;
mod request;
mod user;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::answer::ScimAnswer;
pub use self::answer::ServiceResponse;
pub use self::endpoint::body_limit;
use self::exchange::Exchange;
pub use self::request::Conditions;
pub use self::request::Method;
pub use self::request::ScimRequest;
use crate::directory::Directory;
use crate::directory::ID_OCTETS;
use crate::directory::PAGE;
use crate::directory::Rules;
use crate::directory::View;
use crate::provisioning::Authenticated;
use crate::scim::ScimError;
use crate::scim::schema::ServiceLimits;

/// Answers the requests to one connection.
#[derive(Clone, Copy)]
pub struct ScimService<'a> {
    /// The users and groups.
    pub directory: &'a dyn Directory,
    /// The view that the connection's clients have of them.
    pub view: &'a View,
    /// The rules by which they change.
    pub rules: Rules,
}

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
pub type Random = Arc<dyn Fn() -> Option<[u8; ID_OCTETS]> + Send + Sync>;

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Occasion({})", self.request_id)
    }
}

impl ScimService<'_> {
    /// Answers a request. What it changes is on disk when this returns; a request that is refused has changed nothing,
    /// but for a Bulk request, whose operations stand each for itself.
    pub async fn answer(
        &self,
        request: &ScimRequest,
        occasion: &RequestContext,
    ) -> ServiceResponse {
        Exchange::new(self, request, occasion).answer().await
    }

    /// The response to a request that was refused before it could be read, such as one with too large a body.
    pub fn refuse(
        &self,
        request: &ScimRequest,
        occasion: &RequestContext,
        error: ScimError,
    ) -> ServiceResponse {
        Exchange::new(self, request, occasion).refuse(error)
    }
}

/// Bytes of a request's body, but for those of groups and Bulk.
pub const BODY_OCTETS: usize = 1024 * 1024;

/// Bytes of the body of a group or of its PATCH: as many members as one request may name
/// ([`limits::MEMBERS`](crate::scim::limits::MEMBERS)), at 80 bytes each. Entra's have 50, so that 50,000 take 2.5 MB.
pub const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// The limits that clients are told of.
///
/// A Bulk request has room for its operations at 4 KiB each; each is a durable transaction of its own, so a thousand end
/// well before the client's patience. A cursor is a place that never moves: it holds for ever.
pub const LIMITS: ServiceLimits = ServiceLimits {
    bulk_operations: 1000,
    bulk_octets: 4 * 1024 * 1024,
    page: PAGE,
    default_page: 100,
    cursor_seconds: None,
};
