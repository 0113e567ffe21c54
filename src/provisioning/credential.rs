//! The credential of a client that provisions: what a store keeps of it, and the rules by which it holds.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::CredentialId;
use super::CredentialKind;
use super::Federation;
use super::OAuthClient;
use super::Presented;
use super::PresentedKind;
use super::Proof;
use super::SecretKind;
use super::TokenLifetime;
use super::lifetime;
use super::lifetime::LifetimeError;
use super::presented;
use crate::connection::ConnectionId;
use crate::metadata::ExpiryLevel;
use crate::token::Token;

/// A credential as a store keeps it. The secret itself was shown once and is nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScimCredential {
    /// The public name.
    pub id: CredentialId,
    /// The one connection that it opens.
    pub connection: ConnectionId,
    /// The proof that it asks for.
    pub proof: Proof,
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
    /// It is presented in another way than its own, such as a bearer token as a password.
    #[error("expected {expected:?}, found {found:?}")]
    WrongKind {
        /// The credential's own kind.
        expected: CredentialKind,
        /// The way in which it was presented.
        found: PresentedKind,
    },
    /// It is of no OAuth client, so no access token is issued for it.
    #[error("expected the credential of an OAuth client, found one of the kind {}", .0.name())]
    NoClient(CredentialKind),
    /// It is for another connection.
    #[error("it is for the connection {expected}, and was presented to {found}")]
    OtherConnection {
        /// The credential's own.
        expected: ConnectionId,
        /// The connection that it was presented to.
        found: ConnectionId,
    },
    /// The connection takes none of its kind: see [`AcceptedCredentials`](crate::connection::AcceptedCredentials).
    #[error("the connection takes no credential of the kind {}", .0.name())]
    KindNotTaken(CredentialKind),
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

    /// A new credential. `secret` goes to its holder, as [`ScimCredential::secret_text`]. Fails on a lifetime
    /// beyond [`LONGEST_LIFETIME`](super::LONGEST_LIFETIME), or none.
    pub fn new(
        id: CredentialId,
        connection: ConnectionId,
        kind: SecretKind,
        secret: &Token,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<ScimCredential, LifetimeError> {
        let proof = Proof::of(kind, &id, secret);
        ScimCredential::with(id, connection, proof, lifetime, now)
    }

    /// A new credential without a secret: tokens of an identity provider stand for the client. Fails as [`ScimCredential::new`] does.
    pub fn federated(
        id: CredentialId,
        connection: ConnectionId,
        trust: Federation,
        token_lifetime: TokenLifetime,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<ScimCredential, LifetimeError> {
        let proof = Proof::Federation {
            client: OAuthClient::new(&id, token_lifetime),
            trust: Box::new(trust),
        };
        ScimCredential::with(id, connection, proof, lifetime, now)
    }

    fn with(
        id: CredentialId,
        connection: ConnectionId,
        proof: Proof,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<ScimCredential, LifetimeError> {
        Ok(ScimCredential {
            id,
            connection,
            proof,
            label: None,
            created: now,
            expires: lifetime::expires(now, lifetime)?,
            revoked: None,
            last_used: None,
            successor: None,
        })
    }

    /// Its kind.
    pub fn kind(&self) -> CredentialKind {
        self.proof.kind()
    }

    /// The OAuth client, if it is one's.
    pub fn client(&self) -> Option<&OAuthClient> {
        self.proof.client()
    }

    /// The text that the holder of the secret is shown, once; for Basic the password.
    pub fn secret_text(&self, secret: &Token) -> String {
        let kind = match self.kind() {
            CredentialKind::Bearer => PresentedKind::Bearer,
            CredentialKind::Basic => PresentedKind::Basic,
            CredentialKind::ClientSecret | CredentialKind::Federation => {
                PresentedKind::ClientSecret
            }
        };
        presented::text(kind, &self.id, secret)
    }

    /// The next credential of the same connection, kind and lifetime, and the moment at which this one ends: after the overlap,
    /// or at its own end, if that is sooner. Fails on one that was revoked, has expired, has a successor already or has no secret, and
    /// on an overlap below zero.
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
        let proof = self.proof.renewed(secret).ok_or(RotationError::NoSecret)?;
        let next = ScimCredential::with(id, connection, proof, lifetime, now)?;
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
        let Some(hash) = self.proof.hash() else {
            return Err(CredentialRefusal::WrongKind {
                expected: self.kind(),
                found: presented.kind,
            });
        };
        if presented.secret.hash() != *hash {
            return Err(CredentialRefusal::WrongSecret);
        }
        if !self.proof.is_presented_as(presented.kind) {
            return Err(CredentialRefusal::WrongKind {
                expected: self.kind(),
                found: presented.kind,
            });
        }
        self.opens(connection, now)
    }

    /// The proof for whoever has shown the secret, or an access token of this credential. Fails where it opens another connection, and
    /// where it has ended.
    pub(super) fn opens(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<Authenticated, CredentialRefusal> {
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

    /// Fails with the reason that it has ended.
    pub fn check_live(&self, now: Timestamp) -> Result<(), CredentialRefusal> {
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
    /// It has no secret that could be another one: see [`CredentialKind::Federation`].
    #[error("it has no secret: the identity provider changes its keys by itself")]
    NoSecret,
    /// The time that was asked for.
    #[error(transparent)]
    Lifetime(#[from] LifetimeError),
}
debug_as_sentence!(RotationError);

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
