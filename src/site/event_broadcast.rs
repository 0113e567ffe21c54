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

/// Writes an event to the log, as loudly as it matters.
fn write(told: &Event) {
    let (event, connection) = (name(&told.happened), &told.connection);
    match &told.happened {
        Happened::MetadataRefreshed => {
            tracing::info!(event, %connection, "metadata refreshed");
        }
        Happened::MetadataUnchanged => {
            tracing::debug!(event, %connection, "metadata is unchanged");
        }
        Happened::MetadataRejected { code, reason } => {
            tracing::warn!(event, %connection, code, reason, "metadata not refreshed; the last good copy stays");
        }
        Happened::CertificateTrusted { fingerprint } => {
            tracing::info!(event, %connection, %fingerprint, "a certificate is trusted from now on");
        }
        Happened::CertificateRetired { fingerprint } => {
            tracing::info!(event, %connection, %fingerprint, "a certificate is trusted no longer");
        }
        Happened::CertificateExpiring {
            fingerprint,
            not_after,
            days,
        } => {
            tracing::warn!(event, %connection, %fingerprint, %not_after, days, "a certificate expires soon, or has expired");
        }
        Happened::CredentialExpiring {
            credential,
            expires,
            days,
        } => {
            tracing::warn!(event, %connection, %credential, %expires, days, "a SCIM credential expires soon, or has expired");
        }
        Happened::CopyExpiring { valid_until, days } => {
            tracing::warn!(event, %connection, %valid_until, days, "the metadata is about to end");
        }
        Happened::CopyStale { confirmed, days } => {
            tracing::warn!(event, %connection, %confirmed, days, "the metadata could not be refreshed for days");
        }
        Happened::CopyExpired { valid_until } => {
            tracing::error!(event, %connection, %valid_until, "the metadata has ended: nobody signs on over this connection");
        }
        Happened::CopyMissing => {
            tracing::error!(event, %connection, "there is no copy of the metadata yet: nobody signs on over this connection");
        }
        // The rest happens to people, not to trust; the log has it where it is done.
        _ => {}
    }
}

/// The name that stands as `event` in the line. Where one kind has two sides, the log has always told them apart.
fn name(happened: &Happened) -> &str {
    match happened {
        Happened::CertificateTrusted { .. } => "trust-key-added",
        Happened::CertificateRetired { .. } => "trust-key-retired",
        Happened::CertificateExpiring { .. } => "trust-certificate-expiring",
        Happened::CredentialExpiring { .. } => "scim-credential-expiring",
        other => other.kind_name(),
    }
}

/// Events that a slow listener may fall behind by: some hours of a site with a hundred connections.
const EVENTS: usize = 1024;
