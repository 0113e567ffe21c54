//! Credentials of those who provision: with the first one, the directory decides who may sign on.

use jiff::Timestamp;

use super::Directory;
use super::DirectoryError;
use super::Scope;
use super::transact;
use crate::ports::StoreError;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;

/// Keeps a new credential. Provisioning of its connection begins with it, if it has not yet: sessions of nobody in the directory end.
///
/// # Errors
/// A store that cannot answer, or that does not hold the connection.
pub async fn add_credential(
    directory: &(impl Directory + ?Sized),
    credential: &ScimCredential,
) -> Result<(), StoreError> {
    let (scope, added) = (scope(credential), credential.clone());
    let done = transact(directory, &scope, move |directory| {
        Box::pin(async move {
            directory.rows.insert_credential(&added).await?;
            directory.begin_provisioning().await
        })
    });
    done.await.map_err(store_error)
}

/// Keeps the next credential and ends the old one at a moment, in one step: see [`ScimCredential::rotated`]. Says
/// whether the old one was there, unrevoked and without a successor; if not, nothing is kept. So of several rotations at
/// once one succeeds.
///
/// # Errors
/// A store that cannot answer.
pub async fn rotate_credential(
    directory: &(impl Directory + ?Sized),
    old: &CredentialId,
    old_expires: Timestamp,
    next: &ScimCredential,
) -> Result<bool, StoreError> {
    let (scope, old, added) = (scope(next), old.clone(), next.clone());
    let done = transact(directory, &scope, move |directory| {
        Box::pin(async move {
            let rows = &mut directory.rows;
            let next = &added.id;
            if !rows.supersede_credential(&old, old_expires, next).await? {
                return Ok(false);
            }
            rows.insert_credential(&added).await?;
            directory.begin_provisioning().await?;
            Ok(true)
        })
    });
    done.await.map_err(store_error)
}

/// The directory of a credential's connection at the moment at which the credential was made. No rule of the connection has a say.
fn scope(credential: &ScimCredential) -> Scope {
    Scope::by_default(credential.connection.clone(), credential.created)
}

fn store_error(error: DirectoryError) -> StoreError {
    match error {
        DirectoryError::Store(error) => error,
        error => StoreError::new(error),
    }
}
