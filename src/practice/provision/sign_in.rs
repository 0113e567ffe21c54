//! The ways in which the provisioning service signs in to the app's SCIM server.

use std::fmt;

use url::Url;

use super::settings_error::SettingsError;
use crate::address::has_credentials;
use crate::address::is_protected;
use crate::address::shown;

/// The way in which the provisioning service signs in to the app's SCIM server. `Debug` never prints a secret.
///
/// A text is a [`SignIn::Token`].
#[derive(Clone, PartialEq, Eq)]
pub enum SignIn {
    /// "Secret Token": a bearer token that lives long.
    Token(String),
    /// The client credentials grant of OAuth 2.0 (RFC 6749 §4.4): an access token is fetched with a secret, by HTTP Basic.
    ClientCredentials {
        /// "Token Endpoint": the address that answers with access tokens.
        token_url: String,
        /// "Client Identifier".
        client_id: String,
        /// "Client Secret".
        client_secret: String,
    },
    /// Workload identity federation: an access token is fetched with an assertion, which the identity provider signs
    /// (RFC 7523 §2.2). There is no secret.
    Federation {
        /// "Token Endpoint": the address that answers with access tokens.
        token_url: String,
        /// "Client Identifier". The assertion names the client as well.
        client_id: Option<String>,
        /// The audience of the assertion: `api://` and the application id, unless told otherwise.
        audience: Option<String>,
    },
}

impl SignIn {
    /// Checks that the server can be signed in to in this way.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.token_endpoint()?;
        match self {
            SignIn::Token(token) if !is_visible(token) => Err(SettingsError::SecretToken),
            SignIn::ClientCredentials { client_id, .. } if !is_plain(client_id) => {
                Err(SettingsError::ClientId)
            }
            SignIn::ClientCredentials { client_secret, .. } if !is_plain(client_secret) => {
                Err(SettingsError::ClientSecret)
            }
            SignIn::Federation {
                client_id: Some(client_id),
                ..
            } if !is_plain(client_id) => Err(SettingsError::ClientId),
            SignIn::Federation {
                audience: Some(audience),
                ..
            } if !is_visible(audience) => Err(SettingsError::Audience),
            _ => Ok(()),
        }
    }

    /// The address that access tokens come from; `None` where no token is fetched. It must be `https`, or `http` on loopback: the
    /// secret would cross the network in the clear.
    pub(super) fn token_endpoint(&self) -> Result<Option<Url>, SettingsError> {
        let (SignIn::ClientCredentials { token_url, .. } | SignIn::Federation { token_url, .. }) =
            self
        else {
            return Ok(None);
        };
        let url = Url::parse(token_url).ok();
        let usable =
            |url: &Url| is_protected(url) && !has_credentials(url) && url.fragment().is_none();
        match url.filter(usable) {
            Some(url) => Ok(Some(url)),
            None => Err(SettingsError::TokenUrl(shown(token_url).into_owned())),
        }
    }
}

/// True for what a header can carry.
fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_graphic())
}

/// True for what a form can carry, and people can type.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

impl From<String> for SignIn {
    fn from(token: String) -> SignIn {
        SignIn::Token(token)
    }
}

impl From<&str> for SignIn {
    fn from(token: &str) -> SignIn {
        SignIn::Token(token.to_owned())
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignIn::Token(_) => f.write_str("Token(redacted)"),
            SignIn::ClientCredentials {
                token_url,
                client_id,
                ..
            } => f
                .debug_struct("ClientCredentials")
                .field("token_url", &shown(token_url))
                .field("client_id", client_id)
                .field("client_secret", &"redacted")
                .finish(),
            SignIn::Federation {
                token_url,
                client_id,
                audience,
            } => f
                .debug_struct("Federation")
                .field("token_url", &shown(token_url))
                .field("client_id", client_id)
                .field("audience", audience)
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(token_url: &str, client_id: &str, client_secret: &str) -> SignIn {
        SignIn::ClientCredentials {
            token_url: token_url.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
        }
    }

    fn federation(token_url: &str, client_id: Option<&str>, audience: Option<&str>) -> SignIn {
        SignIn::Federation {
            token_url: token_url.to_owned(),
            client_id: client_id.map(str::to_owned),
            audience: audience.map(str::to_owned),
        }
    }

    #[test]
    fn ways_that_cannot_work_are_refused() {
        let token_url = "https://app.example/token?tenant=1";
        for usable in [
            SignIn::from("token"),
            client(token_url, "id", "a secret: \u{f6}"),
            client("http://127.0.0.1:8080/token", "id", "secret"),
            federation(token_url, None, None),
            federation(token_url, Some("id"), Some("api://app")),
        ] {
            assert_eq!(usable.check(), Ok(()), "{usable:?}");
        }
        for (sign_in, expected) in [
            (SignIn::from(""), SettingsError::SecretToken),
            (SignIn::from("two words"), SettingsError::SecretToken),
            (SignIn::from("t\u{f6}ken"), SettingsError::SecretToken),
            (client(token_url, "", "secret"), SettingsError::ClientId),
            (client(token_url, "id", ""), SettingsError::ClientSecret),
            (client(token_url, "id", "a\nb"), SettingsError::ClientSecret),
            (
                federation(token_url, Some(""), None),
                SettingsError::ClientId,
            ),
            (
                federation(token_url, None, Some("")),
                SettingsError::Audience,
            ),
            (
                federation(token_url, None, Some("a b")),
                SettingsError::Audience,
            ),
        ] {
            assert_eq!(sign_in.check(), Err(expected), "{sign_in:?}");
        }
    }

    #[test]
    fn a_secret_never_goes_to_an_address_that_does_not_protect_it() {
        for url in [
            "http://app.example/token",
            "https://me:pass@app.example/token",
            "https://app.example/token#here",
            "app.example",
            "",
        ] {
            let expected = SettingsError::TokenUrl(shown(url).into_owned());
            assert_eq!(client(url, "id", "secret").check(), Err(expected.clone()));
            assert_eq!(federation(url, None, None).check(), Err(expected));
        }
    }

    #[test]
    fn debug_never_prints_a_secret() {
        for sign_in in [
            SignIn::from("s3cr3t"),
            client("https://app.example/?secret=s3cr3t", "id", "s3cr3t"),
        ] {
            assert!(!format!("{sign_in:?}").contains("s3cr3t"), "{sign_in:?}");
        }
    }
}
