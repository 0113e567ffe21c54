//! What nears its end, in the outbox too: once for each level, whichever process sees it first, and however often one starts.

use super::Entrada;
use super::TrustEventKind;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::ports::StoreError;

impl Entrada {
    /// Appends an event about a certificate or a credential that nears its end, if the outbox does not have it yet.
    pub(super) async fn tell_of_expiry(&self, connection: &ConnectionId, kind: &TrustEventKind) {
        let Some(detail) = detail(kind) else { return };
        if let Err(error) = self.append_once(connection, detail).await {
            tracing::warn!(%connection, %error, "what nears its end was not noted among the events");
        }
    }

    /// Two processes that look in the same moment both append: readers bear an event that comes twice.
    async fn append_once(
        &self,
        connection: &ConnectionId,
        detail: String,
    ) -> Result<(), StoreError> {
        let query = EventQuery {
            connection: Some(connection.clone()),
            kind: Some(EventKind::Expiring),
            part: EventPart::Latest,
            ..EventQuery::default()
        };
        let told = self.store().events(&query).await?;
        if told
            .iter()
            .any(|told| told.event.detail.as_ref() == Some(&detail))
        {
            return Ok(());
        }
        let event = Event {
            detail: Some(detail),
            ..Event::new(connection.clone(), EventKind::Expiring, self.now())
        };
        self.store().append_events(&[event]).await
    }
}

/// Which one, when, and how near that is.
fn detail(kind: &TrustEventKind) -> Option<String> {
    match kind {
        TrustEventKind::CertificateExpiring {
            fingerprint,
            not_after,
            level,
        } => {
            let days = level.days();
            Some(format!(
                "certificate {fingerprint} on {not_after}, within {days} days"
            ))
        }
        TrustEventKind::CredentialExpiring {
            credential,
            expires,
            level,
        } => {
            let days = level.days();
            Some(format!(
                "credential {credential} on {expires}, within {days} days"
            ))
        }
        _ => None,
    }
}
