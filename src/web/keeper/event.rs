//! What happens to trust, as values for the app and as lines for the log, under the same names.

use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::crypto::Fingerprint;
use crate::metadata::ExpiryLevel;
use crate::metadata::StaleLevel;
use crate::provisioning::CredentialId;

/// Something happened to whom a connection trusts. [`Entrada::trust_events`](super::super::Entrada::trust_events)
/// has them all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustEvent {
    /// Which connection.
    pub connection: ConnectionId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: TrustEventKind,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TrustEventKind {
    /// A new document took the place of the one before.
    Refreshed,
    /// The source vouches for the document that is there.
    Unchanged,
    /// A refresh failed: the source did not answer, or what it sent did not pass. Trust is as it was.
    Rejected {
        /// A stable reason code.
        code: String,
        /// The reason for people.
        reason: String,
    },
    /// A certificate is trusted from now on.
    KeyAdded {
        /// Its SHA-256.
        fingerprint: Fingerprint,
    },
    /// A certificate is trusted no longer.
    KeyRetired {
        /// Its SHA-256.
        fingerprint: Fingerprint,
    },
    /// A trusted certificate is about to expire, or has. It is trusted all the same while the metadata lists it. Of pinned
    /// certificates it is the one that lasts longest, and only where no next one is pinned.
    CertificateExpiring {
        /// Its SHA-256.
        fingerprint: Fingerprint,
        /// When it expires.
        not_after: Timestamp,
        /// How near that is.
        level: ExpiryLevel,
    },
    /// A credential of those who provision is about to expire, or has. Entra is refused from then on.
    CredentialExpiring {
        /// Which one.
        credential: CredentialId,
        /// When it expires.
        expires: Timestamp,
        /// How near that is.
        level: ExpiryLevel,
    },
    /// The metadata's `validUntil` is near.
    CopyExpiring {
        /// When it ends.
        valid_until: Timestamp,
        /// How near that is.
        level: ExpiryLevel,
    },
    /// The source has not vouched for the metadata for a long time.
    CopyStale {
        /// When it last did.
        confirmed: Timestamp,
        /// How long ago that is.
        level: StaleLevel,
    },
    /// The metadata's `validUntil` is past, and so is the grace: nobody signs on over this connection.
    CopyExpired {
        /// When it ended.
        valid_until: Timestamp,
    },
    /// There is no copy of the metadata: none could be fetched since the connection was made, or since it names this
    /// source. Nobody signs on over this connection until one comes.
    CopyMissing,
}

impl TrustEventKind {
    /// The stable name, which the log has as `event`.
    pub fn name(&self) -> &'static str {
        match self {
            TrustEventKind::Refreshed => "trust-refreshed",
            TrustEventKind::Unchanged => "trust-unchanged",
            TrustEventKind::Rejected { .. } => "trust-rejected",
            TrustEventKind::KeyAdded { .. } => "trust-key-added",
            TrustEventKind::KeyRetired { .. } => "trust-key-retired",
            TrustEventKind::CertificateExpiring { .. } => "trust-certificate-expiring",
            TrustEventKind::CredentialExpiring { .. } => "scim-credential-expiring",
            TrustEventKind::CopyExpiring { .. } => "trust-copy-expiring",
            TrustEventKind::CopyStale { .. } => "trust-copy-stale",
            TrustEventKind::CopyExpired { .. } => "trust-copy-expired",
            TrustEventKind::CopyMissing => "trust-copy-missing",
        }
    }
}

impl TrustEvent {
    /// Writes it to the log, as loudly as it matters.
    pub(super) fn log(&self) {
        let (event, connection) = (self.kind.name(), &self.connection);
        match &self.kind {
            TrustEventKind::Refreshed => {
                tracing::info!(event, %connection, "metadata refreshed");
            }
            TrustEventKind::Unchanged => {
                tracing::debug!(event, %connection, "metadata is unchanged");
            }
            TrustEventKind::Rejected { code, reason } => {
                tracing::warn!(event, %connection, code, reason, "metadata not refreshed; the last good copy stays");
            }
            TrustEventKind::KeyAdded { fingerprint } => {
                tracing::info!(event, %connection, %fingerprint, "a certificate is trusted from now on");
            }
            TrustEventKind::KeyRetired { fingerprint } => {
                tracing::info!(event, %connection, %fingerprint, "a certificate is trusted no longer");
            }
            TrustEventKind::CertificateExpiring {
                fingerprint,
                not_after,
                level,
            } => {
                let days = level.days();
                tracing::warn!(event, %connection, %fingerprint, %not_after, days, "a certificate expires soon, or has expired");
            }
            TrustEventKind::CredentialExpiring {
                credential,
                expires,
                level,
            } => {
                let days = level.days();
                tracing::warn!(event, %connection, %credential, %expires, days, "a SCIM credential expires soon, or has expired");
            }
            TrustEventKind::CopyExpiring { valid_until, level } => {
                let days = level.days();
                tracing::warn!(event, %connection, %valid_until, days, "the metadata is about to end");
            }
            TrustEventKind::CopyStale { confirmed, level } => {
                let days = level.days();
                tracing::warn!(event, %connection, %confirmed, days, "the metadata could not be refreshed for days");
            }
            TrustEventKind::CopyExpired { valid_until } => {
                tracing::error!(event, %connection, %valid_until, "the metadata has ended: nobody signs on over this connection");
            }
            TrustEventKind::CopyMissing => {
                tracing::error!(event, %connection, "there is no copy of the metadata yet: nobody signs on over this connection");
            }
        }
    }
}
