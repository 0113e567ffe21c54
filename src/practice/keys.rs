//! The signing keys: one pair for each app, and those of the tenant as a whole, which sign no response.

use jiff::Timestamp;
use jiff::ToSpan;
use openssl::rand::rand_bytes;

use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::KeyError;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::dsig::SignError;
use crate::dsig::Signer;

/// The keys of one app, or of the tenant. All are listed in the metadata, and one of them signs.
#[derive(Clone, Debug)]
pub(super) struct SigningKeys {
    active: Signer,
    /// Those that do not sign yet.
    staged: Vec<Signer>,
    /// Those that sign no more, and are listed until somebody removes them.
    inactive: Vec<Certificate>,
}

impl SigningKeys {
    pub(super) fn new(active: Signer) -> SigningKeys {
        SigningKeys {
            active,
            staged: Vec::new(),
            inactive: Vec::new(),
        }
    }

    pub(super) fn active(&self) -> &Signer {
        &self.active
    }

    pub(super) fn stage(&mut self, signer: Signer) {
        self.staged.push(signer);
    }

    /// Lets the key that was staged first sign from now on; the one before stays listed. Says whether there was one.
    pub(super) fn activate_staged(&mut self) -> bool {
        if self.staged.is_empty() {
            return false;
        }
        let before = std::mem::replace(&mut self.active, self.staged.remove(0));
        self.inactive.push(before.certificate().clone());
        true
    }

    pub(super) fn switch(&mut self, signer: Signer) {
        let before = std::mem::replace(&mut self.active, signer);
        self.inactive.push(before.certificate().clone());
    }

    /// Lists the keys no longer that do not sign any more; says how many there were.
    pub(super) fn remove_inactive(&mut self) -> usize {
        std::mem::take(&mut self.inactive).len()
    }

    /// The certificates in the order of the metadata: the active one first.
    pub(super) fn certificates(&self) -> Vec<Certificate> {
        std::iter::once(&self.active)
            .chain(&self.staged)
            .map(Signer::certificate)
            .chain(&self.inactive)
            .cloned()
            .collect()
    }
}

/// Makes an RSA key of 2048 bits with a certificate for three years, as Entra does for each app. It takes a
/// fraction of a second.
pub(super) async fn make_signer() -> Result<Signer, KeyMakingError> {
    let now = Timestamp::now();
    let end = now.saturating_add((3 * 365 * 24).hours()).unwrap_or(now);
    make_signer_between(now, end).await
}

/// The same with a certificate for another time.
pub(super) async fn make_signer_between(
    begin: Timestamp,
    end: Timestamp,
) -> Result<Signer, KeyMakingError> {
    let made = tokio::task::spawn_blocking(move || signer_between(begin, end)).await;
    made.map_err(|_| KeyMakingError::Interrupted)?
}

fn signer_between(begin: Timestamp, end: Timestamp) -> Result<Signer, KeyMakingError> {
    let key = SigningKey::generate_rsa_2048()?;
    let mut serial = [0; 8];
    rand_bytes(&mut serial).map_err(KeyError::from)?;
    let certificate =
        Certificate::self_signed(&key, COMMON_NAME, u64::from_be_bytes(serial), begin, end)?;
    Ok(Signer::new(
        key,
        certificate,
        SignatureAlgorithm::RsaSha256,
    )?)
}

/// The name that an admin sees as the maker of the certificate.
const COMMON_NAME: &str = "Entrada practice identity provider";

/// The reason that no key was made.
#[derive(thiserror::Error)]
pub enum KeyMakingError {
    /// The key itself.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The two together.
    #[error(transparent)]
    Signer(#[from] SignError),
    /// The program is ending.
    #[error("the making of a key was interrupted")]
    Interrupted,
}
debug_as_sentence!(KeyMakingError);
