//! The credential of a client that provisions: what a store keeps of it, and the rules by which it holds.

use async_trait::async_trait;
use jiff::SignedDuration;
use jiff::Timestamp;

use super::CredentialId;
use super::CredentialKind;
use super::Presented;
use super::lifetime;
use super::lifetime::LifetimeError;
use super::presented;
use crate::connection::ConnectionId;
use crate::metadata::ExpiryLevel;
use crate::ports::StoreError;
use crate::token::Token;
use crate::token::TokenHash;

/// A credential as a store keeps it. The secret itself was shown once and is nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScimCredential {
    /// The public name.
    pub id: CredentialId,
    /// The one connection that it opens.
    pub connection: ConnectionId,
    /// The way in which it is presented.
    pub kind: CredentialKind,
    /// The hash of the secret.
    pub hash: TokenHash,
    /// Its purpose, in its owner's words.
    pub label: Option<String>,
    /// The moment when it was made.
    pub created: Timestamp,
    /// The moment from which it opens nothing any more.
    pub expires: Timestamp,
    /// The moment when it was revoked.
    pub revoked: Option<Timestamp>,
    /// The moment when it opened something last, to [`ScimCredential::USE_STEP`].
    pub last_used: Option<Timestamp>,
    /// The credential that it was rotated to.
    pub successor: Option<CredentialId>,
}

/// Proof that a request holds a valid credential of a connection. [`ScimCredential::check`] alone makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authenticated {
    credential: CredentialId,
    connection: ConnectionId,
}

impl Authenticated {
    /// The credential that was presented.
    pub fn credential(&self) -> &CredentialId {
        &self.credential
    }

    /// The connection that it opens.
    pub fn connection(&self) -> &ConnectionId {
        &self.connection
    }
}

/// The reason that a credential opens nothing. It is for the operator's eyes; the client is told none of it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialRefusal {
    /// There is no credential of this name.
    #[error("there is no such credential")]
    Unknown,
    /// The secret is another one.
    #[error("the secret is wrong")]
    WrongSecret,
    /// It is a bearer token presented as a password, or the other way round.
    #[error("expected {expected:?}, found {found:?}")]
    WrongKind {
        /// The credential's own kind.
        expected: CredentialKind,
        /// The kind that was presented.
        found: CredentialKind,
    },
    /// It is for another connection.
    #[error("it is for the connection {expected}, and was presented to {found}")]
    OtherConnection {
        /// The credential's own.
        expected: ConnectionId,
        /// The connection that it was presented to.
        found: ConnectionId,
    },
    /// It was revoked.
    #[error("it was revoked at {0}")]
    Revoked(Timestamp),
    /// Its time is over.
    #[error("it expired at {expired}, and it is {now}")]
    Expired {
        /// The moment when it expired.
        expired: Timestamp,
        /// The moment of the check.
        now: Timestamp,
    },
}
debug_as_sentence!(CredentialRefusal);

impl ScimCredential {
    /// The precision of the last use: a minute. A busy client would have each request write otherwise.
    pub const USE_STEP: SignedDuration = SignedDuration::from_mins(1);

