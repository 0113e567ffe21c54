//! The store of a site, for what must outlive a request: connections, metadata copies, sign-ons under way, replay
//! keys, sessions, the directory, and what happened to them. [`Store`] is the sum of the traits that the core asks for, [`open`] makes one from a
//! URL, and `contract` (a feature) holds the tests that every implementation must pass. The records and their rules belong to the
//! core; deciding when to sweep belongs to whoever runs the store.
//!
//! A store keeps, finds and locks rows, and decides nothing. Its methods read, and [`Store::forget`] what is old. A change comes as
//! [work](crate::ports::Work) through one of the doors: the rules of the core read rows, decide, and write rows, in one transaction.
//! Users, groups and credentials change by the functions of [`crate::directory`], sessions by those of [`crate::session`], connections,
//! metadata and settings by those of [`crate::trust`]. The directory is read through a door too, [`Directory::look`].
//!
//! [`SqliteStore`] keeps an acknowledged write through `kill -9` and power cuts; it is what a site runs on. In memory
//! it forgets everything when the process ends: that is for tests and demos.

#[cfg(feature = "contract")]
pub mod contract;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

pub use self::sqlite::CannotCreate;
pub use self::sqlite::SqliteStore;
pub use self::sqlite::UnreadableRow;
use crate::connection::Connections;
use crate::connection::SiteSettings;
use crate::directory::Directory;
use crate::event::Events;
use crate::metadata::MetadataCache;
use crate::ports::StoreError;
use crate::provisioning::ProvisioningLog;
use crate::provisioning::ScimCredentials;
use crate::saml::ReplayCache;
use crate::session::RequestStore;
use crate::session::Sessions;
use crate::trust::TrustStore;

/// Everything that a site keeps, behind one object: the web layer holds an `Arc<dyn Store>`.
#[async_trait]
pub trait Store:
    ReplayCache
    + RequestStore
    + Sessions
    + MetadataCache
    + Connections
    + SiteSettings
    + TrustStore
    + Directory
    + ScimCredentials
    + ProvisioningLog
    + Events
{
    /// The time by which the store's records are made. The edge asks, once for a request or a command, and passes the answer on:
    /// no statement asks for it, so that tests can move it. A store of one node has the clock of its system; one that several nodes
    /// share has the clock of its database, as far as this node knows it, so that no node's clock decides about another's records.
    fn now(&self) -> Timestamp;

    /// Removes rows that are older than a moment, in bounded batches, so that sign-ons go on in between; says how many went. Sessions
    /// that are over go by [`expire`](crate::session::expire).
    ///
    /// # Errors
    /// A store that cannot answer; what was removed before stays removed.
    async fn forget(&self, stale: Stale, before: Timestamp) -> Result<u64, StoreError>;

    /// Checks that the store answers; a readiness probe asks.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Tidies up where a process is done with the store: SQLite's log beside the file is emptied. Nothing is lost without
    /// it, and the store can be used on.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Rows that a store forgets once they are old enough.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stale {
    /// Replay keys whose deadline is before the moment. Nothing depends on it but the size of the store.
    ReplayKeys,
    /// Sign-ons that nobody finished, and whose deadline is the moment or before it. Nothing depends on it but the size of the store.
    PendingRequests,
    /// The last sign-ons of people, from before the moment. They hold claims, and so are kept no longer than the log.
    SignOns,
    /// Events from before the moment. They leave a mark: see [`Events::forgotten_events`].
    Events,
    /// Entries of the provisioning log from before the moment.
    LogEntries,
}

impl Stale {
    /// All of them.
    pub const ALL: [Stale; 5] = [
        Stale::ReplayKeys,
        Stale::PendingRequests,
        Stale::SignOns,
        Stale::Events,
        Stale::LogEntries,
    ];
}

/// Opens the store that a URL names: `sqlite:PATH` for a [`SqliteStore`] in that file, which is created if it
/// is missing, `memory:` (or `sqlite::memory:`) for one without a file.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let store = entrada::store::open("memory:").await?;
/// store.ping().await?;
///
/// let error = entrada::store::open("mysql://db/entrada").await.err();
/// assert!(error.is_some_and(|error| error.to_string().contains("\"mysql:\"")));
/// # Ok::<(), entrada::ports::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An [`UnknownStore`], or a store that cannot be opened.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match url.split_once(':') {
        Some(("memory", "") | ("sqlite", ":memory:")) => {
            Ok(Arc::new(SqliteStore::in_memory().await?))
        }
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(SqliteStore::open(path).await?)),
        _ => Err(StoreError::new(UnknownStore::of(url))),
    }
}

/// A URL that names no store. It holds the scheme alone, since what follows can be a password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected \"sqlite:PATH\", \"sqlite::memory:\" or \"memory:\", found {found:?}")]
pub struct UnknownStore {
    /// The URL up to its colon; all of it if it has none.
    pub found: String,
}

impl UnknownStore {
    fn of(url: &str) -> UnknownStore {
        let scheme = url.find(':').map_or(url, |colon| &url[..=colon]);
        UnknownStore {
            found: scheme.to_owned(),
        }
    }
}

/// A record names a connection that the store does not hold, or holds no longer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no connection {0:?}")]
pub struct UnknownConnection(pub String);

/// A session is of a user who is not there, or not active.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a session needs a user who is there, and active")]
pub struct NoActiveUser;

/// A record of this key is there already. Keys are drawn at random, so this is a fault and no coincidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the store holds this {0} already")]
pub struct AlreadyThere(pub &'static str);
