//! Access tokens for those who provision: a client proves to a connection who it is, and gets one. The proof is read from the store each
//! time, so a revocation takes effect at once.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use openssl::rand::rand_bytes;

use super::Site;
use super::federation::AssertionRejection;
use super::federation::FederatedClientError;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory;
use crate::jwt::UnverifiedJwt;
use crate::oauth::AuthenticationMethod;
use crate::oauth::ClientAuthentication;
use crate::oauth::PresentedText;
use crate::oauth::ServerMetadata;
use crate::oauth::TokenRequest;
use crate::ports::StoreError;
use crate::provisioning::AccessToken;
use crate::provisioning::AssertionFailure;
use crate::provisioning::Authenticated;
use crate::provisioning::CredentialId;
use crate::provisioning::CredentialKind;
use crate::provisioning::CredentialRefusal;
use crate::provisioning::Presented;
use crate::provisioning::ScimCredential;
use crate::token::Token;

/// A client that has proven who it is to a connection. [`Site::token_client`] alone makes it.
pub(crate) struct TokenClient {
    credential: ScimCredential,
    proven: Authenticated,
}

impl TokenClient {
    pub(crate) fn connection(&self) -> &ConnectionId {
        self.proven.connection()
    }
}

/// An access token as the client is sent it, once.
pub(crate) struct IssuedToken {
    pub(crate) text: String,
    pub(crate) expires_in: SignedDuration,
}

/// The reason that no access token is issued.
pub(crate) enum TokenRefusal {
    /// The client is not known, or its proof does not hold. The connection is there if it exists.
    Client {
        connection: Option<ConnectionId>,
        reason: ClientRefusal,
    },
    /// The connection takes no credential of this kind.
    NotTaken(KindNotTaken),
    /// The keys that an assertion is verified with cannot be fetched at the moment, so it is not known.
    NoKeys {
        connection: Option<ConnectionId>,
        retry_after: Duration,
    },
    NoRandom,
    /// The store does not answer, so it is not known.
    Store(StoreError),
}

impl From<StoreError> for TokenRefusal {
    fn from(error: StoreError) -> TokenRefusal {
        TokenRefusal::Store(error)
    }
}

/// A connection that takes no credential of a kind. A secret is proven before this is said; a federation is not, since keys would have
/// to be fetched for the proof.
pub(crate) struct KindNotTaken {
    pub(crate) connection: ConnectionId,
    pub(crate) kind: CredentialKind,
}

