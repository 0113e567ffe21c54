//! A credential as a request presents it.

use super::CredentialId;
use crate::token::Token;

/// The way in which a secret of ours is presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PresentedKind {
    /// As a bearer token (RFC 6750).
    Bearer,
    /// As a user name and a password (RFC 7617).
    Basic,
    /// As the secret of an OAuth client, to a token endpoint (RFC 6749 §2.3.1).
    ClientSecret,
    /// As an access token, which is a bearer token too.
    AccessToken,
}

/// A secret as a request claims to hold it. Nothing has been checked: see [`ScimCredential::check`](super::ScimCredential::check) and
/// [`AccessToken::check`](super::AccessToken::check).
#[derive(Clone, Debug)]
pub struct Presented {
    /// The credential or access token that it names.
    pub id: CredentialId,
    /// The way in which it was presented.
    pub kind: PresentedKind,
    pub(super) secret: Token,
}

impl Presented {
    /// Reads a bearer token or an access token; `None` for anything that is not one of ours.
    pub fn bearer(token: &str) -> Option<Presented> {
        let read = |kind| Presented::prefixed(kind, token);
        read(PresentedKind::Bearer).or_else(|| read(PresentedKind::AccessToken))
    }

    /// Reads the secret of an OAuth client; `None` for anything that is not one of ours.
    pub fn client_secret(secret: &str) -> Option<Presented> {
        Presented::prefixed(PresentedKind::ClientSecret, secret)
    }

    /// Reads a user name and a password (RFC 7617); `None` for anything that is not ours.
    pub fn basic(username: &str, password: &str) -> Option<Presented> {
        Presented::read(PresentedKind::Basic, username, password)
    }

    fn prefixed(kind: PresentedKind, text: &str) -> Option<Presented> {
        let (id, secret) = text.strip_prefix(prefix(kind))?.split_once('_')?;
        Presented::read(kind, id, secret)
    }

    fn read(kind: PresentedKind, id: &str, secret: &str) -> Option<Presented> {
        Some(Presented {
            id: id.parse().ok()?,
            kind,
            secret: Token::parse(secret)?,
        })
    }
}

/// The text that the holder of a secret is shown, once. A password stands alone, since the user name is the id.
pub(super) fn text(kind: PresentedKind, id: &CredentialId, secret: &Token) -> String {
    match kind {
        PresentedKind::Basic => secret.reveal(),
        _ => format!("{}{id}_{}", prefix(kind), secret.reveal()),
    }
}

/// Says what a secret is for to whoever finds one, and to scanners for secrets.
fn prefix(kind: PresentedKind) -> &'static str {
    match kind {
        PresentedKind::Bearer => "entrada-scim_",
        PresentedKind::Basic => "",
        PresentedKind::ClientSecret => "entrada-secret_",
        PresentedKind::AccessToken => "entrada-access_",
    }
}

#[cfg(test)]
mod tests {
    use super::text as text_of;
    use super::*;

    fn text() -> (CredentialId, String) {
        let id = CredentialId::from_random([7; 8]);
        let secret = Token::from_random([0xff; 32]);
        let text = text_of(PresentedKind::Bearer, &id, &secret);
        (id, text)
    }

    #[test]
    fn a_token_names_its_credential_and_reads_itself() {
        let (id, text) = text();
        let secret = format!("{}8", "_".repeat(42));
        assert_eq!(text, format!("entrada-scim_0707070707070707_{secret}"));
        let read = Presented::bearer(&text).unwrap();
        assert_eq!((&read.id, read.kind), (&id, PresentedKind::Bearer));
        let read = Presented::basic(id.as_str(), &secret).unwrap();
        assert_eq!((read.id, read.kind), (id, PresentedKind::Basic));
    }

    #[test]
    fn each_kind_of_secret_is_read_where_it_belongs_alone() {
        let id = CredentialId::from_random([7; 8]);
        let made = |kind| text_of(kind, &id, &Token::from_random([9; 32]));
        for kind in [PresentedKind::Bearer, PresentedKind::AccessToken] {
            assert_eq!(Presented::bearer(&made(kind)).unwrap().kind, kind);
            assert!(Presented::client_secret(&made(kind)).is_none());
        }
        let secret = made(PresentedKind::ClientSecret);
        let read = Presented::client_secret(&secret).unwrap();
        assert_eq!((read.id, read.kind), (id, PresentedKind::ClientSecret));
        assert!(Presented::bearer(&secret).is_none());
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
