//! Private keys, and the making of a signature.
//!
//! Signing with ECDSA and with PSS needs random numbers, which OpenSSL draws by itself. Making a key is part of the edge and
//! comes with the feature `server`.

use std::fmt;

use openssl::ec::EcKey;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::pkey::Private;
use openssl::pkey_ctx::PkeyCtx;

use super::Digest;
use super::KeyError;
use super::SignatureAlgorithm;
use super::VerifyingKey;
use super::algorithm::Scheme;
use super::verifying_key::message_digest;
use super::verifying_key::set_pss;

/// A private key, of the kinds and sizes that [`VerifyingKey`] accepts.
///
/// ```
/// # fn sign(pem: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use entrada::crypto::{SignatureAlgorithm, SigningKey};
///
/// let key = SigningKey::from_pem(pem)?;
/// let signature = key.sign(SignatureAlgorithm::RsaSha256, b"message")?;
/// key.verifying_key().verify(SignatureAlgorithm::RsaSha256, b"message", &signature)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SigningKey {
    private: PKey<Private>,
    public: VerifyingKey,
}

impl SigningKey {
    /// Reads a private key in PEM form: PKCS #8, or the older forms of RSA and EC keys.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] that says what is refused: an encrypted key, a weak one, or one whose halves do not belong together.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let mut encrypted = false;
        // Without a callback OpenSSL would ask for the passphrase on the terminal.
        let private = PKey::private_key_from_pem_callback(pem, |_| {
            encrypted = true;
            Ok(0)
        });
        match private {
            Ok(private) if !encrypted => Self::new(private),
            Err(_) if !encrypted => Err(KeyError::Malformed),
            _ => Err(KeyError::Encrypted),
        }
    }

    fn new(private: PKey<Private>) -> Result<Self, KeyError> {
        let public = VerifyingKey::from_spki_der(&private.public_key_to_der()?)?;
        let key = Self { private, public };
        key.halves_belong_together()
            .then_some(key)
            .ok_or(KeyError::Malformed)
    }

    /// A trial signature: cheaper than proving the factors prime, and what matters is that others can verify.
    fn halves_belong_together(&self) -> bool {
        let algorithm = match self.public.ecdsa_width() {
            Some(_) => SignatureAlgorithm::EcdsaSha256,
            None => SignatureAlgorithm::RsaSha256,
        };
        self.sign(algorithm, b"trial")
            .is_ok_and(|signature| self.public.verify(algorithm, b"trial", &signature).is_ok())
    }

    /// A new RSA key of 2048 bits with the exponent 65537, which every identity provider understands.
    ///
    /// # Errors
    ///
    /// [`KeyError::OpenSsl`] if the machine has no random numbers to give.
    #[cfg(any(feature = "server", test))]
    pub fn generate_rsa_2048() -> Result<Self, KeyError> {
        Self::new(PKey::from_rsa(openssl::rsa::Rsa::generate(2048)?)?)
    }

    /// A new EC key on P-256.
    ///
    /// # Errors
    ///
    /// [`KeyError::OpenSsl`] if the machine has no random numbers to give.
    #[cfg(any(feature = "server", test))]
    pub fn generate_p256() -> Result<Self, KeyError> {
        Self::generate_ec(openssl::nid::Nid::X9_62_PRIME256V1)
    }

    #[cfg(any(feature = "server", test))]
    fn generate_ec(curve: openssl::nid::Nid) -> Result<Self, KeyError> {
        let group = openssl::ec::EcGroup::from_curve_name(curve)?;
        Self::new(PKey::from_ec_key(EcKey::generate(&group)?)?)
    }

    /// Signs a message, in the form that [`VerifyingKey::verify`] reads.
    ///
    /// # Errors
    ///
    /// [`KeyError::Algorithm`] if the key is of another kind than the algorithm.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        if !self.public.accepts(algorithm) {
            return Err(KeyError::Algorithm {
                key: self.public.description(),
                algorithm,
            });
        }
        let digest = algorithm.digest().digest(message);
        let signature = match self.public.ecdsa_width() {
            Some(width) => sign_ecdsa(&self.private.ec_key()?, width, &digest)?,
            None => sign_rsa(&self.private, algorithm.scheme(), &digest)?,
        };
        Ok(signature)
    }

    /// The public half.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The private key in PEM form (PKCS #8, not encrypted). It is a secret: keep it where only the owner can read it.
    pub fn to_pem(&self) -> String {
        let pem = self.private.private_key_to_pem_pkcs8();
        String::from_utf8(pem.expect("a usable key has a PKCS #8 form")).expect("PEM is ASCII")
    }
}

impl fmt::Debug for SigningKey {
    /// Writes kind and size only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, redacted)", self.public.description())
    }
}

fn sign_rsa(key: &PKey<Private>, scheme: Scheme, digest: &Digest) -> Result<Vec<u8>, ErrorStack> {
    let mut context = PkeyCtx::new(key)?;
    context.sign_init()?;
    match scheme {
        Scheme::RsaPss => set_pss(&mut context, digest.algorithm())?,
        _ => context.set_signature_md(message_digest(digest.algorithm()))?,
    }
    let mut signature = Vec::new();
    context.sign_to_vec(digest.as_ref(), &mut signature)?;
    Ok(signature)
}

fn sign_ecdsa(key: &EcKey<Private>, width: usize, digest: &Digest) -> Result<Vec<u8>, ErrorStack> {
    let signature = EcdsaSig::sign(digest.as_ref(), key)?;
    let width = i32::try_from(width).expect("a curve has at most 66 octets");
    let mut octets = signature.r().to_vec_padded(width)?;
    octets.extend(signature.s().to_vec_padded(width)?);
    Ok(octets)
}