    /// A new credential. `secret` goes to its holder, as [`ScimCredential::bearer_text`] or as a password. Fails on a lifetime
    /// beyond [`LONGEST_LIFETIME`](super::LONGEST_LIFETIME), or none.
    pub fn new(
        id: CredentialId,
        connection: ConnectionId,
        kind: CredentialKind,
        secret: &Token,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<ScimCredential, LifetimeError> {
        Ok(ScimCredential {
            id,
            connection,
            kind,
            hash: secret.hash(),
            label: None,
            created: now,
            expires: lifetime::expires(now, lifetime)?,
            revoked: None,
            last_used: None,
            successor: None,
        })
    }

    /// The text that the holder of a bearer token is shown, once.
    pub fn bearer_text(&self, secret: &Token) -> String {
        presented::bearer_text(&self.id, secret)
    }

    /// The next credential of the same connection, kind and lifetime, and the moment at which this one ends: after the overlap,
    /// or at its own end, if that is sooner. Fails on one that was revoked, has expired or has a successor already, and on an
    /// overlap below zero.
    pub fn rotated(
        &self,
        id: CredentialId,
        secret: &Token,
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<(ScimCredential, Timestamp), RotationError> {
        self.check_live(now)?;
        if let Some(successor) = &self.successor {
            return Err(RotationError::HasSuccessor(successor.clone()));
        }
        let lifetime = self.expires.duration_since(self.created);
        let lifetime = lifetime.min(lifetime::LONGEST_LIFETIME);
        let connection = self.connection.clone();
        let next = ScimCredential::new(id, connection, self.kind, secret, lifetime, now)?;
        let overlapped = now.checked_add(overlap).ok().filter(|end| now <= *end);
        let end = overlapped.ok_or(LifetimeError(overlap))?;
        let label = self.label.clone();
        Ok((ScimCredential { label, ..next }, end.min(self.expires)))
    }

    /// The moment at which the credential ends if it is extended now; one that has expired begins again. Fails on one that was
    /// revoked, and as [`ScimCredential::new`] does.
    pub fn extended(
        &self,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<Timestamp, RotationError> {
        match self.revoked {
            Some(at) => Err(CredentialRefusal::Revoked(at).into()),
            None => Ok(lifetime::expires(now, lifetime)?),
        }
    }

    /// The credential with another end; `None` for one that was revoked.
    pub fn ending(self, expires: Timestamp) -> Option<ScimCredential> {
        let lives = self.revoked.is_none();
        lives.then_some(ScimCredential { expires, ..self })
    }

    /// The credential with its successor, and the end that it has by that; `None` for one that was revoked or has a successor.
    pub fn succeeded(self, successor: CredentialId, expires: Timestamp) -> Option<ScimCredential> {
        let lives = self.revoked.is_none() && self.successor.is_none();
        lives.then_some(ScimCredential {
            expires,
            successor: Some(successor),
            ..self
        })
    }

    /// The credential once it is revoked; `None` for one that was revoked before, which keeps the moment.
    pub fn revoked(self, now: Timestamp) -> Option<ScimCredential> {
        let lives = self.revoked.is_none();
        lives.then_some(ScimCredential {
            revoked: Some(now),
            ..self
        })
    }

    /// Holds what a request presents to a connection against this credential. The secret is compared first, in constant time:
    /// whoever does not have it learns nothing of the rest. Fails with the reason that the credential opens nothing.
    pub fn check(
        &self,
        presented: &Presented,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<Authenticated, CredentialRefusal> {
        if presented.id != self.id {
            return Err(CredentialRefusal::Unknown);
        }
        if presented.secret.hash() != self.hash {
            return Err(CredentialRefusal::WrongSecret);
        }
        if presented.kind != self.kind {
            return Err(CredentialRefusal::WrongKind {
                expected: self.kind,
                found: presented.kind,
            });
        }
        if *connection != self.connection {
            return Err(CredentialRefusal::OtherConnection {
                expected: self.connection.clone(),
                found: connection.clone(),
            });
        }
        self.check_live(now)?;
        Ok(Authenticated {
            credential: self.id.clone(),
            connection: self.connection.clone(),
        })
    }

    /// True if a use at this moment should be written down.
    pub fn is_use_worth_noting(&self, now: Timestamp) -> bool {
        let since = |last| now.duration_since(last) >= ScimCredential::USE_STEP;
        self.last_used.is_none_or(since)
    }

    /// The level of expiry, as for certificates: how near the end is, or that it is past. `None` while it is far off,
    /// and for a credential that was revoked, which ends for nobody.
    pub fn expiry(&self, now: Timestamp) -> Option<ExpiryLevel> {
        match self.revoked {
            Some(_) => None,
            None => ExpiryLevel::of(self.expires, now),
        }
    }

    fn check_live(&self, now: Timestamp) -> Result<(), CredentialRefusal> {
        match self.revoked {
            Some(at) => Err(CredentialRefusal::Revoked(at)),
            None if self.expires <= now => Err(CredentialRefusal::Expired {
                expired: self.expires,
                now,
            }),
            None => Ok(()),
        }
    }
}

/// The reason that a credential cannot be rotated or extended.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// It opens nothing any more.
    #[error(transparent)]
    Refused(#[from] CredentialRefusal),
    /// It was rotated before, to this one. Rotate this one, or revoke it if nobody has its secret.
    #[error("it was rotated to {0} already")]
    HasSuccessor(CredentialId),
    /// The time that was asked for.
    #[error(transparent)]
    Lifetime(#[from] LifetimeError),
}
debug_as_sentence!(RotationError);

/// Keeps credentials; each method fails where the store does. Changes, such as
/// [`add_credential`](crate::directory::add_credential), stand in [`crate::directory`].
#[async_trait]
pub trait ScimCredentials: Send + Sync {
    /// The credential of this name, whatever its state. Nothing is opened where the store fails.
    async fn credential(&self, id: &CredentialId) -> Result<Option<ScimCredential>, StoreError>;

    /// The credentials of a connection, or of all, in the order of their creation.
    async fn credentials(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ScimCredential>, StoreError>;

    /// The connections that are provisioned: those that have, or had, a credential, and those that have users.
    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError>;

    /// Notes that a credential was used, unless a later use is noted already.
    async fn note_use(&self, id: &CredentialId, now: Timestamp) -> Result<(), StoreError>;
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
