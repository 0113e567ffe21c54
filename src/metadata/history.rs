//! The keys that a connection has known: when each came, when it was last listed, and when it went.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::sha256;

/// The signing certificates of one connection, past and present. It is for people: whom to trust is read from
/// the metadata alone, and a key that it drops is trusted no longer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct KeyHistory {
    keys: Vec<KnownKey>,
    /// The digest of the document that they were last read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<Vec<u8>>,
}

/// One certificate, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownKey {
    /// The SHA-256 of the certificate.
    pub fingerprint: Fingerprint,
    /// The time at which it was first listed; of a pinned one, when it was first met.
    pub first_seen: Timestamp,
    /// The time at which a document that lists it was last read. For an active one, every refresh since that found
    /// nothing changed vouches for it too.
    pub last_seen: Timestamp,
    /// The time at which a document was first read that does not list it any more; `None` while it is active.
    pub retired: Option<Timestamp>,
    /// The time until which the certificate says that it holds.
    pub not_after: Timestamp,
    /// The source that listed it; of a pinned one, the file that it was pinned by, or [`KnownKey::SIGN_ON`].
    pub source: String,
}

impl KnownKey {
    /// The source of a pinned certificate that a sign-on brought.
    pub const SIGN_ON: &str = "sign-on";
}

/// The changes that one document made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KeyChanges {
    /// Certificates that are trusted from now on, those that came back included.
    pub added: Vec<Fingerprint>,
    /// Certificates that are trusted no longer.
    pub retired: Vec<Fingerprint>,
}

impl KeyHistory {
    /// Certificates on record at most: a connection with two keys that rolls over every month fills it in five
    /// years. Beyond it, those that retired first are forgotten.
    pub const MAX: usize = 128;

    /// Takes note of the certificates that a document lists now.
    pub(crate) fn observe(
        &mut self,
        listed: &[Certificate],
        source: &str,
        now: Timestamp,
    ) -> KeyChanges {
        let mut changes = KeyChanges::default();
        let is_listed = |key: &KnownKey| {
            listed
                .iter()
                .any(|certificate| certificate.fingerprint() == key.fingerprint)
        };
        for key in self.keys.iter_mut().filter(|key| key.retired.is_none()) {
            if !is_listed(key) {
                key.retired = Some(now);
                changes.retired.push(key.fingerprint);
            }
        }
        for certificate in listed {
            if self.see(certificate, source, now) {
                changes.added.push(certificate.fingerprint());
            }
        }
        self.forget();
        changes
    }

    /// Notes the document that the keys were read from.
    pub fn note_document(&mut self, document: &[u8]) {
        self.document = Some(sha256(document).to_vec());
    }

    /// True where the keys were last read from this very document.
    pub fn is_of(&self, document: &[u8]) -> bool {
        self.document.as_deref() == Some(&sha256(document))
    }

    /// Takes note of the fingerprints that are pinned now, and of certificates with them that were met. Says whether
    /// anything is new: what is known already is not touched, so that a certificate is written down once.
    pub fn observe_pinned(
        &mut self,
        pinned: &[Fingerprint],
        met: &[Certificate],
        source: &str,
        now: Timestamp,
    ) -> bool {
        let mut changed = false;
        for key in &mut self.keys {
            let is_pinned = pinned.contains(&key.fingerprint);
            match key.retired {
                None if !is_pinned => key.retired = Some(now),
                Some(_) if is_pinned => (key.retired, key.last_seen) = (None, now),
                _ => continue,
            }
            changed = true;
        }
        for certificate in met {
            let fingerprint = certificate.fingerprint();
            if pinned.contains(&fingerprint) && self.end_of(fingerprint).is_none() {
                changed |= self.see(certificate, source, now);
            }
        }
        self.forget();
        changed
    }

    /// The time until which the certificate with this fingerprint says that it holds, if it was ever met.
    pub fn end_of(&self, fingerprint: Fingerprint) -> Option<Timestamp> {
        let mut known = self.keys.iter();
        let known = known.find(|key| key.fingerprint == fingerprint)?;
        Some(known.not_after)
    }

    /// Takes note of one certificate; says whether it was not active before.
    fn see(&mut self, certificate: &Certificate, source: &str, now: Timestamp) -> bool {
        let fingerprint = certificate.fingerprint();
        let known = self
            .keys
            .iter_mut()
            .find(|key| key.fingerprint == fingerprint);
        match known {
            Some(key) => {
                key.last_seen = now;
                source.clone_into(&mut key.source);
                key.retired.take().is_some()
            }
            None => {
                self.keys.push(KnownKey {
                    fingerprint,
                    first_seen: now,
                    last_seen: now,
                    retired: None,
                    not_after: certificate.not_after(),
                    source: source.to_owned(),
                });
                true
            }
        }
    }

