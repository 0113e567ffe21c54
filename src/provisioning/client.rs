//! The OAuth client that provisions: its name, and how long its access tokens hold.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::Deserialize;
use serde::Serialize;

use super::CredentialId;
use super::CredentialIdError;

/// The public name of an OAuth client (`client_id`): the id of its first credential. Later secrets of the client have ids of their own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ClientId(CredentialId);

impl ClientId {
    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The credential that it has its name of.
    pub fn first_credential(&self) -> &CredentialId {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = CredentialIdError;

    fn from_str(text: &str) -> Result<ClientId, CredentialIdError> {
        text.parse().map(ClientId)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An OAuth client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OAuthClient {
    /// Its name.
    pub id: ClientId,
    /// The time for which its access tokens hold.
    pub token_lifetime: TokenLifetime,
}

impl OAuthClient {
    /// The client that begins with a credential.
    pub(super) fn new(first: &CredentialId, token_lifetime: TokenLifetime) -> OAuthClient {
        OAuthClient {
            id: ClientId(first.clone()),
            token_lifetime,
        }
    }
}

/// The time for which an access token holds: one to six hours, as Microsoft asks, and one if nothing else is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenLifetime(SignedDuration);

impl TokenLifetime {
    /// The shortest: an hour.
    pub const SHORTEST: SignedDuration = SignedDuration::from_hours(1);
    /// The longest: six hours.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(6);

    /// A lifetime; fails on one that is shorter or longer than Microsoft allows.
    pub fn new(lifetime: SignedDuration) -> Result<TokenLifetime, TokenLifetimeError> {
        match (TokenLifetime::SHORTEST..=TokenLifetime::LONGEST).contains(&lifetime) {
            true => Ok(TokenLifetime(lifetime)),
            false => Err(TokenLifetimeError(lifetime)),
        }
    }

    /// The time.
    pub fn get(self) -> SignedDuration {
        self.0
    }
}

impl Default for TokenLifetime {
    fn default() -> TokenLifetime {
        TokenLifetime(TokenLifetime::SHORTEST)
    }
}

/// An access token was to hold for a shorter or a longer time than Microsoft allows.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected access tokens that hold for one to six hours, found {} minutes", .0.as_mins())]
pub struct TokenLifetimeError(pub SignedDuration);
debug_as_sentence!(TokenLifetimeError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_holds_for_one_to_six_hours() {
        let tick = SignedDuration::from_micros(1);
        for good in [TokenLifetime::SHORTEST, TokenLifetime::LONGEST] {
            assert_eq!(TokenLifetime::new(good).unwrap().get(), good);
        }
        for bad in [
            SignedDuration::ZERO,
            TokenLifetime::SHORTEST - tick,
            TokenLifetime::LONGEST + tick,
        ] {
            assert_eq!(TokenLifetime::new(bad), Err(TokenLifetimeError(bad)));
        }
    }
}
