//! The keys whose signatures hold.

use std::sync::OnceLock;

use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::VerifyingKey;

/// The keys of one identity provider. There is always at least one, and none of them comes from a message.
#[derive(Clone, Debug)]
pub struct TrustedKeys(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Keys(Vec<VerifyingKey>),
    Pinned(Vec<Pin>),
}

/// The trusted key that made a signature: its place among the keys that were asked. The verifier alone makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SignedBy(pub(super) usize);

/// A pinned certificate. It is parsed when it is first met and then kept, so that a message never costs the
/// parsing of a certificate twice.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    fingerprint: Fingerprint,
    met: OnceLock<Certificate>,
}

impl TrustedKeys {
    /// The number of keys that are tried at most: each costs one public-key operation for a forged response. Entra's
    /// tenant-wide document lists four; federations in rollover list two or three for each role.
    pub const MAX: usize = 16;

    /// Trusts these keys; `KeyInfo` in messages is then ignored.
    ///
    /// # Errors
    /// [`NoUsableKey`] if there is none, or more than [`TrustedKeys::MAX`].
    pub fn keys(keys: Vec<VerifyingKey>) -> Result<TrustedKeys, NoUsableKey> {
        if keys.is_empty() || keys.len() > TrustedKeys::MAX {
            Err(NoUsableKey)
        } else {
            Ok(TrustedKeys(Kind::Keys(keys)))
        }
    }

    /// Trusts the certificates of these fingerprints; a message must bring one of them in its `KeyInfo`.
    ///
    /// # Errors
    /// [`NoUsableKey`] if there is none, or more than [`TrustedKeys::MAX`].
    pub fn pinned(fingerprints: &[Fingerprint]) -> Result<TrustedKeys, NoUsableKey> {
        if fingerprints.is_empty() || fingerprints.len() > TrustedKeys::MAX {
            return Err(NoUsableKey);
        }
        let pin = |fingerprint: &Fingerprint| Pin {
            fingerprint: *fingerprint,
            met: OnceLock::new(),
        };
        Ok(TrustedKeys(Kind::Pinned(
            fingerprints.iter().map(pin).collect(),
        )))
    }

    /// The pinned fingerprints; none where trust is by key.
    pub fn pins(&self) -> impl Iterator<Item = &Fingerprint> {
        self.all_pins().iter().map(|pin| &pin.fingerprint)
    }

    /// The pinned certificates that messages have brought so far. Each has a pinned SHA-256, so what it says of itself is
    /// right, whoever brought it.
    pub fn met(&self) -> impl Iterator<Item = &Certificate> {
        self.all_pins().iter().filter_map(|pin| pin.met.get())
    }

    fn all_pins(&self) -> &[Pin] {
        match &self.0 {
            Kind::Keys(_) => &[],
            Kind::Pinned(pins) => pins,
        }
    }

    /// The keys, unless trust is by fingerprint.
    pub(super) fn configured(&self) -> Option<&[VerifyingKey]> {
        match &self.0 {
            Kind::Keys(keys) => Some(keys),
            Kind::Pinned(_) => None,
        }
    }

    /// The keys that need no certificate to be known: those configured, and those of pinned certificates that
    /// a message has brought already. Each has its place.
    pub(super) fn known(&self) -> Vec<(SignedBy, &VerifyingKey)> {
        let placed = |(place, key)| (SignedBy(place), key);
        match &self.0 {
            Kind::Keys(keys) => keys.iter().enumerate().map(placed).collect(),
            Kind::Pinned(pins) => {
                let met = pins.iter().map(|pin| pin.met.get().map(Certificate::key));
                let met = met.enumerate();
                let met = met.filter_map(|(place, key)| Some((place, key?)));
                met.map(placed).collect()
            }
        }
    }

    /// The key that a signature was made with, if these are the keys that were asked.
    pub(crate) fn key(&self, by: SignedBy) -> Option<&VerifyingKey> {
        match &self.0 {
            Kind::Keys(keys) => keys.get(by.0),
            Kind::Pinned(pins) => pins.get(by.0)?.met.get().map(Certificate::key),
        }
    }

    /// Keys that are tried without a certificate, as many as a message with one would have tried; `None` while no
    /// pinned certificate has been met.
    pub(crate) fn without_certificate(&self) -> Option<TrustedKeys> {
        match &self.0 {
            Kind::Keys(_) => Some(self.clone()),
            Kind::Pinned(_) => {
                let known = self.known();
                let (_, first) = known.first()?;
                Some(TrustedKeys(Kind::Keys(vec![(*first).clone()])))
            }
        }
    }

    /// An algorithm and a signature that cost a known key its whole operation, and do not hold.
    pub(crate) fn forgery(&self) -> Option<(SignatureAlgorithm, Vec<u8>)> {
        self.known().first().map(|(_, key)| key.forgery())
    }

    /// The key of the certificate with these DER bytes and its place, if its fingerprint is a pinned one.
    pub(super) fn of_certificate(&self, der: &[u8]) -> Option<(SignedBy, &VerifyingKey)> {
        let found = Fingerprint::of_der(der);
        let mut pins = self.all_pins().iter().enumerate();
        let (place, pin) = pins.find(|(_, pin)| pin.fingerprint == found)?;
        let certificate = match pin.met.get() {
            Some(certificate) => certificate,
            None => {
                let certificate = Certificate::from_der(der).ok()?;
                pin.met.get_or_init(|| certificate)
            }
        };
        Some((SignedBy(place), certificate.key()))
    }
}

/// There is no key to trust, or there are too many to try.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 16 usable signing keys")]
pub struct NoUsableKey;
debug_as_sentence!(NoUsableKey);
