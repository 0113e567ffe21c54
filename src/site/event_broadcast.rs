//! Events that the site reports as they happen: to those who listen in this process, and to the log.

use tokio::sync::broadcast;

use crate::event::Event;
use crate::event::Happened;

pub(super) struct EventBroadcast(broadcast::Sender<Event>);

impl Default for EventBroadcast {
    fn default() -> EventBroadcast {
        EventBroadcast(broadcast::Sender::new(EVENTS))
    }
}

impl EventBroadcast {
    pub(super) fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    pub(super) fn tell(&self, event: Event) {
        write(&event);
        // Nobody may be listening.
        let _ = self.0.send(event);
    }
}

/// Writes an event to the log, as loudly as it matters. Where one kind has two sides, the log tells them apart.
fn write(told: &Event) {
    let connection = &told.connection;
    match &told.happened {
        Happened::MetadataRefreshed => {
            tracing::info!(event = "trust-refreshed", %connection, "metadata refreshed");
        }
        Happened::MetadataUnchanged => {
            tracing::debug!(event = "trust-unchanged", %connection, "metadata is unchanged");
        }
        Happened::MetadataRejected { code, reason } => {
            tracing::warn!(event = "trust-rejected", %connection, code, reason, "metadata not refreshed; the last good copy stays");
        }
        Happened::CertificateTrusted { fingerprint } => {
            tracing::info!(event = "trust-key-added", %connection, %fingerprint, "a certificate is trusted from now on");
        }
        Happened::CertificateRetired { fingerprint } => {
            tracing::info!(event = "trust-key-retired", %connection, %fingerprint, "a certificate is trusted no longer");
        }
        Happened::CertificateExpiring {
            fingerprint,
            not_after,
            days,
        } => {
            tracing::warn!(event = "trust-certificate-expiring", %connection, %fingerprint, %not_after, days, "a certificate expires soon, or has expired");
        }
        Happened::SignOnStopping {
            fingerprint,
            not_after,
            days,
        } => {
            tracing::error!(event = "trust-sign-on-stopping", %connection, %fingerprint, %not_after, days, "the last certificate ends soon, or has ended: nobody signs on over this connection after that, since dates are enforced");
        }
        Happened::CredentialExpiring {
            credential,
            expires,
            days,
        } => {
            tracing::warn!(event = "scim-credential-expiring", %connection, %credential, %expires, days, "a SCIM credential expires soon, or has expired");
        }
        Happened::CopyExpiring { valid_until, days } => {
            tracing::warn!(event = "trust-copy-expiring", %connection, %valid_until, days, "the metadata is about to end");
        }
        Happened::CopyStale { confirmed, days } => {
            tracing::warn!(event = "trust-copy-stale", %connection, %confirmed, days, "the metadata could not be refreshed for days");
        }
        Happened::CopyExpired { valid_until } => {
            tracing::error!(event = "trust-copy-expired", %connection, %valid_until, "the metadata has ended: nobody signs on over this connection");
        }
        Happened::CopyMissing => {
            tracing::error!(event = "trust-copy-missing", %connection, "there is no copy of the metadata yet: nobody signs on over this connection");
        }
        // The rest happens to people, not to trust; the log has it where it is done.
        _ => {}
    }
}

/// Events that a slow listener may fall behind by: some hours of a site with a hundred connections.
const EVENTS: usize = 1024;
