//! Access tokens: an OAuth client gets them for its credential, and each request carries one.

use jiff::Timestamp;

use super::Authenticated;
use super::CredentialId;
use super::CredentialRefusal;
use super::Presented;
use super::PresentedKind;
use super::ScimCredential;
use super::presented;
use crate::connection::ConnectionId;
use crate::token::Token;
use crate::token::TokenHash;

/// An access token as a store keeps it. The secret itself was shown once and is nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessToken {
    /// The public name.
    pub id: CredentialId,
    /// The credential that it was issued for, and with which it ends.
    pub credential: CredentialId,
    /// The hash of the secret.
    pub hash: TokenHash,
    /// The moment when it was issued.
    pub created: Timestamp,
    /// The moment from which it opens nothing any more.
    pub expires: Timestamp,
}

impl AccessToken {
    /// The access tokens of a client that are live at once; with one more, the oldest ends.
    pub const MOST: u32 = 50;

    /// A new access token for a client that has proven who it is, by the credential `by`. It holds as long as the client's tokens do,
    /// and never longer than the credential. Fails on a proof of another credential, on one that has ended, and on one of no client,
    /// which opens by itself.
    pub fn issued(
        id: CredentialId,
        secret: &Token,
        proven: &Authenticated,
        by: &ScimCredential,
        now: Timestamp,
    ) -> Result<AccessToken, CredentialRefusal> {
        if *proven.credential() != by.id {
            return Err(CredentialRefusal::Unknown);
        }
        by.check_live(now)?;
        let Some(client) = by.proof.client() else {
            return Err(CredentialRefusal::NoClient(by.kind()));
        };
        let end = now.saturating_add(client.token_lifetime.get());
        Ok(AccessToken {
            id,
            credential: by.id.clone(),
            hash: secret.hash(),
            created: now,
            expires: end.map_or(by.expires, |end| end.min(by.expires)),
        })
    }

    /// The text that the client is sent, once.
    pub fn text(&self, secret: &Token) -> String {
        presented::text(PresentedKind::AccessToken, &self.id, secret)
    }

