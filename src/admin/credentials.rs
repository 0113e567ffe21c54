//! The credentials of those who provision. A secret is drawn here, and handed out once.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Serialize;

use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use super::effects::Effects;
use super::effects::is_live;
use super::provisioning;
use super::provisioning::Beginning;
use super::random;
use super::warnings::Warning;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::add_credential;
use crate::directory::extend_credential;
use crate::directory::revoke_credential;
use crate::directory::rotate_credential;
use crate::provisioning::CredentialId;
use crate::provisioning::CredentialKind;
use crate::provisioning::ScimCredential;
use crate::provisioning::SecretKind;
use crate::token::Token;

/// A credential as a list shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct CredentialListed {
    /// Its id.
    pub id: CredentialId,
    /// The one connection that it opens.
    pub connection: ConnectionId,
    /// The way in which it is presented.
    pub kind: CredentialKind,
    /// True if it opens anything.
    pub state: CredentialState,
    /// Its purpose, in its owner's words.
    pub label: Option<String>,
    /// The moment when it was made.
    pub created_at: Timestamp,
    /// The moment from which it opens nothing any more.
    pub expires_at: Timestamp,
    /// The moment when it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The latest use that was noted.
    pub last_used_at: Option<Timestamp>,
    /// The credential that it was rotated to.
    pub successor: Option<CredentialId>,
}

/// The state of a credential.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum CredentialState {
    /// It opens its connection.
    Live,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl CredentialListed {
    pub(super) fn of(credential: ScimCredential, now: Timestamp) -> CredentialListed {
        let state = match credential.revoked {
            Some(_) => CredentialState::Revoked,
            None if credential.expires <= now => CredentialState::Expired,
            None => CredentialState::Live,
        };
        CredentialListed {
            kind: credential.kind(),
            id: credential.id,
            connection: credential.connection,
            state,
            label: credential.label,
            created_at: credential.created,
            expires_at: credential.expires,
            revoked_at: credential.revoked,
            last_used_at: credential.last_used,
            successor: credential.successor,
        }
    }
}

/// Lists the tokens and passwords of a connection, or of all; [`clients::list`](super::clients::list) has those of OAuth clients. Fails on an unknown connection, and where the store does.
pub async fn list(admin: &Admin, of: Option<&ConnectionId>) -> Done<Vec<CredentialListed>> {
    if let Some(id) = of {
        connections::one(admin, id).await?;
    }
    let now = admin.now();
    let found = admin.store().credentials(of).await?.into_iter();
    let tokens = found.filter(|one| !one.kind().is_of_client());
    Ok(tokens.map(|one| CredentialListed::of(one, now)).collect())
}

/// A credential to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCredential {
    /// The kind of its secret.
    pub kind: SecretKind,
    /// The time for which it holds.
    pub lifetime: SignedDuration,
    /// Its purpose, in the words of whoever makes it.
    pub label: Option<String>,
}

/// A new credential and its secret, which nobody can read again.
#[derive(Debug)]
pub struct CredentialMade {
    /// The credential.
    pub credential: ScimCredential,
    /// The secret.
    pub secret: Token,
    /// The connection that it opens.
    pub connection: Connection,
    /// The effects on those who use the app already, if the connection had no credential and no user before.
    pub beginning: Beginning,
    /// The warning of a rule that turns everybody away, now that sign-ons look for users.
    pub warning: Option<Warning>,
}

/// Makes a credential. Fails on an unknown connection, a lifetime that cannot be, no random numbers, and where the store does.
pub async fn create(admin: &Admin, id: &ConnectionId, new: NewCredential) -> Done<CredentialMade> {
    connections::one(admin, id).await?;
    let (name, secret) = draw()?;
    let NewCredential {
        kind,
        lifetime,
        label,
    } = new;
    let made = ScimCredential::new(name, id.clone(), kind, &secret, lifetime, admin.now());
    let made = made.map_err(AdminError::Lifetime)?;
    let entered = enter(admin, ScimCredential { label, ..made }).await?;
    Ok(CredentialMade {
        credential: entered.credential,
        secret,
        connection: entered.connection,
        beginning: entered.beginning,
        warning: entered.warning,
    })
}

/// A credential that was added, with what it began.
#[derive(Debug)]
pub(crate) struct CredentialEntered {
    pub(crate) credential: ScimCredential,
    pub(crate) connection: Connection,
    pub(crate) beginning: Beginning,
    pub(crate) warning: Option<Warning>,
}

/// Adds a credential. Fails where the store does.
pub(super) async fn enter(admin: &Admin, credential: ScimCredential) -> Done<CredentialEntered> {
    let (connection, beginning) = provisioning::begin(admin, &credential.connection).await?;
    add_credential(admin.store(), &credential).await?;
    let copy = connections::metadata_copy(admin, &connection).await?;
    let warning = connections::link_rule_warning(admin, &connection, copy.as_ref()).await?;
    Ok(CredentialEntered {
        credential,
        connection,
        beginning,
        warning,
    })
}

