//! The published keys of the issuers whose tokens stand for clients: fetched when they are first needed, and kept in memory alone.
//! A start of the server forgets them, and the first token after it has them fetched again.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::address::AddressPolicy;
use crate::fetch::DocumentKind;
use crate::fetch::FetchError;
use crate::fetch::FetchResponse;
use crate::fetch::Fetcher;
use crate::fetch::Request;
use crate::jwt::JwkSet;
use crate::jwt::JwkSetError;
use crate::ports::Clock;
use crate::provisioning::CredentialId;
use crate::provisioning::Federation;

/// The keys of all federations of a site.
pub(crate) struct FederationKeys {
    fetcher: Fetcher,
    clock: Arc<dyn Clock>,
    /// Bounds the requests under way for all federations together.
    fetches: Arc<Semaphore>,
    cache: Mutex<HashMap<CredentialId, Arc<Mutex<CachedKeys>>>>,
}

/// The federation whose keys a token needs: its credential, the tokens that it trusts, and the addresses that its keys may come from.
#[derive(Clone, Copy)]
pub(crate) struct Federated<'a> {
    pub(crate) credential: &'a CredentialId,
    pub(crate) trust: &'a Federation,
    pub(crate) addresses: AddressPolicy,
}

/// The keys cannot be fetched at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KeysUnavailable {
    /// The time after which they are asked for again.
    pub(crate) retry_after: Duration,
}

impl FederationKeys {
    pub(crate) fn new(fetcher: Fetcher, clock: Arc<dyn Clock>) -> FederationKeys {
        FederationKeys {
            fetcher,
            clock,
            fetches: Arc::new(Semaphore::new(FETCHES)),
            cache: Mutex::default(),
        }
    }

    /// The keys of a federation, for a token that names this one. The address is asked when they are a day old, or the key is not among
    /// them; all who ask meanwhile wait for that one request. Strangers cannot cause traffic by it: after an answer that was no help
    /// the address has [`PAUSE`], and of all federations together [`FETCHES`] are fetched for at once. While it is down, the keys that are
    /// there go on.
    ///
    /// # Errors
    /// No keys, or not this one, and an address that does not answer.
    pub(crate) async fn having(
        &self,
        of: Federated<'_>,
        key_id: &str,
    ) -> Result<Arc<JwkSet>, KeysUnavailable> {
        let cached = self.cached(of.credential);
        if let Some(mut running) = self.running_fetch(of, key_id, &cached) {
            // It is over when its end of the channel is gone. The request goes on when nobody waits any more.
            let _ = timeout(PATIENCE, running.changed()).await;
        }
        let cached = lock(&cached);
        match &cached.keys {
            Some(keys) if keys.has(key_id) || cached.confirmed => Ok(keys.clone()),
            _ => Err(KeysUnavailable {
                retry_after: cached.rest(self.clock.now()),
            }),
        }
    }

    fn cached(&self, credential: &CredentialId) -> Arc<Mutex<CachedKeys>> {
        let mut all = lock(&self.cache);
        if let Some(cached) = all.get(credential) {
            return cached.clone();
        }
        // Those that were revoked are asked for no more.
        let now = self.clock.now();
        all.retain(|_, cached| lock(cached).was_asked_since(now - FORGOTTEN));
        all.entry(credential.clone()).or_default().clone()
    }

    /// The request that runs, where one does or is due.
    fn running_fetch(
        &self,
        of: Federated<'_>,
        key_id: &str,
        cached: &Arc<Mutex<CachedKeys>>,
    ) -> Option<watch::Receiver<()>> {
        let now = self.clock.now();
        let mut locked = lock(cached);
        if !locked.needs(key_id, now) {
            return None;
        }
        let running = locked.running.clone();
        if let Some(running) = running.filter(|running| running.has_changed().is_ok()) {
            return Some(running);
        }
        if locked.is_resting(now) {
            return None;
        }
        let (over, running) = watch::channel(());
        locked.asked = Some(now);
        locked.confirmed = false;
        locked.running = Some(running.clone());
        let (cached, fetcher) = (cached.clone(), self.fetcher.clone());
        let (fetches, clock) = (self.fetches.clone(), self.clock.clone());
        let (credential, trust) = (of.credential.clone(), of.trust.clone());
        let addresses = of.addresses;
        tokio::spawn(async move {
            // Nobody closes the semaphore, so this waits and never fails.
            let _permit = fetches.acquire_owned().await;
            let now = clock.now();
            match fetched(&fetcher, &trust, addresses, now).await {
                Ok(keys) => {
                    tracing::info!(event = "federation-keys-fetched", %credential, "the keys of an issuer of tokens were fetched");
                    lock(&cached).take(keys, now);
                }
                Err(error) => {
                    tracing::warn!(event = "federation-keys-failed", %credential, code = error.code(), %error, "the keys of an issuer of tokens were not fetched; those that are there go on");
                    lock(&cached).fail(error.retry_after(), clock.now());
                }
            }
            drop(over);
        });
        Some(running)
    }
}

