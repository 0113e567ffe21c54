//! The metadata of connections: the copy that the store has, the record of its refreshing, and documents that are fetched now.

use std::sync::Arc;

use jiff::Timestamp;

use super::Admin;
use super::AdminError;
use super::Done;
use crate::connection::Connection;
use crate::connection::Origin;
use crate::metadata::MetadataCopy;
use crate::metadata::PinnedEnds;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::metadata::RefreshTrigger;
use crate::metadata::Trust;
use crate::site::RefreshError;
use crate::site::Refreshed;
use crate::site::Refresher;

/// The trust of a connection at a moment: by the copy of its metadata, or by the document at its address where there is none.
///
/// # Errors
/// A source that nobody can be trusted by, an address that does not answer, and a store that does not answer.
pub(crate) async fn trust(admin: &Admin, connection: &Connection, at: Timestamp) -> Done<Trust> {
    let copy = match metadata_copy(admin, connection).await? {
        None => first_copy(admin, connection).await?,
        copy => copy,
    };
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, at);
    trust.map_err(|error| AdminError::Untrusted {
        connection: connection.id().clone(),
        error,
    })
}

/// The copy of a connection's metadata, if it has an address or a file and the copy came from there.
///
/// # Errors
/// A store that does not answer.
pub(crate) async fn metadata_copy(
    admin: &Admin,
    connection: &Connection,
) -> Done<Option<MetadataCopy>> {
    let Some(name) = connection.trust().copy_name() else {
        return Ok(None);
    };
    let copy = admin.store().metadata_copy(connection.id().as_str());
    Ok(copy.await?.filter(|copy| copy.url == name))
}

/// The ends of the certificates that a connection pins, as far as they are known.
///
/// # Errors
/// A store that does not answer.
pub(crate) async fn pinned_ends(admin: &Admin, connection: &Connection) -> Done<PinnedEnds> {
    let record = refresh_record(admin, connection).await?;
    Ok(PinnedEnds::of(connection.trust().pins(), &record.history))
}

/// The record of a connection's refreshing. The state of another source than its own counts for nothing.
///
/// # Errors
/// A store that does not answer.
pub(crate) async fn refresh_record(admin: &Admin, connection: &Connection) -> Done<RefreshRecord> {
    let name = connection.trust().copy_name();
    let mut record = admin
        .store()
        .refresh_record(connection.id().as_str())
        .await?;
    if Some(&record.state.source) != name.as_ref() {
        record.state = RefreshState::default();
    }
    Ok(record)
}

/// Fetches a connection's metadata, past the guard; `None` where there is nothing to fetch.
///
/// # Errors
/// An address that does not answer, and a document that does not pass.
pub(crate) async fn first_copy(
    admin: &Admin,
    connection: &Connection,
) -> Done<Option<MetadataCopy>> {
    let copy = refresher(admin)?.first_copy(connection.trust()).await;
    copy.map_err(|error| {
        let (connection, origin) = (connection.id().clone(), connection.trust().origin());
        match (error, origin) {
            (RefreshError::Fetch(error), Some(Origin::Url(url))) => AdminError::Fetch {
                connection,
                url,
                error,
            },
            (error, _) => AdminError::Metadata { connection, error },
        }
    })
}

/// Refreshes the metadata of a connection now. A document that is rejected, and a source that cannot be reached, are results.
///
/// # Errors
/// A store that does not answer.
pub async fn refresh(admin: &Admin, connection: &Connection) -> Done<Refreshed> {
    let refresher = refresher(admin)?;
    Ok(refresher
        .refresh(connection, RefreshTrigger::Manual)
        .await?)
}

/// A refresher on the store of the site.
fn refresher(admin: &Admin) -> Done<Refresher> {
    let (store, clock) = (Arc::clone(&admin.store), Arc::clone(&admin.clock));
    let policy = RefreshPolicy::default();
    Ok(Refresher::new(store, admin.fetcher()?, policy, clock))
}
