//! Credentials and access tokens as a store keeps them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::AccessToken;
use super::CredentialId;
use super::ScimCredential;
use crate::connection::ConnectionId;
use crate::ports::StoreError;

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

    /// The access token of this name, whatever its state, with the credential that it was issued for. Nothing is opened where the store
    /// fails.
    async fn access_token(
        &self,
        id: &CredentialId,
    ) -> Result<Option<(AccessToken, ScimCredential)>, StoreError>;

    /// The connections that are provisioned: those that have, or had, a credential, and those that have users.
    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError>;

    /// Notes that a credential was used, unless a later use is noted already.
    async fn note_use(&self, id: &CredentialId, now: Timestamp) -> Result<(), StoreError>;
}
