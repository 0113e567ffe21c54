//! Changing a connection: its settings, the copy of its metadata, and the events of whom it trusts.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::connection::Connection;
use crate::event::trust_changes;
use crate::metadata::MetadataCopy;
use crate::ports::StoreError;
use crate::store::Store;

/// Puts a connection in the place of the one that was `present`, keeps the copy of its metadata that was fetched for it, and
/// tells of the certificates that come and go. Says whether it was done: if not, the store holds something else by now, and
/// nothing was changed.
///
/// # Errors
/// A store that cannot answer.
pub async fn replace_connection(
    store: &dyn Store,
    present: Option<&Connection>,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = match present {
        Some(present) => Some(trusted(store, present).await?),
        None => None,
    };
    let changes = present != Some(connection);
    if changes && !store.replace_connection(present, connection).await? {
        return Ok(false);
    }
    if let Some(copy) = copy {
        store.keep_metadata(connection.id().as_str(), copy).await?;
    }
    // A connection that is new has changed nothing.
    let Some(before) = before.filter(|_| changes || copy.is_some()) else {
        return Ok(true);
    };
    let after = trusted(store, connection).await?;
    let told = trust_changes(connection.id(), &before, &after, now);
    if !told.is_empty() {
        store.append_events(&told).await?;
    }
    Ok(true)
}

/// The certificates that a connection trusts, by what the store holds of its metadata.
async fn trusted(
    store: &dyn Store,
    connection: &Connection,
) -> Result<BTreeSet<String>, StoreError> {
    let source = connection.trust();
    let copy = match source.copy_name() {
        Some(name) => {
            let copy = store.metadata_copy(connection.id().as_str()).await?;
            copy.filter(|copy| copy.url == name)
        }
        None => None,
    };
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let pins = source.pins().iter().map(ToString::to_string);
    let Ok(trust) = source.trust(document) else {
        return Ok(pins.collect());
    };
    let certificates = trust.certificates().iter();
    let certificates = certificates.map(|one| one.fingerprint().to_string());
    Ok(certificates.chain(pins).collect())
}
