//! Our own keys for one connection: they sign our messages and metadata, and decrypt assertions. A key lives through three
//! states, so that a rollover costs no sign-on: *next* is announced in our metadata and decrypts already; *active* signs too;
//! *old* only decrypts, until the identity provider has taken up the new certificate.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;
use crate::dsig::Signer;
use crate::text::hex;
use crate::text::is_hex;
use crate::text::redacted;

/// A private key and the certificate that announces it, as PEM texts. `Debug` never prints the key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpKey {
    key_pem: String,
    certificate_pem: String,
}

impl SpKey {
    /// Takes a private key and its certificate, both in PEM. Nothing is checked until they are used:
    /// [`SpKeys::with_active`] and [`SpKeys::with_next`] do.
    pub fn new(key_pem: impl Into<String>, certificate_pem: impl Into<String>) -> SpKey {
        SpKey {
            key_pem: key_pem.into(),
            certificate_pem: certificate_pem.into(),
        }
    }

    /// The private key, in PEM.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The certificate, parsed. Fails where the text holds none.
    pub fn certificate(&self) -> Result<Certificate, SpKeyError> {
        let certificates = certificates_from_bytes(self.certificate_pem.as_bytes());
        let certificates = certificates.map_err(|error| SpKeyError::Invalid(error.to_string()))?;
        certificates
            .into_iter()
            .next()
            .ok_or_else(|| SpKeyError::Invalid("no certificate".to_owned()))
    }

    /// The signer that uses this key: RSA or ECDSA, with SHA-256. Fails on an invalid key or certificate, or another key's.
    pub fn signer(&self) -> Result<Signer, SpKeyError> {
        let invalid = |error: &dyn fmt::Display| SpKeyError::Invalid(error.to_string());
        let key =
            SigningKey::from_bytes(self.key_pem.as_bytes()).map_err(|error| invalid(&error))?;
        let certificate = self.certificate()?;
        let rsa = certificate.key().accepts(SignatureAlgorithm::RsaSha256);
        let algorithm = if rsa {
            SignatureAlgorithm::RsaSha256
        } else {
            SignatureAlgorithm::EcdsaSha256
        };
        Signer::new(key, certificate, algorithm).map_err(|error| invalid(&error))
    }
}

redacted!(SpKey);

/// The handle of a key: the first eight bytes of its certificate's SHA-256 fingerprint, in hex.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct SpKeyId(String);

impl SpKeyId {
    fn of(certificate: &Certificate) -> SpKeyId {
        SpKeyId(hex(&certificate.fingerprint().as_bytes()[..8]))
    }
}

impl FromStr for SpKeyId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<SpKeyId, &'static str> {
        match is_hex(text, 16) {
            true => Ok(SpKeyId(text.to_owned())),
            false => Err("a key id is 16 lower-case hexadecimal digits"),
        }
    }
}

impl fmt::Display for SpKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The state of a key, which decides its uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// Announced, and decrypts; signs nothing yet.
    Next,
    /// Announced, signs and decrypts.
    Active,
    /// Only decrypts.
    Old,
}

impl KeyState {
    /// Its name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            KeyState::Next => "next",
            KeyState::Active => "active",
            KeyState::Old => "old",
        }
    }
}

/// All keys of a connection: at most one next, one active, and a few old ones. Those that were retired are remembered by
/// fingerprint, so that an app whose code still names one does not bring it back.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct SpKeys {
    held: Vec<KeyEntry>,
    retired: Vec<Fingerprint>,
}

/// Keys as they are stored; at first there was nothing but a list of those held.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Held(Vec<KeyEntry>),
    All {
        held: Vec<KeyEntry>,
        retired: Vec<Fingerprint>,
    },
}

