//! Our own keys for one connection: they sign our messages and metadata, and decrypt assertions.
//!
//! A key lives through three states, so that a rollover costs no sign-on: *next* is announced in our metadata and
//! decrypts already; *active* signs too; *old* only decrypts, until the identity provider has taken up the new
//! certificate and the old key is retired.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::crypto::Certificate;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;
use crate::dsig::Signer;

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

    /// The certificate, parsed.
    ///
    /// # Errors
    /// A text that holds no certificate.
    pub fn certificate(&self) -> Result<Certificate, SpKeyError> {
        let certificates = certificates_from_bytes(self.certificate_pem.as_bytes());
        let certificates = certificates.map_err(|error| SpKeyError::Unsound(error.to_string()))?;
        certificates
            .into_iter()
            .next()
            .ok_or_else(|| SpKeyError::Unsound("no certificate".to_owned()))
    }

    /// What signs with this key: RSA or ECDSA, with SHA-256.
    ///
    /// # Errors
    /// A key or certificate that does not parse, or a certificate of another key.
    pub fn signer(&self) -> Result<Signer, SpKeyError> {
        let unsound = |error: &dyn fmt::Display| SpKeyError::Unsound(error.to_string());
        let key = SigningKey::from_pem(self.key_pem.as_bytes()).map_err(|error| unsound(&error))?;
        let certificate = self.certificate()?;
        let rsa = certificate.key().accepts(SignatureAlgorithm::RsaSha256);
        let algorithm = if rsa {
            SignatureAlgorithm::RsaSha256
        } else {
            SignatureAlgorithm::EcdsaSha256
        };
        Signer::new(key, certificate, algorithm).map_err(|error| unsound(&error))
    }
}

impl fmt::Debug for SpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpKey(redacted)")
    }
}

/// The handle of a key: the first eight octets of its certificate's SHA-256 fingerprint, in hex.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct SpKeyId(String);

impl SpKeyId {
    fn of(certificate: &Certificate) -> SpKeyId {
        let fingerprint = certificate.fingerprint();
        let octets = &fingerprint.as_bytes()[..8];
        SpKeyId(octets.iter().map(|octet| format!("{octet:02x}")).collect())
    }
}

impl FromStr for SpKeyId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<SpKeyId, &'static str> {
        let hex = text.len() == 16
            && text
                .bytes()
                .all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        if hex {
            Ok(SpKeyId(text.to_owned()))
        } else {
            Err("a key id is 16 lower-case hexadecimal digits")
        }
    }
}

impl fmt::Display for SpKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key is used for.
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

/// All keys of a connection: at most one next, one active, and a few old ones.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpKeys(Vec<Held>);

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Held {
    id: SpKeyId,
    state: KeyState,
    #[serde(flatten)]
    key: SpKey,
}

impl SpKeys {
    /// Keys that a connection holds at most. Each is tried on every encrypted assertion.
    pub const MAX: usize = 4;

    /// No key of ours.
    pub fn none() -> SpKeys {
        SpKeys::default()
    }

    /// Adds a key that is used at once. The one that was active is old from now on.
    ///
    /// # Errors
    /// An unsound key, one that is there already, or too many keys.
    pub fn with_active(self, key: SpKey) -> Result<SpKeys, SpKeyError> {
        let (keys, id) = self.with(key)?;
        keys.activated(&id)
    }

    /// Adds a key that is announced and not used yet.
    ///
    /// # Errors
    /// An unsound key, one that is there already, another next one, or too many keys.
    pub fn with_next(self, key: SpKey) -> Result<SpKeys, SpKeyError> {
        if self.in_state(KeyState::Next).is_some() {
            return Err(SpKeyError::NextIsThere);
        }
        Ok(self.with(key)?.0)
    }

    fn with(mut self, key: SpKey) -> Result<(SpKeys, SpKeyId), SpKeyError> {
        let id = SpKeyId::of(key.signer()?.certificate());
        if self.0.iter().any(|held| held.id == id) {
            return Err(SpKeyError::IsThere(id));
        }
        if self.0.len() == SpKeys::MAX {
            return Err(SpKeyError::TooMany);
        }
        self.0.push(Held {
            id: id.clone(),
            state: KeyState::Next,
            key,
        });
        Ok((self, id))
    }

    /// Makes a key the active one. The one before is old from now on, and decrypts until it is retired.
    ///
    /// # Errors
    /// No such key.
    pub fn activated(mut self, id: &SpKeyId) -> Result<SpKeys, SpKeyError> {
        if !self.0.iter().any(|held| held.id == *id) {
            return Err(SpKeyError::Unknown(id.clone()));
        }
        for held in &mut self.0 {
            held.state = match held.state {
                _ if held.id == *id => KeyState::Active,
                KeyState::Active => KeyState::Old,
                state => state,
            };
        }
        Ok(self)
    }

    /// Forgets a key: what is encrypted for it stays so.
    ///
    /// # Errors
    /// No such key, or the active one, which another has to replace first.
    pub fn retired(mut self, id: &SpKeyId) -> Result<SpKeys, SpKeyError> {
        match self
            .0
            .iter()
            .find(|held| held.id == *id)
            .map(|held| held.state)
        {
            None => Err(SpKeyError::Unknown(id.clone())),
            Some(KeyState::Active) if self.0.len() > 1 => Err(SpKeyError::IsActive(id.clone())),
            Some(_) => {
                self.0.retain(|held| held.id != *id);
                Ok(self)
            }
        }
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
        self.0.iter().map(|held| (&held.id, held.state, &held.key))
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn in_state(&self, state: KeyState) -> Option<&SpKey> {
        self.0
            .iter()
            .find(|held| held.state == state)
            .map(|held| &held.key)
    }
}

/// Requests are to be signed, and there is no key to sign with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the connection signs its requests, so it needs an active key of our own")]
pub struct NoActiveKey;

/// Why the keys stay as they are.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpKeyError {
    /// Key or certificate cannot be used, or do not belong together.
    #[error("our own key pair is not usable: {0}")]
    Unsound(String),
    /// No key has this handle.
    #[error("there is no key {0}")]
    Unknown(SpKeyId),
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
