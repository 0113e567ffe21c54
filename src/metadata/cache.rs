//! The last good copy of a connection's metadata, so that a start without network finds one, and what is known of
//! its refreshing and its keys.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::KeyHistory;
use super::RefreshState;
use crate::crypto::Certificate;
use crate::crypto::sha256;
use crate::ports::StoreError;

/// A metadata document as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MetadataCopy {
    /// The address that it came from. A copy from another address than the connection's is no copy of it.
    pub url: String,
    /// The document, byte for byte; of an aggregate the entity alone, see
    /// [`Accepted::into_document`](super::Accepted::into_document).
    pub document: Vec<u8>,
    /// The time at which it was fetched.
    pub fetched: Timestamp,
    /// The `ETag` it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` it came with.
    pub last_modified: Option<String>,
    /// The SHA-256 of the bytes that were fetched: the same bytes need no parsing again.
    #[serde(default)]
    pub digest: Option<Vec<u8>>,
}

impl MetadataCopy {
    /// True if this copy was made of these bytes.
    pub fn is_of(&self, fetched: &[u8]) -> bool {
        match &self.digest {
            Some(digest) => *digest == MetadataCopy::digest_of(fetched),
            None => self.document == fetched,
        }
    }

    /// The value of [`MetadataCopy::digest`] for these bytes.
    pub fn digest_of(fetched: &[u8]) -> Vec<u8> {
        sha256(fetched).to_vec()
    }
}

/// Keeps the last good metadata of each connection. `connection` is the connection's id. Changes stand in [`crate::configuration`].
///
/// Every method fails where the store cannot answer.
#[async_trait]
pub trait MetadataCache: Send + Sync {
    /// The copy of one connection's metadata.
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError>;

    /// For each connection with a copy, a number that changes with the copy: a server compares it to know which copies
    /// it need not read again.
    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError>;

    /// The record of the refreshing of one connection's metadata; the default one before the first refresh. A part that cannot be
    /// read is the default one: who refreshes writes it anew.
    async fn refresh_record(&self, connection: &str) -> Result<RefreshRecord, StoreError>;
}

/// All that is on record of the refreshing of one connection's metadata.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RefreshRecord {
    /// The schedule, and how the last refreshes went.
    pub state: RefreshState,
    /// The keys that the connection has known.
    pub history: KeyHistory,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FinishedRefresh {
    /// The state from now on.
    pub state: RefreshState,
    /// The new copy; `None` where the one before stays.
    pub copy: Option<MetadataCopy>,
    /// The keys, where they were looked at.
    pub history: Option<KeyHistory>,
}

/// Certificates that somebody has met whole, and the place where that was.
#[derive(Clone, Debug)]
pub struct SeenCertificates {
    /// The file that had them, or [`KnownKey::SIGN_ON`](super::KnownKey::SIGN_ON).
    pub source: String,
    /// The certificates.
    pub certificates: Vec<Certificate>,
}

/// The facts to write down about the certificates that a connection pins.
#[derive(Clone, Debug)]
pub struct PinnedNote {
    /// Certificates that were met; those that are not pinned are passed over.
    pub met: Vec<Certificate>,
    /// The place where they were met.
    pub source: String,
    /// The time at which they were met.
    pub now: Timestamp,
}