impl From<Stored> for SpKeys {
    fn from(stored: Stored) -> SpKeys {
        let (held, retired) = match stored {
            Stored::Held(held) => (held, Vec::new()),
            Stored::All { held, retired } => (held, retired),
        };
        SpKeys { held, retired }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct KeyEntry {
    id: SpKeyId,
    state: KeyState,
    #[serde(flatten)]
    key: SpKey,
}

impl SpKeys {
    /// Keys that a connection holds at most. Each is tried on every encrypted assertion.
    pub const MAX: usize = 4;

    /// Retired keys that are remembered, the latest: one a year would fill it in a working life.
    pub const RETIRED: usize = 32;

    /// No key of ours.
    pub fn none() -> SpKeys {
        SpKeys::default()
    }

    /// Adds a key that is used at once; the one that was active is old then. Fails on an invalid key, one that is there already
    /// or was retired, and one too many.
    pub fn with_active(self, key: SpKey) -> Result<SpKeys, SpKeyError> {
        let (keys, id) = self.with(key)?;
        keys.activated(&id)
    }

    /// Adds a key that is announced and not used yet. Fails as [`SpKeys::with_active`] does, and where another waits.
    pub fn with_next(self, key: SpKey) -> Result<SpKeys, SpKeyError> {
        if self.in_state(KeyState::Next).is_some() {
            return Err(SpKeyError::NextIsThere);
        }
        Ok(self.with(key)?.0)
    }

    fn with(mut self, key: SpKey) -> Result<(SpKeys, SpKeyId), SpKeyError> {
        let signer = key.signer()?;
        let id = SpKeyId::of(signer.certificate());
        if self.retired.contains(&signer.certificate().fingerprint()) {
            return Err(SpKeyError::WasRetired(id));
        }
        if self.held.iter().any(|held| held.id == id) {
            return Err(SpKeyError::IsThere(id));
        }
        if self.held.len() == SpKeys::MAX {
            return Err(SpKeyError::TooMany);
        }
        self.held.push(KeyEntry {
            id: id.clone(),
            state: KeyState::Next,
            key,
        });
        Ok((self, id))
    }

    /// Makes a key the active one; fails where there is none of this id. The one before decrypts until it is retired.
    pub fn activated(mut self, id: &SpKeyId) -> Result<SpKeys, SpKeyError> {
        if !self.held.iter().any(|held| held.id == *id) {
            return Err(SpKeyError::Unknown(id.clone()));
        }
        for held in &mut self.held {
            held.state = match held.state {
                _ if held.id == *id => KeyState::Active,
                KeyState::Active => KeyState::Old,
                state => state,
            };
        }
        Ok(self)
    }

    /// Forgets a key, but for the fingerprint of its certificate: what is encrypted for it stays so, and it cannot come back.
    ///
    /// Fails on an unknown key, and on the active one, which another has to replace first.
    pub fn retired(mut self, id: &SpKeyId) -> Result<SpKeys, SpKeyError> {
        let Some(place) = self.held.iter().position(|held| held.id == *id) else {
            return Err(SpKeyError::Unknown(id.clone()));
        };
        if self.held[place].state == KeyState::Active && self.held.len() > 1 {
            return Err(SpKeyError::IsActive(id.clone()));
        }
        let gone = self.held.remove(place);
        let fingerprint = gone.key.certificate()?.fingerprint();
        self.retired.push(fingerprint);
        let forgotten = self.retired.len().saturating_sub(SpKeys::RETIRED);
        self.retired.drain(..forgotten);
        Ok(self)
    }

    /// True if this key is held already, in whatever state, or was once and is retired.
    pub fn has_known(&self, key: &SpKey) -> bool {
        let known = |certificate: Certificate| {
            let id = SpKeyId::of(&certificate);
            self.held.iter().any(|held| held.id == id)
                || self.retired.contains(&certificate.fingerprint())
        };
        key.certificate().is_ok_and(known)
    }

    /// The key that signs.
    pub fn active(&self) -> Option<&SpKey> {
        self.in_state(KeyState::Active)
    }

    /// The keys that our metadata lists, the active one first.
    pub fn announced(&self) -> impl Iterator<Item = &SpKey> {
        self.active()
            .into_iter()
            .chain(self.in_state(KeyState::Next))
    }

    /// All keys with their handles and states, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&SpKeyId, KeyState, &SpKey)> {
        self.held
            .iter()
            .map(|held| (&held.id, held.state, &held.key))
    }

    /// True if there is no key.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn in_state(&self, state: KeyState) -> Option<&SpKey> {
        self.held
            .iter()
            .find(|held| held.state == state)
            .map(|held| &held.key)
    }
}

