//! The sizes of requests and answers.

use crate::directory::PAGE;
use crate::scim::schema::ServiceLimits;

/// Bytes of a request's body, but for those of groups and Bulk.
pub const BODY_BYTES: usize = 1024 * 1024;

/// Bytes of the body of a group or of its PATCH: as many members as one request may name
/// (100,000), at 80 bytes each. Entra's have 50, so that 50,000 take 2.5 MB.
pub const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// The limits that clients are told of.
///
/// A Bulk request has room for its operations at 4 KiB each; each is a durable transaction of its own, so a thousand end
/// well before the client's patience. A cursor is a place that never moves: it holds for ever.
pub(crate) const LIMITS: ServiceLimits = ServiceLimits {
    bulk_operations: 1000,
    bulk_bytes: 4 * 1024 * 1024,
    page: PAGE,
    default_page: 100,
};
