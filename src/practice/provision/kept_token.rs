//! The access token that was fetched last, until shortly before its end.

use std::fmt;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::sync::MutexGuard;

use super::token_answer::AccessToken;

/// The access token of an app, shared by its cycles and its tests. The lock is held while one is fetched, so that there is one
/// request at a time.
#[derive(Default)]
pub(in crate::practice) struct KeptToken(Mutex<Slot>);

#[derive(Default)]
pub(super) struct Slot {
    token: String,
    /// The time from which on it is not used any more.
    renewal: Option<Timestamp>,
}

impl KeptToken {
    pub(super) async fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().await
    }

    /// The token, if one is kept.
    pub(in crate::practice) async fn token(&self) -> Option<String> {
        let slot = self.lock().await;
        slot.renewal.is_some().then(|| slot.token.clone())
    }

    /// Lets the next request sign in anew.
    pub(super) async fn clear(&self) {
        *self.lock().await = Slot::default();
    }
}

impl Slot {
    pub(super) fn usable(&self, now: Timestamp) -> Option<&str> {
        let usable = self.renewal.is_some_and(|renewal| now < renewal);
        usable.then_some(self.token.as_str())
    }

    pub(super) fn keep(&mut self, fetched: &AccessToken, now: Timestamp) {
        *self = Slot {
            token: fetched.token.clone(),
            renewal: Some(renewal(now, fetched.lifetime)),
        };
    }

    /// Forgets a token that was refused; another may stand here by now.
    pub(super) fn forget(&mut self, token: &str) {
        if self.token == token {
            *self = Slot::default();
        }
    }
}

impl fmt::Debug for KeptToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptToken(redacted)")
    }
}

/// The time from which on a token is not used any more. A short-lived one is used for half of its life; one without an end until
/// it is refused.
fn renewal(fetched: Timestamp, lifetime: Option<SignedDuration>) -> Timestamp {
    let kept = lifetime.map(|lifetime| lifetime - MARGIN.min(lifetime / 2));
    let renewal = fetched.saturating_add(kept.unwrap_or(SignedDuration::MAX));
    renewal.unwrap_or(Timestamp::MAX)
}

/// The time before its end at which a token is renewed: twice the longest that a request may take.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(seconds: Option<i64>) -> Slot {
        let fetched = AccessToken {
            token: "token".to_owned(),
            lifetime: seconds.map(SignedDuration::from_secs),
        };
        let mut slot = Slot::default();
        slot.keep(&fetched, Timestamp::UNIX_EPOCH);
        slot
    }

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        for (lifetime, last) in [
            (Some(3600), 3539),
            (Some(120), 59),
            (Some(20), 9),
            (None, 1_000_000_000),
        ] {
            let slot = slot(lifetime);
            let at = |second| slot.usable(Timestamp::from_second(second).unwrap());
            assert_eq!(at(last), Some("token"), "{lifetime:?}");
            if lifetime.is_some() {
                assert_eq!(at(last + 1), None, "{lifetime:?}");
            }
        }
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(slot(Some(0)).usable(now), None);
        assert_eq!(Slot::default().usable(now), None);
    }

    #[test]
    fn a_refused_token_is_forgotten_and_no_other_one() {
        let mut slot = slot(Some(3600));
        slot.forget("another");
        assert_eq!(slot.usable(Timestamp::UNIX_EPOCH), Some("token"));
        slot.forget("token");
        assert_eq!(slot.usable(Timestamp::UNIX_EPOCH), None);
    }
}
