//! Bulk (RFC 7644 §3.7): many operations in one request, which may refer to resources that others of them create. [`BulkRun`]
//! decides which is next and what stands in place of a bulkId; a server does each as it would do it alone.

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
