//! The check that a request may be made: its `Authorization` against the store. Each request reads its credential, so a
//! revocation takes effect at once.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::arrival::Arrival;
use super::state::Scim;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::provisioning::AccessToken;
use crate::provisioning::Authenticated;
use crate::provisioning::CredentialRefusal;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::provisioning::Presented;
use crate::provisioning::PresentedKind;
use crate::provisioning::ScimCredential;
use crate::scim::ScimError;
use crate::site::LoadedConnection;

pub(super) enum Denied {
    /// There is no such connection, or the credential does not open it; with the entry for the log.
    Wrong(Option<Box<LogEntry>>),
    /// Too many wrong credentials have come; with the time to wait.
    TooOften(Duration),
    /// The store does not answer, so it is not known.
    Store(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Denied {
        Denied::Store(error)
    }
}

impl Scim {
    /// The caller, and the connection that it may provision. A connection that does not exist is answered as a wrong
    /// credential is, and the store is asked for a credential in either case.
    pub(super) async fn authenticate(
        &self,
        arrival: &Arrival,
        connection: &str,
    ) -> Result<(Authenticated, Arc<LoadedConnection>), Denied> {
        let loaded = self.site.registry.find(connection).await?;
        let known = loaded.as_ref().map(|loaded| loaded.connection.id().clone());
        let presented = arrival.presented();
        let stored = match &presented {
            Some(presented) => self.stored(presented).await?,
            None => None,
        };
        let refusal = match (loaded, presented, stored) {
            (Some(loaded), Some(presented), Some(stored)) => {
                match stored.check(&presented, &loaded.connection, arrival.at) {
                    Ok(caller) => {
                        self.site.note_use(&stored.credential, arrival.at);
                        return Ok((caller, loaded));
                    }
                    Err(refusal) => Some(refusal),
                }
            }
            (_, Some(_), _) => Some(CredentialRefusal::Unknown),
            (_, None, _) => None,
        };
        Err(self.wrong(arrival, known, refusal).await)
    }

    /// The row of the secret that is presented, with one look-up for an access token as for a credential.
    async fn stored(&self, presented: &Presented) -> Result<Option<StoredSecret>, StoreError> {
        let store = &self.site.store;
        Ok(match presented.kind {
            PresentedKind::AccessToken => {
                store
                    .access_token(&presented.id)
                    .await?
                    .map(|(token, credential)| StoredSecret {
                        token: Some(token),
                        credential,
                    })
            }
            _ => store
                .credential(&presented.id)
                .await?
                .map(|credential| StoredSecret {
                    token: None,
                    credential,
                }),
        })
    }

    async fn wrong(
        &self,
        arrival: &Arrival,
        connection: Option<ConnectionId>,
        refusal: Option<CredentialRefusal>,
    ) -> Denied {
        let address = self.proxies.origin(&arrival.parts).client;
        if let Err(wait) = self.throttle.wrong(address, connection.clone()) {
            return Denied::TooOften(wait);
        }
        let Some(connection) = connection else {
            return Denied::Wrong(None);
        };
        let reason = refusal.map_or("no credential of ours".to_owned(), |of| of.to_string());
        let request = arrival.request_id.as_str();
        tracing::warn!(event = "scim-credential-refused", %connection, request, reason, "scim: wrong credential");
        Denied::Wrong(Some(Box::new(entry(arrival, connection))))
    }
}

/// The row of a presented secret: a credential, and the access token that was presented in its place.
struct StoredSecret {
    token: Option<AccessToken>,
    credential: ScimCredential,
}

impl StoredSecret {
    fn check(
        &self,
        presented: &Presented,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Authenticated, CredentialRefusal> {
        let (credential, id) = (&self.credential, connection.id());
        let caller = match &self.token {
            Some(token) => token.check(presented, credential, id, now)?,
            None => credential.check(presented, id, now)?,
        };
        match credential.kind().is_taken(connection.scim().credentials) {
            true => Ok(caller),
            false => Err(CredentialRefusal::KindNotTaken(credential.kind())),
        }
    }
}

/// The store leaves out entries of connections that do not exist.
fn entry(arrival: &Arrival, connection: ConnectionId) -> LogEntry {
    LogEntry {
        connection,
        at: arrival.at,
        credential: None,
        operation: LogOperation::Other,
        resource_kind: None,
        resource: None,
        subject: None,
        status: ScimError::Unauthorized.status(),
        scim_type: None,
        detail: None,
        changed: Vec::new(),
        overlooked: Vec::new(),
        request_id: Some(arrival.request_id.clone()),
        duration: arrival.started.elapsed(),
    }
}

impl Arrival {
    /// The credential that the request claims to hold; `None` if there is none that could be ours.
    fn presented(&self) -> Option<Presented> {
        let authorization = self.parts.headers.get(header::AUTHORIZATION)?;
        let (scheme, rest) = authorization.to_str().ok()?.split_once(' ')?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Presented::bearer(rest);
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let bytes = STANDARD.decode(rest).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (name, password) = text.split_once(':')?;
        Presented::basic(name, password)
    }
}
