//! OAuth clients of those who provision. [`credentials::create`] makes one, with its first secret; each later
//! secret is a credential of its own, and so is a federation. The id of the first credential is the name of the client.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Serialize;

use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use super::credentials;
use super::credentials::CredentialListed;
use super::credentials::CredentialRotated;
use super::effects::Effects;
use super::effects::is_live;
use crate::connection::ConnectionId;
use crate::directory::revoke_credential;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::Federation;
use crate::provisioning::Proof;
use crate::provisioning::ScimCredential;

/// A credential of a client as a list shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct ClientListed {
    /// The credential.
    #[serde(flatten)]
    pub credential: CredentialListed,
    /// The client.
    pub client_id: ClientId,
    /// The time for which the client's access tokens hold.
    pub token_lifetime_seconds: i64,
    /// The tokens that stand for the client, if it has no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation: Option<Federation>,
}

/// Lists the credentials of the clients of a connection, or of all. Fails on an unknown connection, and where the store does.
pub async fn list(admin: &Admin, of: Option<&ConnectionId>) -> Done<Vec<ClientListed>> {
    if let Some(id) = of {
        connections::one(admin, id).await?;
    }
    let now = admin.now();
    let found = admin.store().credentials(of).await?.into_iter();
    let listed = found.filter_map(|one| {
        let client = one.client()?.clone();
        let federation = match &one.proof {
            Proof::Federation { trust, .. } => Some((**trust).clone()),
            _ => None,
        };
        Some(ClientListed {
            federation,
            credential: CredentialListed::of(one, now),
            client_id: client.id,
            token_lifetime_seconds: client.token_lifetime.get().as_secs(),
        })
    });
    Ok(listed.collect())
}

/// Makes another secret of the same client; the old one goes on for the overlap. The name of the client stands for its latest secret. Fails on
/// an unknown id, a secret that has ended or has a successor, a federation, an overlap that cannot be, and where the store does.
pub async fn rotate(
    admin: &Admin,
    id: &CredentialId,
    overlap: SignedDuration,
) -> Done<CredentialRotated> {
    credentials::rotate_known(admin, latest(admin, id).await?, overlap).await
}

/// Counts a secret that its rotation ends at once, if somebody needs it. Fails as [`rotate`] does on an unknown id.
pub(crate) async fn would_rotate(
    admin: &Admin,
    id: &CredentialId,
    overlap: SignedDuration,
) -> Done<Effects> {
    let one = latest(admin, id).await?;
    match overlap.is_zero() {
        true => credentials::needed(admin, &[one]).await,
        false => Ok(Effects::default()),
    }
}

/// The part of a client that is revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevokedPart {
    /// The credential of the id, or all of the client whose name it is.
    Named,
    /// The one credential of the id.
    Credential,
}

/// The credentials that were revoked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientRevoked {
    /// The client.
    pub client: ClientId,
    /// Each of its credentials that opens nothing from now on, with the moment; also those that were revoked before.
    pub credentials: Vec<(CredentialId, Timestamp)>,
    /// Credentials of the client that go on.
    pub left: Vec<CredentialId>,
}

/// Counts the live credentials that somebody needs among those that would be revoked. Fails as [`revoke`] does.
pub(crate) async fn would_revoke(
    admin: &Admin,
    id: &CredentialId,
    part: RevokedPart,
) -> Done<Effects> {
    let one = credential(admin, id).await?;
    let (chosen, _) = chosen(admin, &one, part).await?;
    credentials::needed(admin, &chosen).await
}

/// Revokes a secret or a federation, or all of a client: from the next request on they open nothing, and neither do the access tokens that were
/// issued for them. Fails on an unknown id, and where the store does.
pub async fn revoke(admin: &Admin, id: &CredentialId, part: RevokedPart) -> Done<ClientRevoked> {
    let one = credential(admin, id).await?;
    let (chosen, left) = chosen(admin, &one, part).await?;
    let now = admin.now();
    let mut credentials = Vec::with_capacity(chosen.len());
    for one in chosen {
        revoke_credential(admin.store(), &one.id, now).await?;
        let revoked = credential(admin, &one.id).await?.revoked;
        credentials.push((one.id, revoked.unwrap_or(now)));
    }
    Ok(ClientRevoked {
        client: name(&one)?,
        credentials,
        left: left.into_iter().map(|one| one.id).collect(),
    })
}

/// The credentials that a part of a client is, and the live ones besides.
async fn chosen(
    admin: &Admin,
    one: &ScimCredential,
    part: RevokedPart,
) -> Done<(Vec<ScimCredential>, Vec<ScimCredential>)> {
    let (client, now) = (name(one)?, admin.now());
    let all = of_client(admin, one, &client).await?;
    let is_whole = part == RevokedPart::Named && one.id == *client.first_credential();
    let (chosen, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|other| other.id == one.id || is_whole && is_live(other, now));
    let left = others.into_iter().filter(|other| is_live(other, now));
    Ok((chosen, left.collect()))
}

/// The credential of an id, or the latest one in its line where it is the name of a client.
async fn latest(admin: &Admin, id: &CredentialId) -> Done<ScimCredential> {
    let one = credential(admin, id).await?;
    let client = name(&one)?;
    if one.id != *client.first_credential() {
        return Ok(one);
    }
    let all = of_client(admin, &one, &client).await?;
    let mut latest = one;
    while let Some(next) = &latest.successor
        && let Some(next) = all.iter().find(|other| other.id == *next)
    {
        latest = next.clone();
    }
    Ok(latest)
}

async fn of_client(
    admin: &Admin,
    one: &ScimCredential,
    client: &ClientId,
) -> Done<Vec<ScimCredential>> {
    let all = admin.store().credentials(Some(&one.connection)).await?;
    let is_own = |other: &ScimCredential| other.client().is_some_and(|of| of.id == *client);
    Ok(all.into_iter().filter(is_own).collect())
}

fn name(credential: &ScimCredential) -> Done<ClientId> {
    let client = credential.client().map(|client| client.id.clone());
    client.ok_or_else(|| AdminError::NoClient(credential.id.clone()))
}

/// A credential of a client. Tokens and passwords are none: [`credentials`] has functions of their own for them.
async fn credential(admin: &Admin, id: &CredentialId) -> Done<ScimCredential> {
    let found = admin.store().credential(id).await?;
    let of_client = found.filter(|one| one.kind().is_of_client());
    of_client.ok_or_else(|| AdminError::NoClient(id.clone()))
}

/// The time for which Microsoft wants the secret of a client to hold: one to three years.
pub(crate) const EXPECTED_LIFETIME: [SignedDuration; 2] = [
    SignedDuration::from_hours(365 * 24),
    SignedDuration::from_hours(3 * 366 * 24),
];