/// The reason that a client is not believed, for the operator's eyes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum ClientRefusal {
    /// There is no such connection.
    #[error("there is no such connection")]
    NoConnection,
    /// The secret is none that we made.
    #[error("no secret of ours")]
    NotOurs,
    /// The secret is of another client than the one that is named.
    #[error("the secret is of another client than client_id says")]
    OtherClient,
    /// The credential does not hold.
    #[error(transparent)]
    Credential(#[from] CredentialRefusal),
    /// The credential ended while the token was issued.
    #[error("the credential ended in this moment")]
    EndedMeanwhile,
    /// The assertion stands for no client.
    #[error(transparent)]
    Assertion(#[from] AssertionRejection),
}

impl ClientRefusal {
    /// The words for the client: the same for everything that is wrong with a secret, so that nobody learns how near they are.
    pub(crate) fn for_client(&self) -> String {
        match self {
            ClientRefusal::Assertion(rejection) => rejection.for_client(),
            _ => "expected the client id and the secret of a client of this connection".to_owned(),
        }
    }

    /// The checks on an assertion that failed.
    pub(crate) fn failures(&self) -> &[AssertionFailure] {
        match self {
            ClientRefusal::Assertion(rejection) => rejection.failures(),
            _ => &[],
        }
    }
}

impl Site {
    /// The client of a token request. A connection that does not exist is refused as a wrong client is; for a secret, the store is asked
    /// for a credential in either case.
    pub(crate) async fn token_client(
        &self,
        connection: &str,
        request: &TokenRequest,
        now: Timestamp,
    ) -> Result<TokenClient, TokenRefusal> {
        let loaded = self.registry.find(connection).await?;
        let known = loaded.as_ref().map(|loaded| &loaded.connection);
        let client = match &request.client {
            ClientAuthentication::Secret { client_id, secret } => {
                self.client_of_secret(known, client_id, secret, now).await
            }
            ClientAuthentication::Assertion {
                client_id,
                assertion,
            } => {
                self.client_of_assertion(known, client_id.as_deref(), assertion, now)
                    .await
            }
        };
        let connection = || known.map(|known| known.id().clone());
        client.map_err(|error| match error {
            ClientProofError::Client(reason) => TokenRefusal::Client {
                connection: connection(),
                reason,
            },
            ClientProofError::NotTaken(not_taken) => TokenRefusal::NotTaken(not_taken),
            ClientProofError::NoKeys { retry_after } => TokenRefusal::NoKeys {
                connection: connection(),
                retry_after,
            },
            ClientProofError::Store(error) => TokenRefusal::Store(error),
        })
    }

    async fn client_of_secret(
        &self,
        connection: Option<&Connection>,
        client_id: &str,
        secret: &PresentedText,
        now: Timestamp,
    ) -> Result<TokenClient, ClientProofError> {
        let presented = Presented::client_secret(secret.reveal()).ok_or(ClientRefusal::NotOurs)?;
        let credential = self.store.credential(&presented.id).await?;
        let credential = credential
            .ok_or(CredentialRefusal::Unknown)
            .map_err(ClientRefusal::from)?;
        let connection = connection.ok_or(ClientRefusal::NoConnection)?;
        let proven = credential.check(&presented, connection.id(), now);
        let proven = proven.map_err(ClientRefusal::from)?;
        let named = credential
            .client()
            .is_some_and(|client| client.id.as_str() == client_id);
        if !named {
            return Err(ClientRefusal::OtherClient.into());
        }
        check_taken(connection, credential.kind())?;
        Ok(TokenClient { credential, proven })
    }

    /// The assertion is read before the connection is looked at, so one that does not read is answered alike everywhere. A connection
    /// without a federation and one that takes none have no keys fetched.
    async fn client_of_assertion(
        &self,
        connection: Option<&Connection>,
        client_id: Option<&str>,
        assertion: &PresentedText,
        now: Timestamp,
    ) -> Result<TokenClient, ClientProofError> {
        let token = UnverifiedJwt::read(assertion.reveal()).map_err(AssertionRejection::from)?;
        let connection = connection.ok_or(AssertionRejection::NoFederation)?;
        check_taken(connection, CredentialKind::Federation)?;
        let client = self.federated_client(connection, client_id, token, now);
        let (credential, proven) = client.await?;
        Ok(TokenClient { credential, proven })
    }

    /// Issues an access token, and notes that the client's credential was used.
    pub(crate) async fn issue_access_token(
        &self,
        client: &TokenClient,
        now: Timestamp,
    ) -> Result<IssuedToken, TokenRefusal> {
        let TokenClient { credential, proven } = client;
        let refusal = |reason| TokenRefusal::Client {
            connection: Some(proven.connection().clone()),
            reason,
        };
        let mut id = [0; CredentialId::BYTES];
        rand_bytes(&mut id).map_err(|_| TokenRefusal::NoRandom)?;
        let secret = Token::random().map_err(|_| TokenRefusal::NoRandom)?;
        let id = CredentialId::from_random(id);
        let token = AccessToken::issued(id, &secret, proven, credential, now);
        let token = token.map_err(|error| refusal(error.into()))?;
        if !directory::issue_access_token(&*self.store, credential, &token).await? {
            return Err(refusal(ClientRefusal::EndedMeanwhile));
        }
        self.note_use(credential, now);
        Ok(IssuedToken {
            text: token.text(&secret),
            expires_in: token.expires.duration_since(now),
        })
    }

    /// The metadata of a connection's authorization server; `None` where there is no such connection, and where it takes no credential of
    /// a client.
    pub(crate) async fn server_metadata(
        &self,
        connection: &str,
    ) -> Result<Option<ServerMetadata>, StoreError> {
        let Some(loaded) = self.registry.find(connection).await? else {
            return Ok(None);
        };
        let (id, accepted) = (loaded.connection.id(), loaded.connection.scim().credentials);
        let taken = METHODS.iter().filter(|(kind, _)| kind.is_taken(accepted));
        let methods: Vec<_> = taken.map(|(_, method)| *method).collect();
        Ok((!methods.is_empty()).then(|| ServerMetadata {
            issuer: self.base_url.oauth_issuer(id),
            token_endpoint: self.base_url.oauth_token(id),
            methods,
        }))
    }
}

fn check_taken(connection: &Connection, kind: CredentialKind) -> Result<(), KindNotTaken> {
    match kind.is_taken(connection.scim().credentials) {
        true => Ok(()),
        false => Err(KindNotTaken {
            connection: connection.id().clone(),
            kind,
        }),
    }
}

/// The reason that a client has not proven who it is.
enum ClientProofError {
    Client(ClientRefusal),
    NotTaken(KindNotTaken),
    NoKeys { retry_after: Duration },
    Store(StoreError),
}

impl From<ClientRefusal> for ClientProofError {
    fn from(reason: ClientRefusal) -> ClientProofError {
        ClientProofError::Client(reason)
    }
}

impl From<AssertionRejection> for ClientProofError {
    fn from(rejection: AssertionRejection) -> ClientProofError {
        ClientProofError::Client(ClientRefusal::Assertion(rejection))
    }
}

impl From<KindNotTaken> for ClientProofError {
    fn from(not_taken: KindNotTaken) -> ClientProofError {
        ClientProofError::NotTaken(not_taken)
    }
}

impl From<StoreError> for ClientProofError {
    fn from(error: StoreError) -> ClientProofError {
        ClientProofError::Store(error)
    }
}

impl From<FederatedClientError> for ClientProofError {
    fn from(error: FederatedClientError) -> ClientProofError {
        match error {
            FederatedClientError::Rejected(rejection) => rejection.into(),
            FederatedClientError::Keys(keys) => ClientProofError::NoKeys {
                retry_after: keys.retry_after,
            },
            FederatedClientError::Store(error) => error.into(),
        }
    }
}

/// The kinds of credentials with the ways in which a client proves that it has one.
const METHODS: [(CredentialKind, AuthenticationMethod); 3] = [
    (
        CredentialKind::ClientSecret,
        AuthenticationMethod::ClientSecretBasic,
    ),
    (
        CredentialKind::ClientSecret,
        AuthenticationMethod::ClientSecretPost,
    ),
    (
        CredentialKind::Federation,
        AuthenticationMethod::PrivateKeyJwt,
    ),
];