/// The keys of one federation, as they were last fetched, and the state of their address.
#[derive(Default)]
struct CachedKeys {
    keys: Option<Arc<JwkSet>>,
    /// The moment at which the keys were asked for.
    fetched: Option<Timestamp>,
    /// The moment of the latest request, or at which it failed.
    asked: Option<Timestamp>,
    /// The time for which the address asked to be left alone, if its latest answer was that.
    retry_after: SignedDuration,
    /// True once the latest request was answered with keys.
    confirmed: bool,
    running: Option<watch::Receiver<()>>,
}

impl CachedKeys {
    fn needs(&self, key_id: &str, now: Timestamp) -> bool {
        match (&self.keys, self.fetched) {
            (Some(keys), Some(fetched)) => !keys.has(key_id) || is_past(fetched, DAY, now),
            _ => true,
        }
    }

    fn is_resting(&self, now: Timestamp) -> bool {
        self.asked.is_some_and(|at| !is_past(at, self.pause(), now))
    }

    /// The time until the address is asked again.
    fn rest(&self, now: Timestamp) -> Duration {
        let since = self.asked.map(|at| now.duration_since(at));
        let rest = since.map_or(SignedDuration::ZERO, |since| self.pause() - since);
        Duration::try_from(rest).unwrap_or_default()
    }

    fn pause(&self) -> SignedDuration {
        match self.confirmed {
            true => PAUSE,
            false => self.retry_after.clamp(PAUSE_AFTER_FAILURE, PAUSE),
        }
    }

    fn take(&mut self, keys: JwkSet, now: Timestamp) {
        self.keys = Some(Arc::new(keys));
        self.fetched = Some(now);
        self.asked = Some(now);
        self.confirmed = true;
    }

    fn fail(&mut self, retry_after: Option<Duration>, now: Timestamp) {
        let retry_after = SignedDuration::try_from(retry_after.unwrap_or_default());
        self.retry_after = retry_after.unwrap_or(SignedDuration::MAX);
        self.asked = Some(now);
        self.confirmed = false;
    }

    fn was_asked_since(&self, since: Timestamp) -> bool {
        self.asked.is_some_and(|at| at >= since)
    }
}

/// True if so much time has passed since; also where the clock was put back, so that nothing waits for it to catch up.
fn is_past(since: Timestamp, time: SignedDuration, now: Timestamp) -> bool {
    let passed = now.duration_since(since);
    passed >= time || passed.is_negative()
}

async fn fetched(
    fetcher: &Fetcher,
    trust: &Federation,
    addresses: AddressPolicy,
    now: Timestamp,
) -> Result<JwkSet, KeysError> {
    let request = Request {
        kind: DocumentKind::KeySet,
        addresses,
        ..Request::new(&trust.keys_url, now)
    };
    let document = match fetcher.fetch(&request).await.map_err(KeysError::Fetch)? {
        FetchResponse::Fetched(fetched) => fetched.document,
        // Nobody asked for that; the fetcher takes it for a wrong status.
        FetchResponse::NotModified { .. } => return Err(KeysError::Fetch(FetchError::Status(304))),
    };
    let keys = JwkSet::read(&document, |issuer| trust.is_issuer_of_key(issuer));
    keys.map_err(KeysError::Set)
}

/// The reason that there are no keys.
enum KeysError {
    Fetch(FetchError),
    Set(JwkSetError),
}

