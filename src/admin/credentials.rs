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
use super::log::time;
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
use crate::metadata::ExpiryLevel;
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
    fn of(credential: ScimCredential, now: Timestamp) -> CredentialListed {
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

/// Lists the credentials of a connection, or of all. Fails on an unknown connection, and where the store does.
pub async fn list(admin: &Admin, of: Option<&ConnectionId>) -> Done<Vec<CredentialListed>> {
    if let Some(id) = of {
        connections::one(admin, id).await?;
    }
    let now = admin.now();
    let found = admin.store().credentials(of).await?.into_iter();
    Ok(found.map(|one| CredentialListed::of(one, now)).collect())
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
    let credential = ScimCredential { label, ..made };
    let (connection, beginning) = provisioning::begin(admin, id).await?;
    add_credential(admin.store(), &credential).await?;
    let copy = connections::metadata_copy(admin, &connection).await?;
    let warning = connections::link_rule_warning(admin, &connection, copy.as_ref()).await?;
    Ok(CredentialMade {
        credential,
        secret,
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

/// Makes the successor of a credential; the old one goes on for the overlap. Fails on an unknown credential, one that has ended
/// or has a successor, an overlap that cannot be, and where the store does.
pub async fn rotate(
    admin: &Admin,
    id: &CredentialId,
    overlap: SignedDuration,
) -> Done<CredentialRotated> {
    let old = known(admin, id).await?;
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
        old: old.id,
        old_expires,
    })
}

/// Lets a credential hold from now on; returns its end. Fails on one unknown or revoked, a bad lifetime, or where the store
/// does.
pub async fn extend(admin: &Admin, id: &CredentialId, lifetime: SignedDuration) -> Done<Timestamp> {
    let credential = known(admin, id).await?;
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

/// Counts a credential that somebody needs: it is live, and it is the last one of its connection or was used within a day. Fails on an
/// unknown credential, and where the store does.
pub(crate) async fn would_revoke(admin: &Admin, id: &CredentialId) -> Done<Effects> {
    let (one, now) = (known(admin, id).await?, admin.now());
    let others = admin.store().credentials(Some(&one.connection)).await?;
    let mut others = others.iter().filter(|other| other.id != one.id);
    let is_last = !others.any(|other| is_live(other, now));
    let is_used = one.last_used.is_some_and(|at| at > now - A_DAY);
    Ok(Effects {
        tokens: u64::from(is_live(&one, now) && (is_last || is_used)),
        ..Effects::default()
    })
}

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Revokes a credential; returns the moment, also of one revoked before. Fails on an unknown one, and where the store does.
pub async fn revoke(admin: &Admin, id: &CredentialId) -> Done<Option<Timestamp>> {
    revoke_credential(admin.store(), id, admin.now()).await?;
    Ok(known(admin, id).await?.revoked)
}

async fn known(admin: &Admin, id: &CredentialId) -> Done<ScimCredential> {
    let found = admin.store().credential(id).await?;
    found.ok_or_else(|| AdminError::NoCredential(id.clone()))
}

/// A credential that has ended or is about to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CredentialExpiry {
    /// Its id.
    pub credential: CredentialId,
    /// The connection whose provisioning depends on it.
    pub connection: ConnectionId,
    /// The moment of its end.
    pub expires: Timestamp,
    /// The last level that is reached.
    pub level: ExpiryLevel,
}

impl CredentialExpiry {
    /// A stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self.level {
            ExpiryLevel::Past => "token-expired",
            _ => "token-expires-soon",
        }
    }

    /// The end in words, and the commands that help, so that provisioning does not stop by surprise.
    pub fn text(&self) -> String {
        let (id, at) = (&self.credential, time(self.expires));
        match self.level {
            ExpiryLevel::Past => format!(
                "the token {id} expired at {at}, and no other is in use: entrada token extend {id} --expires-in 365d, or revoke it if nobody needs it"
            ),
            _ => format!(
                "the token {id} expires at {at}: entrada token rotate {id}, and paste the new one into Entra; or entrada token extend {id} --expires-in 365d"
            ),
        }
    }
}

/// The credentials that somebody has to do something about. One whose successor is at work may end in peace.
pub fn expiring(credentials: &[ScimCredential], now: Timestamp) -> Vec<CredentialExpiry> {
    let wanted = credentials
        .iter()
        .filter(|one| !credentials.iter().any(|other| succeeds(other, one, now)));
    let expiring = wanted.filter_map(|one| {
        Some(CredentialExpiry {
            credential: one.id.clone(),
            connection: one.connection.clone(),
            expires: one.expires,
            level: one.expiry(now)?,
        })
    });
    expiring.collect()
}

/// True if a credential does the work of another: it is younger, it lives, and somebody has used it since.
fn succeeds(other: &ScimCredential, one: &ScimCredential, now: Timestamp) -> bool {
    other.connection == one.connection
        && other.created > one.created
        && other.revoked.is_none()
        && other.expires > now
        && other.last_used.is_some()
}

#[cfg(test)]
mod tests {

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn days(count: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * count)
    }

    /// A token that was made a year before its end.
    fn token(number: u8, left: SignedDuration) -> ScimCredential {
        let made = NOW + left - days(365);
        ScimCredential::new(
            CredentialId::from_random([number; 8]),
            "acme".parse().unwrap(),
            SecretKind::Bearer,
            &Token::from_random([number; 32]),
            days(365),
            made,
        )
        .unwrap()
    }

    fn found(tokens: &[ScimCredential]) -> Vec<(&'static str, i64)> {
        let found = expiring(tokens, NOW).into_iter();
        found.map(|one| (one.code(), one.level.days())).collect()
    }

    #[test]
    fn each_level_is_reported_and_what_is_past_has_none_left() {
        for (left, expected) in [
            (days(61), vec![]),
            (days(60), vec![("token-expires-soon", 60)]),
            (days(30), vec![("token-expires-soon", 30)]),
            (days(7), vec![("token-expires-soon", 7)]),
            (days(1), vec![("token-expires-soon", 1)]),
            (days(0), vec![("token-expired", 0)]),
        ] {
            assert_eq!(found(&[token(1, left)]), expected, "{left}");
        }
    }

    #[test]
    fn a_revoked_token_is_nobodys_business() {
        let revoked = |left| ScimCredential {
            revoked: Some(NOW),
            ..token(1, left)
        };
        assert!(found(&[revoked(days(1)), revoked(days(-1))]).is_empty());
    }

    #[test]
    fn a_token_ends_in_peace_once_its_successor_is_at_work() {
        let old = token(1, days(-1));
        let idle = token(2, days(300));
        let expected = [("token-expired", 0)];
        assert_eq!(found(&[old.clone(), idle.clone()]), expected);
        let at_work = ScimCredential {
            last_used: Some(NOW),
            ..idle
        };
        assert!(found(&[old.clone(), at_work.clone()]).is_empty());

        for other in [
            ScimCredential {
                revoked: Some(NOW),
                ..at_work.clone()
            },
            ScimCredential {
                connection: "globex".parse().unwrap(),
                ..at_work.clone()
            },
            ScimCredential {
                created: old.created,
                ..at_work
            },
        ] {
            assert_eq!(found(&[old.clone(), other]), expected);
        }
    }
}
