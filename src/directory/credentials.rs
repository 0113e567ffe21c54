//! Credentials of those who provision: with the first one, the directory decides who may sign on. The rules of a credential itself are
//! [`ScimCredential`]'s.

use jiff::Timestamp;

use super::Directory;
use super::DirectoryTransaction;
use super::Scope;
use super::transact;
use crate::ports::StoreError;
use crate::provisioning::AccessToken;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::provisioning::ScimCredentials;

/// Keeps a new credential. Provisioning of its connection begins with it, if it has not yet: sessions of nobody in the directory end.
///
/// # Errors
/// A store that cannot answer, or that does not hold the connection, and an id that is another credential's.
pub async fn add_credential(
    directory: &(impl Directory + ?Sized),
    credential: &ScimCredential,
) -> Result<(), StoreError> {
    let (scope, added) = (scope(credential), credential.clone());
    transact(directory, &scope, move |directory| {
        Box::pin(async move { add(directory, &added).await })
    })
    .await
}

/// Keeps the next credential and ends the old one at a moment, in one step: see [`ScimCredential::rotated`]. Says
/// whether the old one was there, of the same connection, unrevoked and without a successor; if not, nothing is kept. So of several
/// rotations at once one succeeds.
///
/// # Errors
/// A store that cannot answer, and an id that is another credential's.
pub async fn rotate_credential(
    directory: &(impl Directory + ?Sized),
    old: &CredentialId,
    old_expires: Timestamp,
    next: &ScimCredential,
) -> Result<bool, StoreError> {
    let (scope, old, added) = (scope(next), old.clone(), next.clone());
    transact(directory, &scope, move |directory| {
        Box::pin(async move {
            let present = directory.rows.credential(&old).await?;
            let own = present.filter(|old| old.connection == added.connection);
            let next = added.id.clone();
            let Some(old) = own.and_then(|old| old.succeeded(next, old_expires)) else {
                return Ok(false);
            };
            directory.rows.put_credential(&old).await?;
            add(directory, &added).await?;
            Ok(true)
        })
    })
    .await
}

/// Ends a credential at another moment: see [`ScimCredential::extended`]. Says whether it was there, unrevoked.
///
/// Fails where the store does.
pub async fn extend_credential(
    store: &(impl Directory + ScimCredentials + ?Sized),
    id: &CredentialId,
    expires: Timestamp,
) -> Result<bool, StoreError> {
    change(store, id, move |credential| credential.ending(expires)).await
}

/// Revokes a credential; says whether it was there, unrevoked. From the next request on it opens nothing.
///
/// Fails where the store does.
pub async fn revoke_credential(
    store: &(impl Directory + ScimCredentials + ?Sized),
    id: &CredentialId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    change(store, id, move |credential| credential.revoked(now)).await
}

/// Keeps an access token that was issued for a credential of a client; says whether the credential still lives. If not, nothing is kept.
/// Of more than [`AccessToken::MOST`] of the client the oldest end.
///
/// Fails where the store does.
pub async fn issue_access_token(
    directory: &(impl Directory + ?Sized),
    by: &ScimCredential,
    token: &AccessToken,
) -> Result<bool, StoreError> {
    let (scope, token) = (scope(by), token.clone());
    transact(directory, &scope, move |directory| {
        Box::pin(async move {
            let present = directory.rows.credential(&token.credential).await?;
            let live = present.filter(|by| by.check_live(token.created).is_ok());
            let Some(client) = live.as_ref().and_then(ScimCredential::client) else {
                return Ok(false);
            };
            directory.rows.put_access_token(&token).await?;
            let last = AccessToken::MOST;
            directory.rows.keep_access_tokens(&client.id, last).await?;
            Ok(true)
        })
    })
    .await
}

/// Changes a credential as the rule says; false where there is none, or where the rule leaves it as it is.
async fn change(
    store: &(impl Directory + ScimCredentials + ?Sized),
    id: &CredentialId,
    rule: impl FnOnce(ScimCredential) -> Option<ScimCredential> + Clone + Send + Sync + 'static,
) -> Result<bool, StoreError> {
    // A credential stays with its connection, so that what is found here may be locked there.
    let Some(found) = store.credential(id).await? else {
        return Ok(false);
    };
    let (scope, id) = (scope(&found), found.id);
    transact(store, &scope, move |directory| {
        Box::pin(async move {
            let present = directory.rows.credential(&id).await?;
            let Some(changed) = present.and_then(rule) else {
                return Ok(false);
            };
            directory.rows.put_credential(&changed).await?;
            Ok(true)
        })
    })
    .await
}

async fn add(
    directory: &mut DirectoryTransaction<'_>,
    added: &ScimCredential,
) -> Result<(), StoreError> {
    if directory.rows.credential(&added.id).await?.is_some() {
        return Err(StoreError::new(IdTaken));
    }
    directory.rows.put_credential(added).await?;
    Ok(directory.begin_provisioning().await?)
}

/// The directory of a credential's connection at the moment at which the credential was made. No rule of the connection has a say.
fn scope(credential: &ScimCredential) -> Scope {
    Scope::by_default(credential.connection.clone(), credential.created)
}

/// A credential has this id already. Ids are drawn at random, so this is a fault and no coincidence.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("another credential has this id already")]
struct IdTaken;