fn draw() -> Done<(CredentialId, Token)> {
    let id = CredentialId::from_random(random::bytes()?);
    Ok((id, Token::from_random(random::bytes()?)))
}

/// The successor of a credential, and its secret, which nobody can read again.
#[derive(Debug)]
pub struct CredentialRotated {
    /// The successor.
    pub credential: ScimCredential,
    /// The secret.
    pub secret: Token,
    /// The credential that it succeeds.
    pub old: CredentialId,
    /// The moment when the old one ends.
    pub old_expires: Timestamp,
}

/// Makes the successor of a token or password; the old one goes on for the overlap. Fails on an unknown one, one that has ended
/// or has a successor, an overlap that cannot be, and where the store does.
pub async fn rotate(
    admin: &Admin,
    id: &CredentialId,
    overlap: SignedDuration,
) -> Done<CredentialRotated> {
    rotate_known(admin, token(admin, id).await?, overlap).await
}

/// Rotates a credential that was found, as [`rotate`] does.
pub(super) async fn rotate_known(
    admin: &Admin,
    old: ScimCredential,
    overlap: SignedDuration,
) -> Done<CredentialRotated> {
    let id = &old.id;
    let (name, secret) = draw()?;
    let rotated = old.rotated(name, &secret, overlap, admin.now());
    let (credential, old_expires) = rotated.map_err(|error| AdminError::Rotation {
        credential: id.clone(),
        error,
    })?;
    if !rotate_credential(admin.store(), id, old_expires, &credential).await? {
        return Err(AdminError::RotatedMeanwhile(id.clone()));
    }
    Ok(CredentialRotated {
        credential,
        secret,
        old: id.clone(),
        old_expires,
    })
}

/// Lets a credential hold from now on; returns its end. Fails on one unknown or revoked, a bad lifetime, or where the store
/// does.
pub async fn extend(admin: &Admin, id: &CredentialId, lifetime: SignedDuration) -> Done<Timestamp> {
    let credential = token(admin, id).await?;
    let extended = credential.extended(lifetime, admin.now());
    let expires = extended.map_err(|error| AdminError::Rotation {
        credential: id.clone(),
        error,
    })?;
    match extend_credential(admin.store(), id, expires).await? {
        true => Ok(expires),
        false => Err(AdminError::RevokedMeanwhile(id.clone())),
    }
}

/// Counts a credential that its rotation ends at once, as [`would_revoke`] does. Fails as that does.
pub(crate) async fn would_rotate(
    admin: &Admin,
    id: &CredentialId,
    overlap: SignedDuration,
) -> Done<Effects> {
    match overlap.is_zero() {
        true => would_revoke(admin, id).await,
        false => Ok(Effects::default()),
    }
}

/// Counts a token or password that somebody needs: it is live, and it is the last credential of its connection or was used within a day.
/// Fails on an unknown one, and where the store does.
pub(crate) async fn would_revoke(admin: &Admin, id: &CredentialId) -> Done<Effects> {
    let one = token(admin, id).await?;
    needed(admin, std::slice::from_ref(&one)).await
}

/// Counts those of some credentials of one connection that somebody needs: see [`would_revoke`].
pub(super) async fn needed(admin: &Admin, those: &[ScimCredential]) -> Done<Effects> {
    let now = admin.now();
    let Some(first) = those.first() else {
        return Ok(Effects::default());
    };
    let others = admin.store().credentials(Some(&first.connection)).await?;
    let mut others = others
        .iter()
        .filter(|other| those.iter().all(|one| one.id != other.id));
    let are_last = !others.any(|other| is_live(other, now));
    let is_used = |one: &ScimCredential| one.last_used.is_some_and(|at| at > now - A_DAY);
    let needed = those
        .iter()
        .filter(|one| is_live(one, now) && (are_last || is_used(one)));
    Ok(Effects {
        tokens: needed.count() as u64,
        ..Effects::default()
    })
}

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Revokes a token or password; returns the moment, also of one revoked before. Fails on an unknown one, and where the store does.
pub async fn revoke(admin: &Admin, id: &CredentialId) -> Done<Option<Timestamp>> {
    let token = token(admin, id).await?;
    revoke_credential(admin.store(), &token.id, admin.now()).await?;
    let revoked = admin.store().credential(id).await?;
    Ok(revoked.and_then(|credential| credential.revoked))
}

/// A token or password. The credentials of OAuth clients are none: [`clients`](super::clients) has functions of their own for them.
async fn token(admin: &Admin, id: &CredentialId) -> Done<ScimCredential> {
    let found = admin.store().credential(id).await?;
    let token = found.filter(|one| !one.kind().is_of_client());
    token.ok_or_else(|| AdminError::NoCredential(id.clone()))
}