/// Requests are to be signed, and there is no key to sign with.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection signs its requests, so it needs an active key of our own")]
pub struct NoActiveKey;
debug_as_sentence!(NoActiveKey);

/// The reason why the keys stay as they are.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpKeyError {
    /// Key or certificate cannot be used, or do not belong together.
    #[error("our own key pair is not usable: {0}")]
    Invalid(String),
    /// No key has this handle.
    #[error("there is no key {0}")]
    Unknown(SpKeyId),
    /// The key was here before, and is retired for good.
    #[error("the key {0} was retired: expected a key that is new to this connection")]
    WasRetired(SpKeyId),
    /// The key is there already.
    #[error("the key {0} is there already")]
    IsThere(SpKeyId),
    /// Another key waits to be activated.
    #[error("there is a next key already; activate it or retire it first")]
    NextIsThere,
    /// The active key cannot be retired while others wait.
    #[error("the key {0} is the active one; activate another first")]
    IsActive(SpKeyId),
    /// There are too many keys.
    #[error("there are {max} keys already; retire an old one first", max = SpKeys::MAX)]
    TooMany,
}
debug_as_sentence!(SpKeyError);

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SpKey {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
        let certificate = Certificate::self_signed(
            &key,
            "ours",
            1,
            begin.parse().unwrap(),
            end.parse().unwrap(),
        );
        SpKey::new(key.to_pem(), certificate.unwrap().to_pem())
    }

    fn id(key: &SpKey) -> SpKeyId {
        SpKeyId::of(&key.certificate().unwrap())
    }

    #[test]
    fn a_retired_key_is_known_and_does_not_come_back() {
        let (first, second) = (key(), key());
        let keys = SpKeys::none().with_active(first.clone()).unwrap();
        let keys = keys.with_active(second.clone()).unwrap();
        let keys = keys.retired(&id(&first)).unwrap();
        assert!(keys.has_known(&first) && keys.has_known(&second));
        assert!(!keys.has_known(&key()));
        let refused = SpKeyError::WasRetired(id(&first));
        assert_eq!(
            keys.clone().with_active(first.clone()),
            Err(refused.clone())
        );
        assert_eq!(keys.clone().with_next(first), Err(refused));
        assert_eq!(keys.active(), Some(&second));
    }

    #[test]
    fn the_latest_retired_keys_are_remembered_and_no_more() {
        let (first, second) = (key(), key());
        let mut keys = SpKeys {
            retired: vec![first.certificate().unwrap().fingerprint(); SpKeys::RETIRED],
            ..SpKeys::none()
        };
        keys = keys.with_active(second.clone()).unwrap();
        keys = keys.retired(&id(&second)).unwrap();
        assert_eq!(keys.retired.len(), SpKeys::RETIRED);
        assert!(keys.has_known(&first) && keys.has_known(&second));
    }

    #[test]
    fn keys_are_read_back_as_they_were_stored_and_from_the_bare_list_of_old() {
        let (first, second) = (key(), key());
        let keys = SpKeys::none().with_active(first.clone()).unwrap();
        let list = serde_json::to_string(&keys.held).unwrap();
        assert_eq!(serde_json::from_str::<SpKeys>(&list).unwrap(), keys);
        let keys = keys.with_active(second).unwrap();
        let keys = keys.retired(&id(&first)).unwrap();
        let text = serde_json::to_string(&keys).unwrap();
        assert_eq!(serde_json::from_str::<SpKeys>(&text).unwrap(), keys);
    }
}
