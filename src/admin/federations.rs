//! Federations: clients that prove themselves by tokens of an identity provider, and have no secret of ours.

use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use super::credentials;
use super::credentials::CredentialEntered;
use super::random;
use crate::connection::ConnectionId;
use crate::provisioning::CredentialId;
use crate::provisioning::Federation;
use crate::provisioning::LONGEST_LIFETIME;
use crate::provisioning::NewFederation;
use crate::provisioning::ScimCredential;
use crate::provisioning::TokenLifetime;

/// A client to be made that has a federation.
pub(crate) struct NewClient {
    pub(crate) trust: NewFederation,
    /// The time for which its access tokens hold.
    pub(crate) token_lifetime: TokenLifetime,
    /// Its purpose, in the words of whoever makes it.
    pub(crate) label: Option<String>,
}

/// Makes a client that has a federation. It holds for the longest time that a credential may: there is no secret to be renewed. Fails on
/// an unknown connection, settings that cannot be, no random numbers, and where the store does.
pub(crate) async fn create(
    admin: &Admin,
    id: &ConnectionId,
    new: NewClient,
) -> Done<CredentialEntered> {
    connections::one(admin, id).await?;
    let trust = Federation::new(&new.trust).map_err(AdminError::Federation)?;
    let made = ScimCredential::federated(
        CredentialId::from_random(random::bytes()?),
        id.clone(),
        trust,
        new.token_lifetime,
        LONGEST_LIFETIME,
        admin.now(),
    );
    let made = made.map_err(AdminError::Lifetime)?;
    let label = new.label;
    credentials::enter(admin, ScimCredential { label, ..made }).await
}
