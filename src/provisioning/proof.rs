//! The ways in which those who provision prove who they are.

use serde::Deserialize;
use serde::Serialize;

use super::CredentialId;
use super::Federation;
use super::OAuthClient;
use super::PresentedKind;
use super::TokenLifetime;
use crate::connection::AcceptedCredentials;
use crate::token::Token;
use crate::token::TokenHash;

/// The kind of a credential.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A bearer token (RFC 6750), which each request carries.
    Bearer,
    /// A user name and a password (RFC 7617), which each request carries.
    Basic,
    /// The secret of an OAuth client (RFC 6749 §2.3.1), which is exchanged for access tokens.
    ClientSecret,
    /// Trust in the tokens of an identity provider (RFC 7523 §2.2), which are exchanged for access tokens.
    Federation,
}

impl CredentialKind {
    /// All kinds.
    pub const ALL: [CredentialKind; 4] = [
        CredentialKind::Bearer,
        CredentialKind::Basic,
        CredentialKind::ClientSecret,
        CredentialKind::Federation,
    ];

    /// Its name, as stores and commands have it.
    pub fn name(self) -> &'static str {
        match self {
            CredentialKind::Bearer => "bearer",
            CredentialKind::Basic => "basic",
            CredentialKind::ClientSecret => "client-secret",
            CredentialKind::Federation => "federation",
        }
    }

    /// True for the credential of an OAuth client: it opens nothing itself, and is exchanged for access tokens.
    pub fn is_of_client(self) -> bool {
        matches!(
            self,
            CredentialKind::ClientSecret | CredentialKind::Federation
        )
    }

    /// True if a connection with this setting takes credentials of the kind.
    pub fn is_taken(self, accepted: AcceptedCredentials) -> bool {
        match accepted {
            AcceptedCredentials::Any => true,
            AcceptedCredentials::OAuth => self.is_of_client(),
            AcceptedCredentials::ClientSecret => self == CredentialKind::ClientSecret,
            AcceptedCredentials::Federation => self == CredentialKind::Federation,
        }
    }
}

/// The kind of a credential that has a secret of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretKind {
    /// A bearer token.
    Bearer,
    /// A user name and a password.
    Basic,
    /// The first secret of a new OAuth client, whose access tokens hold for so long.
    Client(TokenLifetime),
}

/// The proof that a credential asks for, as a store keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    /// The bearer token of this hash.
    Bearer(TokenHash),
    /// The password of this hash.
    Basic(TokenHash),
    /// The secret of this hash, of an OAuth client that may have others.
    ClientSecret {
        /// The client.
        client: OAuthClient,
        /// The hash of the secret.
        hash: TokenHash,
    },
    /// A token of an identity provider.
    Federation {
        /// The client.
        client: OAuthClient,
        /// The tokens that are believed.
        trust: Box<Federation>,
    },
}

impl Proof {
    /// The proof of a new credential of this id.
    pub(super) fn of(kind: SecretKind, id: &CredentialId, secret: &Token) -> Proof {
        match kind {
            SecretKind::Bearer => Proof::Bearer(secret.hash()),
            SecretKind::Basic => Proof::Basic(secret.hash()),
            SecretKind::Client(token_lifetime) => Proof::ClientSecret {
                client: OAuthClient::new(id, token_lifetime),
                hash: secret.hash(),
            },
        }
    }

    /// The same with another secret; `None` for one that has none.
    pub(super) fn renewed(&self, secret: &Token) -> Option<Proof> {
        match self {
            Proof::Bearer(_) => Some(Proof::Bearer(secret.hash())),
            Proof::Basic(_) => Some(Proof::Basic(secret.hash())),
            Proof::ClientSecret { client, .. } => Some(Proof::ClientSecret {
                client: client.clone(),
                hash: secret.hash(),
            }),
            Proof::Federation { .. } => None,
        }
    }

    /// The kind of the credential.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Proof::Bearer(_) => CredentialKind::Bearer,
            Proof::Basic(_) => CredentialKind::Basic,
            Proof::ClientSecret { .. } => CredentialKind::ClientSecret,
            Proof::Federation { .. } => CredentialKind::Federation,
        }
    }

    /// The hash of the secret, if there is one.
    pub fn hash(&self) -> Option<&TokenHash> {
        match self {
            Proof::Bearer(hash) | Proof::Basic(hash) | Proof::ClientSecret { hash, .. } => {
                Some(hash)
            }
            Proof::Federation { .. } => None,
        }
    }

    /// The OAuth client, if the credential is one's.
    pub fn client(&self) -> Option<&OAuthClient> {
        match self {
            Proof::Bearer(_) | Proof::Basic(_) => None,
            Proof::ClientSecret { client, .. } | Proof::Federation { client, .. } => Some(client),
        }
    }

    /// True if it is presented in this way.
    pub(super) fn is_presented_as(&self, kind: PresentedKind) -> bool {
        matches!(
            (self, kind),
            (Proof::Bearer(_), PresentedKind::Bearer)
                | (Proof::Basic(_), PresentedKind::Basic)
                | (Proof::ClientSecret { .. }, PresentedKind::ClientSecret)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_takes_its_kinds_alone() {
        for (accepted, taken) in [
            (AcceptedCredentials::Any, [true, true, true, true]),
            (AcceptedCredentials::OAuth, [false, false, true, true]),
            (
                AcceptedCredentials::ClientSecret,
                [false, false, true, false],
            ),
            (AcceptedCredentials::Federation, [false, false, false, true]),
        ] {
            let takes = CredentialKind::ALL.map(|kind| kind.is_taken(accepted));
            assert_eq!(takes, taken, "{accepted:?}");
        }
    }

    #[test]
    fn a_kind_is_written_by_its_name() {
        for kind in CredentialKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
