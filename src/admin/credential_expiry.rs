//! Credentials that have ended or are about to: on that day provisioning stops.

use jiff::Timestamp;

use super::log::time;
use crate::connection::ConnectionId;
use crate::metadata::ExpiryLevel;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::CredentialKind;
use crate::provisioning::ScimCredential;

/// A credential that has ended or is about to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CredentialExpiry {
    /// Its id.
    pub(super) credential: CredentialId,
    /// The connection whose provisioning depends on it.
    pub(super) connection: ConnectionId,
    /// Its kind.
    pub(super) kind: CredentialKind,
    /// The OAuth client, if it is one's.
    pub(super) client: Option<ClientId>,
    /// The moment of its end.
    pub(super) expires: Timestamp,
    /// The last level that is reached.
    pub(super) level: ExpiryLevel,
}

impl CredentialExpiry {
    /// A stable kebab-case code.
    pub(super) fn code(&self) -> &'static str {
        match (self.kind, self.level) {
            (CredentialKind::Bearer | CredentialKind::Basic, ExpiryLevel::Past) => "token-expired",
            (CredentialKind::Bearer | CredentialKind::Basic, _) => "token-expires-soon",
            (CredentialKind::ClientSecret, ExpiryLevel::Past) => "client-secret-expired",
            (CredentialKind::ClientSecret, _) => "client-secret-expires-soon",
            (CredentialKind::Federation, ExpiryLevel::Past) => "federation-expired",
            (CredentialKind::Federation, _) => "federation-expires-soon",
        }
    }

    /// The end in words, and the commands that help, so that provisioning does not stop by surprise.
    pub(super) fn text(&self) -> String {
        let id = &self.credential;
        let what = match (self.kind, &self.client) {
            (CredentialKind::ClientSecret, Some(client)) => {
                format!("the secret {id} of the client {client}")
            }
            (CredentialKind::Federation, _) => format!("the federation {id}"),
            _ => format!("the token {id}"),
        };
        let end = match self.level {
            ExpiryLevel::Past => "expired at",
            _ => "expires at",
        };
        format!("{what} {end} {}{}", time(self.expires), self.remedy())
    }

    fn remedy(&self) -> String {
        let (id, connection) = (&self.credential, &self.connection);
        match (self.kind, self.level) {
            (CredentialKind::Bearer | CredentialKind::Basic, ExpiryLevel::Past) => format!(
                ", and no other is in use: entrada token extend {id} --expires-in 365d, or revoke it if nobody needs it"
            ),
            (CredentialKind::Bearer | CredentialKind::Basic, _) => format!(
                ": entrada token rotate {id}, and paste the new one into Entra; or entrada token extend {id} --expires-in 365d"
            ),
            (CredentialKind::ClientSecret, ExpiryLevel::Past) => format!(
                ", and no other is in use: entrada client create {connection}, and enter the new client in Entra; or entrada client revoke {id} if nobody needs it"
            ),
            (CredentialKind::ClientSecret, _) => {
                format!(": entrada client rotate {id}, and paste the new secret into Entra")
            }
            (CredentialKind::Federation, ExpiryLevel::Past) => format!(
                ", and no other is in use: entrada client federate {connection} makes another; or entrada client revoke {id} if nobody needs it"
            ),
            (CredentialKind::Federation, _) => {
                format!(": entrada client federate {connection} makes another")
            }
        }
    }
}

/// The credentials that somebody has to do something about. One whose successor is at work may end in peace.
pub(super) fn expiring(credentials: &[ScimCredential], now: Timestamp) -> Vec<CredentialExpiry> {
    let wanted = credentials
        .iter()
        .filter(|one| !credentials.iter().any(|other| succeeds(other, one, now)));
    let expiring = wanted.filter_map(|one| {
        Some(CredentialExpiry {
            credential: one.id.clone(),
            connection: one.connection.clone(),
            kind: one.kind(),
            client: one.client().map(|client| client.id.clone()),
            expires: one.expires,
            level: one.expiry(now)?,
        })
    });
    expiring.collect()
}

