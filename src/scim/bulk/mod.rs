//! Bulk (RFC 7644 §3.7): many operations in one request, which may refer to resources that others of them create. A
//! server asks [`BulkRun`] for one operation after the other, does it as it would do it alone, and hands back what came of
//! it; which of them is next, and what stands in place of a bulkId, is decided here.

mod queue;
mod reference;
mod request;
mod run;
#[cfg(test)]
mod tests;

pub use self::request::BulkMethod;
pub use self::request::BulkRequest;
pub use self::run::BulkDone;
pub use self::run::BulkOperation;
pub use self::run::BulkRun;
