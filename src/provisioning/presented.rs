//! A credential as a request presents it.

use serde::Deserialize;
use serde::Serialize;

use super::CredentialId;
use crate::token::Token;

/// The way in which a credential is presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialKind {
    /// As a bearer token (RFC 6750).
    Bearer,
    /// As a user name and a password (RFC 7617).
    Basic,
}

/// A credential as a request claims to hold it. Nothing has been checked: see
/// [`ScimCredential::check`](super::ScimCredential::check).
#[derive(Clone, Debug)]
pub struct Presented {
    /// The credential that it names.
    pub id: CredentialId,
    /// The way in which it was presented.
    pub kind: CredentialKind,
    pub(super) secret: Token,
}

impl Presented {
    /// Reads a bearer token; `None` for anything that is not one of ours.
    pub fn bearer(token: &str) -> Option<Presented> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        Presented::read(CredentialKind::Bearer, id, secret)
    }

    /// Reads a user name and a password (RFC 7617); `None` for anything that is not ours.
    pub fn basic(username: &str, password: &str) -> Option<Presented> {
        Presented::read(CredentialKind::Basic, username, password)
    }

    fn read(kind: CredentialKind, id: &str, secret: &str) -> Option<Presented> {
        Some(Presented {
            id: id.parse().ok()?,
            kind,
            secret: Token::parse(secret)?,
        })
    }
}

/// The text that the holder of a bearer token is shown, once.
pub(super) fn bearer_text(id: &CredentialId, secret: &Token) -> String {
    format!("{PREFIX}{id}_{}", secret.reveal())
}

/// Says what the token is for to whoever finds one, and to scanners for secrets.
const PREFIX: &str = "entrada-scim_";

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> (CredentialId, String) {
        let id = CredentialId::from_random([7; 8]);
        let text = bearer_text(&id, &Token::from_random([0xff; 32]));
        (id, text)
    }

    #[test]
    fn a_token_names_its_credential_and_reads_itself() {
        let (id, text) = text();
        let secret = format!("{}8", "_".repeat(42));
        assert_eq!(text, format!("entrada-scim_0707070707070707_{secret}"));
        let read = Presented::bearer(&text).unwrap();
        assert_eq!((&read.id, read.kind), (&id, CredentialKind::Bearer));
        let read = Presented::basic(id.as_str(), &secret).unwrap();
        assert_eq!((read.id, read.kind), (id, CredentialKind::Basic));
    }

    #[test]
    fn anything_else_is_none_of_ours() {
        let (_, text) = text();
        for bad in [
            "".to_owned(),
            text.to_uppercase(),
            text.replace("entrada", "other"),
            text.replace("0707_", "070_"),
            text.replace("0707_", "07-7_"),
            format!("{text} "),
            format!(" {text}"),
            text[..text.len() - 1].to_owned(),
        ] {
            assert!(Presented::bearer(&bad).is_none(), "{bad:?}");
        }
        assert!(Presented::basic("", &"A".repeat(43)).is_none());
        assert!(Presented::basic("0707070707070707", "secret").is_none());
    }
}
