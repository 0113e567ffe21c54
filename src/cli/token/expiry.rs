//! Which tokens are about to end, so that provisioning does not stop by surprise.

use jiff::Timestamp;

use super::secret::day_and_time;
use crate::connection::ConnectionId;
use crate::metadata::ExpiryLevel;
use crate::provisioning::ScimCredential;

/// A token that has ended or is about to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli) struct Expiry {
    /// The connection whose provisioning depends on it.
    pub(in crate::cli) connection: ConnectionId,
    /// A stable kebab-case code.
    pub(in crate::cli) code: &'static str,
    /// What was found, and what to do.
    pub(in crate::cli) message: String,
    /// The last level that is reached, in days: 60, 30, 7, 1, and 0 once it is past.
    pub(in crate::cli) days: i64,
}

/// The tokens that somebody has to do something about. One whose successor is at work may end in peace.
pub(in crate::cli) fn expiring(credentials: &[ScimCredential], now: Timestamp) -> Vec<Expiry> {
    let wanted = credentials
        .iter()
        .filter(|one| !credentials.iter().any(|other| succeeds(other, one, now)));
    wanted.filter_map(|one| expiry(one, now)).collect()
}

/// Whether a token does the work of another: it is younger, it lives, and somebody has used it since.
fn succeeds(other: &ScimCredential, one: &ScimCredential, now: Timestamp) -> bool {
    other.connection == one.connection
        && other.created > one.created
        && other.revoked.is_none()
        && other.expires > now
        && other.last_used.is_some()
}

fn expiry(credential: &ScimCredential, now: Timestamp) -> Option<Expiry> {
    let ScimCredential {
        id,
        connection,
        expires,
        ..
    } = credential;
    let at = day_and_time(*expires);
    let level = credential.expiry(now)?;
    let (code, message) = match level {
        ExpiryLevel::Past => (
            "token-expired",
            format!(
                "the token {id} expired at {at}, and no other is in use: entrada token extend {id} --expires-in 365d, or revoke it if nobody needs it"
            ),
        ),
        _ => (
            "token-expires-soon",
            format!(
                "the token {id} expires at {at}: entrada token rotate {id}, and paste the new one into Entra; or entrada token extend {id} --expires-in 365d"
            ),
        ),
    };
    Some(Expiry {
        connection: connection.clone(),
        code,
        message,
        days: level.days(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::provisioning::CredentialId;
    use crate::provisioning::CredentialKind;
    use crate::token::Token;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn days(count: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * count)
    }

    /// A token that was made a year before its end.
    fn token(number: u8, left: SignedDuration) -> ScimCredential {
        let made = NOW + left - days(365);
        ScimCredential::new(
            CredentialId::from_random([number; 8]),
            "acme".parse().unwrap(),
            CredentialKind::Bearer,
            &Token::from_random([number; 32]),
            days(365),
            made,
        )
        .unwrap()
    }

    fn found(tokens: &[ScimCredential]) -> Vec<(&'static str, i64)> {
        let found = expiring(tokens, NOW).into_iter();
        found.map(|one| (one.code, one.days)).collect()
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
}
