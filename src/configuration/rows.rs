//! The rows of the configuration within a transaction: found, locked and written; the functions of [`crate::configuration`] decide.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::directory::SessionDeletion;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;

/// The rows of the configuration within a transaction. Nobody else changes those that its [lock](super::ConfigLock) names. Every
/// method fails where the store does; other reasons are named.
#[async_trait]
pub trait ConfigRows: SessionDeletion {
    /// The connection of this id.
    async fn connection(&mut self, id: &ConnectionId) -> Result<Present, StoreError>;

    /// Puts a connection in the place of the one of the same id, or beside the others. Rows that belong to it stay.
    async fn put_connection(&mut self, connection: &Connection) -> Result<(), StoreError>;

    /// Removes a connection with all rows that belong to it; says whether it was there. Events stay, without their
    /// [`repeat_key`](crate::event::Happened::repeat_key): what a later connection of this id tells repeats none of them.
    async fn delete_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError>;

    /// Keeps a copy of a connection with all rows that belong to it, but for sessions and sign-ons under way; `None` if there is no such
    /// connection.
    async fn keep_connection(
        &mut self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<KeptConnection>, StoreError>;

    /// The copies of a connection, the latest first.
    async fn kept_connections(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Vec<KeptConnection>, StoreError>;

    /// Puts the rows of a copy back, as those of the connection `as_id`, which is not there. The document of the connection stays
    /// as it was.
    async fn put_kept(
        &mut self,
        kept: &KeptConnection,
        as_id: &ConnectionId,
    ) -> Result<(), StoreError>;

    /// Removes a copy.
    async fn forget_kept(&mut self, kept: &KeptConnection) -> Result<(), StoreError>;

    /// Removes a connection as [`delete_connection`](ConfigRows::delete_connection) does, and all copies of it; says whether there was any of
    /// it.
    async fn purge_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError>;

    /// The copy of a connection's metadata, if there is one.
    async fn metadata_copy(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Option<MetadataCopy>, StoreError>;

    /// Puts a copy in the place of the one before. `version` tells it from all that there were; the revision of the change
    /// does. Fails too where the store does not hold the connection.
    async fn put_metadata_copy(
        &mut self,
        id: &ConnectionId,
        copy: &MetadataCopy,
        version: u64,
    ) -> Result<(), StoreError>;

    /// The record of a connection's refreshing; the default one where there is none. A part that cannot be read is the default one.
    async fn refresh_record(&mut self, id: &ConnectionId) -> Result<RefreshRecord, StoreError>;

    /// Puts a record in the place of the one before. Fails too where the store does not hold the connection.
    async fn put_refresh_record(
        &mut self,
        id: &ConnectionId,
        record: &RefreshRecord,
    ) -> Result<(), StoreError>;

    /// The address of the site, once somebody has named it.
    async fn base_url(&mut self) -> Result<Option<BaseUrl>, StoreError>;

    /// Puts an address in the place of the one before.
    async fn put_base_url(&mut self, url: &BaseUrl) -> Result<(), StoreError>;
}

/// The content of a store under the id of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Present {
    /// No connection.
    Nothing,
    /// This one.
    Read(Box<Connection>),
    /// One that this version cannot read.
    Unreadable,
}

impl Present {
    /// The connection, if there is one that can be read.
    pub fn connection(&self) -> Option<&Connection> {
        match self {
            Present::Read(connection) => Some(connection),
            Present::Nothing | Present::Unreadable => None,
        }
    }
}

impl From<Option<Connection>> for Present {
    fn from(read: Option<Connection>) -> Present {
        read.map_or(Present::Nothing, |read| Present::Read(Box::new(read)))
    }
}
