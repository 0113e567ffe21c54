//! The rows that any change may write beside its own.

use async_trait::async_trait;

use crate::event::Event;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;

/// Rows of the outbox, of the provisioning log and of the revision, within a transaction.
///
/// Each method fails where the store does.
#[async_trait]
pub trait ChangeRows: Send {
    /// Appends events. They are there if the transaction is. Of the events of a connection with the same
    /// [`repeat_key`](crate::event::Happened::repeat_key) only the first is kept.
    async fn append_events(&mut self, events: &[Event]) -> Result<(), StoreError>;

    /// Appends entries to the provisioning log. They are there if the transaction is. Entries of connections that are gone are
    /// left out.
    async fn append_log(&mut self, entries: &[LogEntry]) -> Result<(), StoreError>;

    /// Makes the revision of the store grow, and returns it. Servers then read anew which connections there are, and which are
    /// provisioned.
    async fn bump_revision(&mut self) -> Result<u64, StoreError>;
}