    /// Holds what a request presents to a connection against this access token and the credential that it was issued for. The
    /// secret is compared first, in constant time. Fails with the reason that the token opens nothing.
    pub fn check(
        &self,
        presented: &Presented,
        by: &ScimCredential,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<Authenticated, CredentialRefusal> {
        if presented.id != self.id || by.id != self.credential {
            return Err(CredentialRefusal::Unknown);
        }
        if presented.secret.hash() != self.hash {
            return Err(CredentialRefusal::WrongSecret);
        }
        if presented.kind != PresentedKind::AccessToken {
            return Err(CredentialRefusal::WrongKind {
                expected: by.kind(),
                found: presented.kind,
            });
        }
        let caller = by.opens(connection, now)?;
        if self.expires <= now {
            return Err(CredentialRefusal::Expired {
                expired: self.expires,
                now,
            });
        }
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::provisioning::CredentialKind;
    use crate::provisioning::SecretKind;
    use crate::provisioning::TokenLifetime;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const TICK: SignedDuration = SignedDuration::from_micros(1);
    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn secret(byte: u8) -> Token {
        Token::from_random([byte; Token::LENGTH])
    }

    fn id(byte: u8) -> CredentialId {
        CredentialId::from_random([byte; CredentialId::BYTES])
    }

    fn acme() -> ConnectionId {
        "acme".parse().unwrap()
    }

    fn made(kind: SecretKind) -> ScimCredential {
        ScimCredential::new(id(1), acme(), kind, &secret(1), HOUR * 24, NOW).unwrap()
    }

    fn client() -> ScimCredential {
        made(SecretKind::Client(TokenLifetime::default()))
    }

    /// A token for the credential, whose secret was shown.
    fn issued(by: &ScimCredential, now: Timestamp) -> Result<AccessToken, CredentialRefusal> {
        let proven = by.opens(&acme(), NOW).unwrap();
        AccessToken::issued(id(2), &secret(2), &proven, by, now)
    }

    fn token() -> AccessToken {
        issued(&client(), NOW).unwrap()
    }

    fn presented(text: &str) -> Presented {
        Presented::bearer(text).unwrap()
    }

    #[test]
    fn a_token_opens_its_connection_to_its_last_moment() {
        let shown = presented(&token().text(&secret(2)));
        for now in [NOW, NOW + HOUR - TICK] {
            let caller = token().check(&shown, &client(), &acme(), now).unwrap();
            assert_eq!(caller.credential(), &client().id);
            assert_eq!(caller.connection(), &acme());
        }
    }

    #[test]
    fn a_token_ends_with_its_credential_at_the_latest() {
        let late = NOW + HOUR * 24 - TICK;
        let short = issued(&client(), late).unwrap();
        assert_eq!(short.expires, client().expires);
        let long = TokenLifetime::new(TokenLifetime::LONGEST).unwrap();
        let long = issued(&made(SecretKind::Client(long)), NOW);
        assert_eq!(long.unwrap().expires, NOW + HOUR * 6);
    }

    #[test]
    fn each_fault_alone_is_a_refusal() {
        let good = presented(&token().text(&secret(2)));
        let revoked = ScimCredential {
            revoked: Some(NOW),
            ..client()
        };
        let ended = ScimCredential {
            expires: NOW + TICK,
            ..client()
        };
        let bolt: ConnectionId = "bolt".parse().unwrap();
        let later = NOW + TICK;
        let refused = |presented: &Presented, by: &ScimCredential, connection, now| {
            token().check(presented, by, connection, now).unwrap_err()
        };
        let expired = |expired, now| CredentialRefusal::Expired { expired, now };
        let other_id = AccessToken {
            id: id(3),
            ..token()
        };
        let other_credential = ScimCredential {
            id: id(4),
            ..client()
        };
        let as_bearer = Presented {
            kind: PresentedKind::Bearer,
            ..good.clone()
        };
        for (found, expected) in [
            (
                refused(
                    &presented(&other_id.text(&secret(2))),
                    &client(),
                    &acme(),
                    NOW,
                ),
                CredentialRefusal::Unknown,
            ),
            (
                refused(&good, &other_credential, &acme(), NOW),
                CredentialRefusal::Unknown,
            ),
            (
                refused(
                    &presented(&token().text(&secret(1))),
                    &client(),
                    &acme(),
                    NOW,
                ),
                CredentialRefusal::WrongSecret,
            ),
            (
                refused(&as_bearer, &client(), &acme(), NOW),
                CredentialRefusal::WrongKind {
                    expected: CredentialKind::ClientSecret,
                    found: PresentedKind::Bearer,
                },
            ),
            (
                refused(&good, &client(), &bolt, NOW),
                CredentialRefusal::OtherConnection {
                    expected: acme(),
                    found: bolt.clone(),
                },
            ),
            (
                refused(&good, &revoked, &acme(), NOW),
                CredentialRefusal::Revoked(NOW),
            ),
            (
                refused(&good, &ended, &acme(), later),
                expired(later, later),
            ),
            (
                refused(&good, &client(), &acme(), NOW + HOUR),
                expired(NOW + HOUR, NOW + HOUR),
            ),
        ] {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_has_ended_and_what_is_no_client_gets_no_token() {
        let revoked = ScimCredential {
            revoked: Some(NOW),
            ..client()
        };
        let proven = client().opens(&acme(), NOW).unwrap();
        let issue =
            |by: &ScimCredential, now| AccessToken::issued(id(2), &secret(2), &proven, by, now);
        assert_eq!(issue(&revoked, NOW), Err(CredentialRefusal::Revoked(NOW)));
        let other = ScimCredential {
            id: id(9),
            ..client()
        };
        assert_eq!(issue(&other, NOW), Err(CredentialRefusal::Unknown));
        let end = client().expires;
        let expired = CredentialRefusal::Expired {
            expired: end,
            now: end,
        };
        assert_eq!(issue(&client(), end), Err(expired));
        let bearer = made(SecretKind::Bearer);
        let refused = Err(CredentialRefusal::NoClient(CredentialKind::Bearer));
        assert_eq!(issue(&bearer, NOW), refused);
    }
}