/// True if a credential does the work of another: it is younger, it lives, and somebody has used it since. One OAuth client does not
/// do the work of another.
fn succeeds(other: &ScimCredential, one: &ScimCredential, now: Timestamp) -> bool {
    let client = |of: &ScimCredential| of.client().map(|client| client.id.clone());
    other.connection == one.connection
        && client(one).is_none_or(|one| client(other).is_none_or(|other| other == one))
        && other.created > one.created
        && other.revoked.is_none()
        && other.expires > now
        && other.last_used.is_some()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::provisioning::SecretKind;
    use crate::provisioning::TokenLifetime;
    use crate::token::Token;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn days(count: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * count)
    }

    /// A token that was made a year before its end.
    fn token(number: u8, left: SignedDuration) -> ScimCredential {
        credential(number, SecretKind::Bearer, left)
    }

    fn credential(number: u8, kind: SecretKind, left: SignedDuration) -> ScimCredential {
        let made = NOW + left - days(365);
        ScimCredential::new(
            CredentialId::from_random([number; 8]),
            "acme".parse().unwrap(),
            kind,
            &Token::from_random([number; 32]),
            days(365),
            made,
        )
        .unwrap()
    }

    fn found(tokens: &[ScimCredential]) -> Vec<(&'static str, i64)> {
        let found = expiring(tokens, NOW).into_iter();
        found.map(|one| (one.code(), one.level.days())).collect()
    }

    #[test]
    fn each_level_is_reported_and_what_is_past_has_none_left() {
        for (left, expected) in [
            (days(61), vec![]),
            (days(60), vec![("token-expires-soon", 60)]),
            (days(30), vec![("token-expires-soon", 30)]),
            (days(7), vec![("token-expires-soon", 7)]),
            (days(1), vec![("token-expires-soon", 1)]),
            (days(0), vec![("token-expired", 0)]),
        ] {
            assert_eq!(found(&[token(1, left)]), expected, "{left}");
        }
    }

    #[test]
    fn a_revoked_token_is_nobodys_business() {
        let revoked = |left| ScimCredential {
            revoked: Some(NOW),
            ..token(1, left)
        };
        assert!(found(&[revoked(days(1)), revoked(days(-1))]).is_empty());
    }

    #[test]
    fn a_token_ends_in_peace_once_its_successor_is_at_work() {
        let old = token(1, days(-1));
        let idle = token(2, days(300));
        let expected = [("token-expired", 0)];
        assert_eq!(found(&[old.clone(), idle.clone()]), expected);
        let at_work = ScimCredential {
            last_used: Some(NOW),
            ..idle
        };
        assert!(found(&[old.clone(), at_work.clone()]).is_empty());

        for other in [
            ScimCredential {
                revoked: Some(NOW),
                ..at_work.clone()
            },
            ScimCredential {
                connection: "globex".parse().unwrap(),
                ..at_work.clone()
            },
            ScimCredential {
                created: old.created,
                ..at_work
            },
        ] {
            assert_eq!(found(&[old.clone(), other]), expected);
        }
    }

    #[test]
    fn the_secret_of_a_client_ends_in_peace_by_another_of_the_same_client_alone() {
        let client = SecretKind::Client(TokenLifetime::default());
        let old = credential(1, client, days(-1));
        let at_work = |one: ScimCredential| ScimCredential {
            last_used: Some(NOW),
            ..one
        };
        let expected = [("client-secret-expired", 0)];
        let other = at_work(credential(2, client, days(300)));
        assert_eq!(found(&[old.clone(), other]), expected);
        let (id, secret) = (
            CredentialId::from_random([3; 8]),
            Token::from_random([3; 32]),
        );
        let (next, _) = old
            .rotated(id, &secret, days(0), old.created + days(200))
            .unwrap();
        assert!(found(&[old.clone(), at_work(next)]).is_empty());
        let bearer = at_work(token(4, days(300)));
        assert!(found(&[old, bearer]).is_empty());
    }

    #[test]
    fn each_kind_names_the_commands_that_help() {
        let client = SecretKind::Client(TokenLifetime::default());
        for (kind, left, command) in [
            (
                SecretKind::Bearer,
                days(1),
                "entrada token rotate 0101010101010101",
            ),
            (client, days(1), "entrada client rotate 0101010101010101"),
            (client, days(-1), "entrada client create acme"),
        ] {
            let found = expiring(&[credential(1, kind, left)], NOW);
            let text = found[0].text();
            assert!(text.contains(command), "{text}");
        }
    }
}