impl KeysError {
    /// A stable reason code.
    fn code(&self) -> &'static str {
        match self {
            KeysError::Fetch(error) => error.code(),
            KeysError::Set(error) => error.code(),
        }
    }

    /// The time for which the server asks to be left alone.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            KeysError::Fetch(error) => error.retry_after(),
            KeysError::Set(_) => None,
        }
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeysError::Fetch(FetchError::PrivateAddress) => f.write_str(PRIVATE_ADDRESS),
            KeysError::Fetch(error) => f.write_str(&error.sentence(DocumentKind::KeySet)),
            KeysError::Set(error) => error.fmt(f),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const PRIVATE_ADDRESS: &str = "the key set server is not on the public internet; if it is the right one, make another federation with --allow-private-addresses, of a connection without --refuse-private-addresses";

/// The requests for keys at once, for all federations together: Entra's address answers within one second, so eight serve a site of any
/// size, and whoever asks many token endpoints at once cannot have the server send more.
const FETCHES: usize = 8;
/// The age at which keys are asked for again: Microsoft's advice.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The time for which an address is left alone once it has answered, whatever keys tokens name meanwhile.
const PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// The same where it has not answered: Entra tries again within minutes, and must find the keys by then. An address that asks for more
/// time by `Retry-After` has it, up to [`PAUSE`].
const PAUSE_AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(30);
/// The time that a token waits for keys: Entra's address answers within one second, and its own clients wait for ten and more.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time after which keys that nobody asked for are forgotten: those that are in use are asked for every day.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(7 * 24);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crypto::SigningKey;
    use crate::jwt::jwk;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const TICK: SignedDuration = SignedDuration::from_secs(1);

    fn keys() -> JwkSet {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let document = json!({"keys": [jwk("known", &key.verifying_key())]});
        JwkSet::read(document.to_string().as_bytes(), |_| true).unwrap()
    }

    #[test]
    fn keys_are_needed_when_there_are_none_when_one_is_unknown_and_after_a_day() {
        let mut cached = CachedKeys::default();
        assert!(cached.needs("known", NOW));
        cached.take(keys(), NOW);
        for (key_id, now, expected) in [
            ("known", NOW, false),
            ("known", NOW + DAY - TICK, false),
            ("known", NOW + DAY, true),
            ("known", NOW - TICK, true),
            ("unknown", NOW, true),
        ] {
            assert_eq!(cached.needs(key_id, now), expected, "{key_id} {now}");
        }
    }

    #[test]
    fn an_address_rests_for_minutes_after_an_answer_and_for_seconds_after_none() {
        let mut cached = CachedKeys::default();
        assert!(!cached.is_resting(NOW));
        assert_eq!(cached.rest(NOW), Duration::ZERO);
        cached.asked = Some(NOW);
        let failed = (
            PAUSE_AFTER_FAILURE,
            cached.is_resting(NOW + PAUSE_AFTER_FAILURE),
        );
        assert_eq!(failed, (SignedDuration::from_secs(30), false));
        assert!(cached.is_resting(NOW + PAUSE_AFTER_FAILURE - TICK));
        assert_eq!(cached.rest(NOW + TICK), Duration::from_secs(29));
        cached.take(keys(), NOW);
        assert!(cached.is_resting(NOW + PAUSE - TICK));
        assert!(!cached.is_resting(NOW + PAUSE));
        assert!(!cached.is_resting(NOW - TICK), "the clock was put back");
        assert_eq!(cached.rest(NOW + PAUSE * 2), Duration::ZERO);
    }

    #[test]
    fn an_address_that_asks_for_time_has_it_within_bounds() {
        for (asked, expected) in [
            (None, 30),
            (Some(5), 30),
            (Some(120), 120),
            (Some(86_400), 300),
            (Some(u64::MAX), 300),
        ] {
            let mut cached = CachedKeys::default();
            cached.fail(asked.map(Duration::from_secs), NOW);
            assert_eq!(cached.rest(NOW), Duration::from_secs(expected), "{asked:?}");
        }
        // Keys in between take it back.
        let mut cached = CachedKeys::default();
        cached.fail(Some(Duration::from_secs(120)), NOW);
        cached.take(keys(), NOW);
        cached.fail(None, NOW);
        assert_eq!(cached.rest(NOW), Duration::from_secs(30));
    }
}
