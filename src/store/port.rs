//! The store as a site uses it: the sum of the traits of the core.

use std::path::PathBuf;

use async_trait::async_trait;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Serialize;

use crate::configuration::ConfigStore;
use crate::connection::Connections;
use crate::connection::KeptConnection;
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

/// Everything that a site keeps, behind one object: the web layer holds an `Arc<dyn Store>`.
#[async_trait]
pub trait Store:
    ReplayCache
    + RequestStore
    + Sessions
    + MetadataCache
    + Connections
    + SiteSettings
    + ConfigStore
    + Directory
    + ScimCredentials
    + ProvisioningLog
    + Events
{
    /// The time by which the store's records are made. The edge asks, once for a request or a command, and passes the answer on:
    /// no statement asks for it, so that tests can move it. A store of one node has the clock of its system; one that several nodes
    /// share has the clock of its database, as far as this node knows it, so that no node's clock decides about another's records.
    fn now(&self) -> Timestamp;

    /// Removes rows that are older than a moment, in bounded batches, so that sign-ons go on in between; says how many
    /// went. Where the store fails, what was removed before stays removed. Sessions that are over go by `expire`.
    async fn forget(&self, stale: Stale, before: Timestamp) -> Result<u64, StoreError>;

    /// Takes the lease of a task that one process does for all of them, until a moment; false where another one is still to run at
    /// `now`. Nobody gives a lease back: it ends by itself. One that ends later than twice the time that is asked for was written
    /// before a clock was set back, and does not count. Fails where the store does not answer.
    async fn take_lease(
        &self,
        task: SharedTask,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Checks that the store answers, and looks at its clock; fails where it does not. A readiness probe asks, and each process of a
    /// site every few seconds.
    async fn ping(&self) -> Result<(), StoreError>;

    /// The time by which the clock of the store was ahead of that of this process when [`ping`](Store::ping) last looked. Zero for a
    /// store that has no clock of its own.
    fn clock_difference(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    /// Checks that the store takes changes, by one that changes nothing; fails where it does not. A disk that is full takes none.
    async fn check_writable(&self) -> Result<(), StoreError>;

    /// The place of the store and the numbers of what is in it; fails where the store does not answer.
    async fn facts(&self) -> Result<StoreFacts, StoreError>;

    /// Sees to it that no byte of rows that were removed stays in the store, as far as it decides that. A store that others keep, and
    /// one in memory, has nothing to do. Fails where the store does.
    async fn erase_removed(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Tidies up where a process is done with the store: SQLite's log beside the file is emptied. Nothing is lost
    /// without it, and the store can be used on. Fails where the store does not answer.
    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The place of a store and the numbers of what is in it.
#[derive(Clone, PartialEq, Eq, Serialize, Debug, Default)]
pub struct StoreFacts {
    /// Its file, by a path from the root; `None` where it has none.
    pub file: Option<PathBuf>,
    /// The name of its database on a server; `None` where it is on none.
    pub database: Option<String>,
    /// The id that it was made or restored with; `None` where the last version that had it open gave none.
    pub store_id: Option<String>,
    /// The number of its last migration.
    pub schema: i64,
    /// The size of the database in bytes.
    pub bytes: u64,
    /// The size of the log beside it.
    pub log_bytes: u64,
    /// The base URL that it keeps for the site.
    pub base_url: Option<String>,
    /// Connections.
    pub connections: u64,
    /// Keys of ours.
    pub keys: u64,
    /// Users of all connections.
    pub users: u64,
    /// Groups of all connections.
    pub groups: u64,
    /// Credentials of those who provision that were live.
    pub tokens: u64,
    /// Sessions that have not ended by their lifetime.
    pub sessions: u64,
    /// Copies of connections that were removed, the latest first.
    pub kept: Vec<KeptConnection>,
    /// The number of the last event; 0 where there is none.
    pub last_event: u64,
}

/// A task that one process does for all that share a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SharedTask {
    /// Removing what has expired.
    Sweep,
}

impl SharedTask {
    /// The name by which a store keeps its lease.
    pub fn name(self) -> &'static str {
        match self {
            SharedTask::Sweep => "sweep",
        }
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
    /// Events from before the moment. They leave a mark: see [`EventNumbers::forgotten`](crate::event::EventNumbers::forgotten).
    Events,
    /// Entries of the provisioning log from before the moment.
    LogEntries,
    /// Copies of connections that were removed at the moment or before it.
    KeptConnections,
    /// Access tokens whose end is the moment or before it. Nothing depends on it but the size of the store.
    AccessTokens,
}

impl Stale {
    /// All of them.
    pub const ALL: [Stale; 7] = [
        Stale::ReplayKeys,
        Stale::PendingRequests,
        Stale::SignOns,
        Stale::Events,
        Stale::LogEntries,
        Stale::KeptConnections,
        Stale::AccessTokens,
    ];
}
