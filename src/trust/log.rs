//! Entries of the provisioning log that belong to no change.

use super::TrustLock;
use super::TrustStore;
use super::change;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;

/// Appends entries that belong to no change: look-ups and refusals. Those of connections that are gone are left out.
///
/// # Errors
/// A store that cannot answer; then none is appended.
pub async fn append_log(
    store: &(impl TrustStore + ?Sized),
    entries: &[LogEntry],
) -> Result<(), StoreError> {
    let entries = entries.to_vec();
    change(store, TrustLock::Nothing, move |rows| {
        Box::pin(async move { rows.append_log(&entries).await })
    })
    .await
}
