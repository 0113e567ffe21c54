//! The last good copy of a connection's metadata, so that a start without network finds one.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::ports::StoreError;

/// A metadata document as it was fetched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MetadataCopy {
    /// Where it came from. A copy from another address than the connection's is no copy of it.
    pub url: String,
    /// The document, octet for octet.
    pub document: Vec<u8>,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The `ETag` it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` it came with.
    pub last_modified: Option<String>,
}

/// Keeps the last good metadata of each connection. `connection` is the connection's id.
#[async_trait]
pub trait MetadataCache: Send + Sync {
    /// The copy of one connection's metadata.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError>;

    /// Keeps a copy in place of the one before.
    ///
    /// # Errors
    /// A store that cannot answer, or a connection that is not there.
    async fn keep_metadata(&self, connection: &str, copy: &MetadataCopy) -> Result<(), StoreError>;
}
