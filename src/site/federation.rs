//! The client for which a token of an identity provider stands (RFC 7523 §2.2): the federation that is meant, the keys of its issuer, the
//! signature, and then the claims.

use jiff::Timestamp;

use super::Site;
use super::federation_keys::Federated;
use super::federation_keys::KeysUnavailable;
use crate::address::AddressPolicy;
use crate::connection::Connection;
use crate::jwt::JwtError;
use crate::jwt::UnverifiedJwt;
use crate::ports::StoreError;
use crate::provisioning::AssertionError;
use crate::provisioning::AssertionFailure;
use crate::provisioning::Authenticated;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialKind;
use crate::provisioning::CredentialRefusal;
use crate::provisioning::Federation;
use crate::provisioning::Proof;
use crate::provisioning::ScimCredential;
use crate::saml::ClockSkew;

/// The reason that a token stands for no client, for the operator's eyes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum AssertionRejection {
    /// No client of the connection is a federation.
    #[error("no client of the connection has a federation: entrada client federate makes one")]
    NoFederation,
    /// The client that the request names is no federation of the connection.
    #[error("client_id names no federation of the connection")]
    UnknownClient,
    /// The request names no client, and several could be meant. Which of them it is, the claims could tell, but then a token would choose
    /// whose keys it is held against.
    #[error("the connection has several federations, and the request names none by client_id")]
    NamesNoClient,
    /// The token is none, or its signature does not hold.
    #[error(transparent)]
    Token(#[from] JwtError),
    /// The federation has ended, or the claims are others.
    #[error(transparent)]
    Refused(#[from] AssertionError),
}

impl AssertionRejection {
    /// The words for the client. What is expected of the claims is shown to those who have a token of the tenant, once its signature has
    /// held: all tenants of Entra share the signing keys.
    pub(crate) fn for_client(&self) -> String {
        match self {
            AssertionRejection::NoFederation
            | AssertionRejection::UnknownClient
            | AssertionRejection::Refused(AssertionError::Credential(_)) => {
                "expected a client of this connection with a federation".to_owned()
            }
            AssertionRejection::NamesNoClient => {
                "expected client_id, since the connection has several federations".to_owned()
            }
            AssertionRejection::Token(error) => error.to_string(),
            AssertionRejection::Refused(AssertionError::Claims(refusal)) => {
                match refusal.is_of_the_tenant() {
                    true => refusal.to_string(),
                    false => "the assertion is of another tenant; the log of the server says more"
                        .to_owned(),
                }
            }
        }
    }

    /// The checks that failed, once the signature has held.
    pub(crate) fn failures(&self) -> &[AssertionFailure] {
        match self {
            AssertionRejection::Refused(AssertionError::Claims(refusal)) => refusal.failures(),
            _ => &[],
        }
    }
}

/// The reason that a token stands for no client, or that this is not known.
pub(super) enum FederatedClientError {
    Rejected(AssertionRejection),
    Keys(KeysUnavailable),
    Store(StoreError),
}

impl From<AssertionRejection> for FederatedClientError {
    fn from(rejection: AssertionRejection) -> FederatedClientError {
        FederatedClientError::Rejected(rejection)
    }
}

impl Site {
    /// The client for which a token stands. Keys are fetched for live federations of this connection alone, and never by what the token
    /// claims. The caller has made sure that the connection takes a federation.
    pub(super) async fn federated_client(
        &self,
        connection: &Connection,
        client_id: Option<&str>,
        token: UnverifiedJwt<'_>,
        now: Timestamp,
    ) -> Result<(ScimCredential, Authenticated), FederatedClientError> {
        let credential = match client_id {
            Some(client_id) => self.named_federation(connection, client_id).await,
            None => self.only_federation(connection, now).await,
        }?;
        credential.check_live(now).map_err(refused)?;
        let trust = trust(&credential).ok_or(AssertionRejection::UnknownClient)?;
        let federated = Federated {
            credential: &credential.id,
            trust,
            addresses: key_addresses(connection, trust),
        };
        let keys = self.federation_keys.having(federated, token.key_id());
        let keys = keys.await.map_err(FederatedClientError::Keys)?;
        let token = token.verify(&keys).map_err(AssertionRejection::from)?;
        let proven = credential.check_assertion(&token, connection.id(), ClockSkew::COMMON, now);
        let proven = proven.map_err(AssertionRejection::from)?;
        Ok((credential, proven))
    }

    async fn named_federation(
        &self,
        connection: &Connection,
        client_id: &str,
    ) -> Result<ScimCredential, FederatedClientError> {
        let unknown = || FederatedClientError::Rejected(AssertionRejection::UnknownClient);
        let id: ClientId = client_id.parse().map_err(|_| unknown())?;
        let found = self.store.credential(id.first_credential()).await;
        let found = found.map_err(FederatedClientError::Store)?;
        let is_meant =
            |one: &ScimCredential| trust(one).is_some() && one.connection == *connection.id();
        found.filter(is_meant).ok_or_else(unknown)
    }

    async fn only_federation(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<ScimCredential, FederatedClientError> {
        let all = self.store.credentials(Some(connection.id())).await;
        let all = all.map_err(FederatedClientError::Store)?.into_iter();
        let mut live = all
            .filter(|one| one.kind() == CredentialKind::Federation && one.check_live(now).is_ok());
        match (live.next(), live.next()) {
            (None, _) => Err(AssertionRejection::NoFederation.into()),
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(AssertionRejection::NamesNoClient.into()),
        }
    }
}

/// The addresses that keys may be fetched from: those of the federation, and public ones alone where the connection refuses others.
fn key_addresses(connection: &Connection, trust: &Federation) -> AddressPolicy {
    match connection.trust().policy().map(|policy| policy.addresses) {
        Some(AddressPolicy::PublicOnly) => AddressPolicy::PublicOnly,
        Some(AddressPolicy::Any) | None => trust.keys_addresses,
    }
}

fn trust(credential: &ScimCredential) -> Option<&Federation> {
    match &credential.proof {
        Proof::Federation { trust, .. } => Some(trust),
        _ => None,
    }
}

fn refused(error: CredentialRefusal) -> AssertionRejection {
    AssertionRejection::Refused(AssertionError::Credential(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::MetadataPolicy;
    use crate::connection::TrustSource;
    use crate::provisioning::NewFederation;

    #[test]
    fn keys_come_from_private_addresses_where_the_federation_says_so_and_the_connection_does_not_refuse_them()
     {
        let by_url = |addresses| TrustSource::MetadataUrl {
            url: "https://idp.example/metadata".to_owned(),
            entity_id: None,
            policy: MetadataPolicy {
                addresses,
                ..MetadataPolicy::default()
            },
        };
        let by_file = TrustSource::MetadataXml {
            xml: String::new(),
            file: None,
            entity_id: None,
        };
        let (any, public) = (AddressPolicy::Any, AddressPolicy::PublicOnly);
        for (source, of_federation, expected) in [
            (by_url(any), any, any),
            (by_url(any), public, public),
            (by_url(public), any, public),
            (by_url(public), public, public),
            (by_file.clone(), any, any),
            (by_file, public, public),
        ] {
            let connection = Connection::builder("acme").trust(source.clone());
            let connection = connection.build().unwrap();
            let trust = Federation::new(&NewFederation {
                tenant: "ce5f061f-abe6-4e40-9615-301f87bcb7f0".to_owned(),
                app: "b5ba7a93-4452-4522-aeb4-a2b5da870c16".to_owned(),
                subject: "0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1".to_owned(),
                keys_addresses: Some(of_federation),
                ..NewFederation::default()
            });
            let found = key_addresses(&connection, &trust.unwrap());
            assert_eq!(found, expected, "{source:?} {of_federation:?}");
        }
    }
}
