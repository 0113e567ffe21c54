//! Events, and entries of the provisioning log, that belong to no change.

use super::ConfigLock;
use super::ConfigStore;
use super::change;
use crate::event::Event;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;

/// Appends events that belong to no change of the store, such as a certificate that nears its end, or none where the store
/// fails. Of the events of a connection with the same [`repeat_key`](crate::event::Happened::repeat_key) only the first is
/// kept, whoever appends them; that holds for events that come with a change too.
pub async fn append_events(
    store: &(impl ConfigStore + ?Sized),
    events: &[Event],
) -> Result<(), StoreError> {
    let events = events.to_vec();
    change(store, ConfigLock::Nothing, move |rows| {
        Box::pin(async move { rows.append_events(&events).await })
    })
    .await
}

/// Appends look-ups and refusals, but for connections that are gone; none where the store fails.
pub async fn append_log(
    store: &(impl ConfigStore + ?Sized),
    entries: &[LogEntry],
) -> Result<(), StoreError> {
    let entries = entries.to_vec();
    change(store, ConfigLock::Nothing, move |rows| {
        Box::pin(async move { rows.append_log(&entries).await })
    })
    .await
}
