//! The last good copy of a connection's metadata, so that a start without network finds one, and what is known of
//! its refreshing and its keys.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::Claim;
use super::KeyHistory;
use super::NotClaimed;
use super::RefreshState;
use crate::crypto::Certificate;
use crate::crypto::DigestAlgorithm;
use crate::crypto::Fingerprint;
use crate::ports::StoreError;

/// A metadata document as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MetadataCopy {
    /// Where it came from. A copy from another address than the connection's is no copy of it.
    pub url: String,
    /// The document, octet for octet; of an aggregate the entity alone, see
    /// [`Accepted::into_document`](super::Accepted::into_document).
    pub document: Vec<u8>,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The `ETag` it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` it came with.
    pub last_modified: Option<String>,
    /// The SHA-256 of the octets that were fetched: the same octets need no parsing again.
    #[serde(default)]
    pub digest: Option<Vec<u8>>,
}

impl MetadataCopy {
    /// Whether this copy was made of these octets.
    pub fn is_of(&self, fetched: &[u8]) -> bool {
        match &self.digest {
            Some(digest) => *digest == MetadataCopy::digest_of(fetched),
            None => self.document == fetched,
        }
    }

    /// What [`MetadataCopy::digest`] is to be for these octets.
    pub fn digest_of(fetched: &[u8]) -> Vec<u8> {
        DigestAlgorithm::Sha256.digest(fetched).as_ref().to_vec()
    }
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

    /// For each connection with a copy, a number that changes with the copy: a server compares it to know which copies
    /// it need not read again.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError>;

    /// What is known of the refreshing of one connection's metadata.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn refresh_state(&self, connection: &str) -> Result<Option<RefreshState>, StoreError>;

    /// The keys that a connection has known; none before the first refresh.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn key_history(&self, connection: &str) -> Result<KeyHistory, StoreError>;

    /// Takes note of pinned certificates, by [`KeyHistory::observe_pinned`], in one step; says whether anything was new. The
    /// revision of the store stays: whom to trust does not change by it.
    ///
    /// # Errors
    /// A store that cannot answer, or a connection that is not there.
    async fn note_pinned(&self, connection: &str, note: &PinnedNote) -> Result<bool, StoreError>;

    /// Takes the right to refresh, by [`RefreshState::claimed`], in one step: of any number of claimants, in whichever
    /// process, one gets it.
    ///
    /// # Errors
    /// A store that cannot answer, or a connection that is not there.
    async fn claim_refresh(
        &self,
        connection: &str,
        claim: &Claim,
    ) -> Result<Result<RefreshState, NotClaimed>, StoreError>;

    /// Writes what came of a refresh, all of it or nothing, if `holder` still has the right to; says whether it had. With a new
    /// copy come the events of [`keys_refreshed`](crate::event::keys_refreshed).
    /// Without a copy nothing but the state changes, and the revision of the store stays.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn finish_refresh(
        &self,
        connection: &str,
        holder: u64,
        finished: &FinishedRefresh,
    ) -> Result<bool, StoreError>;
}

/// What came of a refresh.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FinishedRefresh {
    /// The state from now on.
    pub state: RefreshState,
    /// The new copy; `None` where the one before stays.
    pub copy: Option<MetadataCopy>,
    /// The keys, where they were looked at.
    pub history: Option<KeyHistory>,
}

/// What is to be written down of the certificates that a connection pins.
#[derive(Clone, Debug)]
pub struct PinnedNote {
    /// The fingerprints that are pinned now.
    pub pinned: Vec<Fingerprint>,
    /// Certificates that were met; those that are not pinned are passed over.
    pub met: Vec<Certificate>,
    /// Where they were met.
    pub source: String,
    /// When.
    pub now: Timestamp,
}