    fn forget(&mut self) {
        while self.keys.len() > KeyHistory::MAX {
            let retired = self.keys.iter().enumerate();
            let oldest = retired
                .filter_map(|(at, key)| key.retired.map(|retired| (retired, at)))
                .min();
            // A document has far fewer keys than fit, so some have always retired.
            let Some((_, at)) = oldest else { return };
            self.keys.remove(at);
        }
    }

    /// All of them, in the order in which they came.
    pub fn keys(&self) -> &[KnownKey] {
        &self.keys
    }

    /// Those that are trusted.
    pub fn active(&self) -> impl Iterator<Item = &KnownKey> {
        self.keys.iter().filter(|key| key.retired.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    fn certificate(key: &SigningKey, serial: u64) -> Certificate {
        let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
        let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
        Certificate::self_signed(key, "test", serial, begin, end).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_key_comes_stays_retires_and_comes_back() {
        let key = SigningKey::generate_p256().unwrap();
        let (old, new) = (certificate(&key, 1), certificate(&key, 2));
        let mut history = KeyHistory::default();
        let first = history.observe(std::slice::from_ref(&old), "https://a.example/", at(1));
        assert_eq!((first.added.len(), first.retired.len()), (1, 0));
        let both = history.observe(&[old.clone(), new.clone()], "https://a.example/", at(2));
        assert_eq!(both.added, [new.fingerprint()]);
        let after = history.observe(std::slice::from_ref(&new), "file:/b.xml", at(3));
        assert_eq!(after.retired, [old.fingerprint()]);
        assert_eq!(history.active().count(), 1);

        let [known, newer] = history.keys() else {
            panic!("two keys: {history:?}")
        };
        assert_eq!((known.first_seen, known.last_seen), (at(1), at(2)));
        assert_eq!(known.retired, Some(at(3)));
        assert_eq!(
            (newer.source.as_str(), newer.last_seen),
            ("file:/b.xml", at(3))
        );

        let again = history.observe(&[old.clone(), new], "file:/b.xml", at(4));
        assert_eq!(again.added, [old.fingerprint()]);
        assert_eq!(history.keys()[0].first_seen, at(1));
        assert_eq!(history.active().count(), 2);
    }

    #[test]
    fn a_pinned_certificate_is_written_down_once_and_retires_with_its_pin() {
        let key = SigningKey::generate_p256().unwrap();
        let (old, new) = (certificate(&key, 1), certificate(&key, 2));
        let (pin, next) = (old.fingerprint(), new.fingerprint());
        let met = [old.clone(), new.clone()];
        let mut history = KeyHistory::default();
        assert!(!history.observe_pinned(&[pin], &[], KnownKey::SIGN_ON, at(1)));
        assert_eq!(history.end_of(pin), None);
        assert!(history.observe_pinned(&[pin], &met, KnownKey::SIGN_ON, at(2)));
        assert_eq!(
            history.keys().len(),
            1,
            "one that is not pinned is nobody's"
        );
        assert!(!history.observe_pinned(&[pin], &met, "file:/b.pem", at(3)));
        let known = &history.keys()[0];
        assert_eq!((known.first_seen, known.last_seen), (at(2), at(2)));
        assert_eq!(known.source, KnownKey::SIGN_ON);
        assert_eq!(history.end_of(pin), Some(old.not_after()));

        assert!(history.observe_pinned(&[next], &met, "file:/b.pem", at(4)));
        assert_eq!(history.keys()[0].retired, Some(at(4)));
        assert_eq!(history.keys()[1].source, "file:/b.pem");
        assert!(history.observe_pinned(&[pin, next], &[], "file:/b.pem", at(5)));
        assert_eq!(history.active().count(), 2);
    }

    #[test]
    fn the_keys_that_retired_first_are_forgotten_first() {
        let key = SigningKey::generate_p256().unwrap();
        let mut history = KeyHistory::default();
        let total = KeyHistory::MAX as u64 + 3;
        for serial in 1..=total {
            let only = certificate(&key, serial);
            let _ = history.observe(&[only], "u", at(i64::try_from(serial).unwrap()));
        }
        assert_eq!(history.keys().len(), KeyHistory::MAX);
        assert_eq!(history.keys()[0].first_seen, at(4));
        assert_eq!(history.active().count(), 1);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let key = SigningKey::generate_p256().unwrap();
        let mut history = KeyHistory::default();
        let _ = history.observe(&[certificate(&key, 1)], "u", at(1));
        let json = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<KeyHistory>(&json).unwrap(), history);
    }
}
