//! The metadata of connections: the copy that the store has, the record of its refreshing, and documents that are fetched now.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::super::difference::Difference;
use super::Admin;
use super::AdminError;
use super::Done;
use super::one;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Origin;
use crate::connection::TrustSource;
use crate::metadata::IdpMetadata;
use crate::metadata::MetadataCopy;
use crate::metadata::PinnedEnds;
use crate::metadata::RefreshFailure;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::metadata::RefreshTrigger;
use crate::metadata::Trust;
use crate::site::RefreshError;
use crate::site::Refreshed;
use crate::site::Refresher;

/// The trust of a connection at a moment: by the copy of its metadata, or by the document at its address where there is none.
pub(crate) async fn trust(admin: &Admin, connection: &Connection, at: Timestamp) -> Done<Trust> {
    let copy = match metadata_copy(admin, connection).await? {
        None => first_copy(admin, connection).await?,
        copy => copy,
    };
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, at);
    let trust = trust.map(|trust| connection.judging_by(trust));
    trust.map_err(|error| AdminError::Untrusted {
        connection: connection.id().clone(),
        error,
    })
}

/// The copy of a connection's metadata, if it has an address or a file and the copy came from there.
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
pub(crate) async fn pinned_ends(admin: &Admin, connection: &Connection) -> Done<PinnedEnds> {
    let record = refresh_record(admin, connection).await?;
    Ok(PinnedEnds::of(connection.trust().pins(), &record.history))
}

/// The record of a connection's refreshing. The state of another source than its own counts for nothing.
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

/// The document of another source, past the guard; `None` for every reason that there is none.
pub(crate) async fn first_copy_of(admin: &Admin, source: &TrustSource) -> Option<MetadataCopy> {
    refresher(admin).ok()?.first_copy(source).await.ok()?
}

fn refresher(admin: &Admin) -> Done<Refresher> {
    let (store, clock) = (Arc::clone(&admin.store), Arc::clone(&admin.clock));
    let policy = RefreshPolicy::default();
    Ok(Refresher::new(store, admin.fetcher()?, policy, clock))
}

/// The result of a refresh.
#[derive(Serialize)]
pub struct RefreshOutcome {
    connection: ConnectionId,
    /// The result in a word.
    pub outcome: RefreshWord,
    /// The change, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The reason why the document before counts on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<RefreshFailure>,
}

/// The result of a refresh in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RefreshWord {
    /// The document is the same.
    Unchanged,
    /// Another one took its place.
    Replaced,
    /// The document that came was rejected.
    Rejected,
    /// Nothing came.
    Unreachable,
}

/// Refreshes the metadata of a connection now, and compares it with what was there before. Fails on an unknown connection or
/// one that has nothing to refresh, where another process refreshes it, and where the store does.
pub async fn refresh(admin: &Admin, id: &ConnectionId) -> Done<RefreshOutcome> {
    let connection = one(admin, id).await?;
    let before = read_metadata(admin, &connection).await?;
    let outcome = |outcome| RefreshOutcome {
        connection: id.clone(),
        outcome,
        difference: None,
        failure: None,
    };
    let refresh = refresher(admin)?;
    match refresh.refresh(&connection, RefreshTrigger::Manual).await? {
        Refreshed::Unchanged => Ok(outcome(RefreshWord::Unchanged)),
        Refreshed::Replaced { .. } => {
            let both = before.zip(read_metadata(admin, &connection).await?);
            let difference = both.map(|(old, new)| Difference::between(&old, &new, admin.now()));
            Ok(RefreshOutcome {
                difference,
                ..outcome(RefreshWord::Replaced)
            })
        }
        Refreshed::Failed(failure) => {
            let word = match UNREACHABLE.contains(&failure.code.as_str()) {
                true => RefreshWord::Unreachable,
                false => RefreshWord::Rejected,
            };
            Ok(RefreshOutcome {
                failure: Some(failure),
                ..outcome(word)
            })
        }
        Refreshed::NotNow(reason) => Err(AdminError::NoRefreshNow {
            connection: id.clone(),
            reason,
        }),
        Refreshed::NoOrigin => Err(AdminError::NothingToRefresh(id.clone())),
    }
}

/// Codes of failures where nothing came that could be rejected.
const UNREACHABLE: [&str; 5] = [
    "fetch-unreachable",
    "fetch-too-slow",
    "fetch-status",
    "fetch-busy",
    "file-unreadable",
];

async fn read_metadata(admin: &Admin, connection: &Connection) -> Done<Option<IdpMetadata>> {
    let copy = metadata_copy(admin, connection).await?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let metadata = connection.trust().metadata(document, admin.now());
    Ok(metadata.ok().flatten())
}
