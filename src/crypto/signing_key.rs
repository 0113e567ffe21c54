//! Private keys, and the making of a signature. ECDSA and PSS need random numbers, which OpenSSL draws by itself. Keys are made
//! with the feature `server` alone.

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
use super::certificate::decode_base64;
use super::foreign;
use super::pasted::Blocks;
use super::pasted::normalized;
use super::verifying_key::message_digest;
use super::verifying_key::set_pss;
use crate::form;
use crate::text;

/// A private key, of the kinds and sizes that [`VerifyingKey`] accepts.
///
/// ```
/// # fn sign(pem: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use entrada::crypto::{SignatureAlgorithm, SigningKey};
///
/// let key = SigningKey::from_bytes(pem)?;
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

const CONVERT_PFX: &str = ": take both apart with `openssl pkcs12 -in FILE -nocerts -nodes -out key.pem` and `openssl pkcs12 -in FILE -nokeys -clcerts -out cert.pem`";
const CONVERT_SSH: &str = ": convert a copy of it with `ssh-keygen -p -m PKCS8 -N '' -f FILE`";
const NO_PRIVATE_KEY: &str =
    "; expected a private key, as in a file with the line -----BEGIN PRIVATE KEY-----";

impl SigningKey {
    /// Reads a private key from a file: PEM (the first private key in it counts), DER or bare base64, in PKCS #8 or in
    /// the older forms of RSA and EC keys; text in UTF-8 or, as Windows saves it, in UTF-16.
    ///
    /// # Errors
    /// A [`KeyError`] that says what is refused: an encrypted key, a weak one, or one whose halves do not belong together. A
    /// file in another form is named, with the command that makes a key of it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if let [0x30, 0x80..=0x84, ..] = bytes {
            return Self::from_der(bytes);
        }
        let other = |form: String| Err(KeyError::OtherForm { form });
        let text = match text::decode(bytes) {
            Ok(text) => text,
            Err(error) => {
                let error = error.to_string();
                return other(form::of(bytes).map_or_else(
                    || error.trim_start_matches("it is ").to_owned(),
                    str::to_owned,
                ));
            }
        };
        let normalized = normalized(&text);
        let mut passed_over = None;
        for block in Blocks(&normalized) {
            match block.label {
                "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
                "OPENSSH PRIVATE KEY" => return other(foreign::SSH_KEY.to_owned() + CONVERT_SSH),
                label if !label.ends_with("PRIVATE KEY") => {
                    passed_over = passed_over.or(Some(foreign::of_label(label)));
                }
                // RFC 1421: the header of a key in the older form.
                _ if block.body.contains("ENCRYPTED") => return Err(KeyError::Encrypted),
                _ => {
                    let der = block.decode().map_err(|_| KeyError::Malformed)?;
                    return Self::from_der(&der);
                }
            }
        }
        if let Some(form) = passed_over {
            return other(form + NO_PRIVATE_KEY);
        }
        match decode_base64(normalized.trim()) {
            Ok(der) if der.first() == Some(&0x30) => Self::from_der(&der),
            _ => match form::of_text(&text) {
                Some(form) => other(form.to_owned() + NO_PRIVATE_KEY),
                None => Err(KeyError::Malformed),
            },
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(private) = PKey::private_key_from_der(der) {
            return Self::new(private);
        }
        Err(match foreign::of_der(der) {
            Some(foreign::ENCRYPTED_KEY) => KeyError::Encrypted,
            Some(foreign::PFX) => KeyError::OtherForm {
                form: foreign::PFX.to_owned() + CONVERT_PFX,
            },
            Some(form) => KeyError::OtherForm {
                form: form.to_owned() + NO_PRIVATE_KEY,
            },
            None => KeyError::Malformed,
        })
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
    /// [`KeyError::OpenSsl`] if the machine has no random numbers to give.
    #[cfg(any(feature = "server", test))]
    pub fn generate_rsa_2048() -> Result<Self, KeyError> {
        Self::new(PKey::from_rsa(openssl::rsa::Rsa::generate(2048)?)?)
    }

    /// A new EC key on P-256.
    ///
    /// # Errors
    /// [`KeyError::OpenSsl`] if the machine has no random numbers to give.
    #[cfg(any(feature = "server", test))]
    pub fn generate_p256() -> Result<Self, KeyError> {
        Self::generate_ec(openssl::nid::Nid::X9_62_PRIME256V1)
    }

    #[cfg(any(feature = "server", test))]
    pub(super) fn generate_ec(curve: openssl::nid::Nid) -> Result<Self, KeyError> {
        let group = openssl::ec::EcGroup::from_curve_name(curve)?;
        Self::new(PKey::from_ec_key(EcKey::generate(&group)?)?)
    }

    /// Signs a message, in the form that [`VerifyingKey::verify`] reads.
    ///
    /// # Errors
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
    pub fn verifying_key(&self) -> VerifyingKey {
        self.public.clone()
    }

    pub(crate) fn private(&self) -> &PKey<Private> {
        &self.private
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
    let width = i32::try_from(width).expect("a curve has at most 66 bytes");
    let mut bytes = signature.r().to_vec_padded(width)?;
    bytes.extend(signature.s().to_vec_padded(width)?);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use openssl::rsa::Rsa;
    use openssl::rsa::RsaPrivateKeyBuilder;
    use openssl::symm::Cipher;

    use super::*;
    use crate::crypto::tests::keys;

    #[test]
    fn a_private_key_survives_pem_and_is_never_shown() {
        for key in keys() {
            let again = SigningKey::from_bytes(key.to_pem().as_bytes()).unwrap();
            assert_eq!(again.verifying_key(), key.verifying_key());
            let shown = format!("{key:?}");
            assert_eq!(
                shown,
                format!("SigningKey({}, redacted)", key.public.description())
            );
        }
    }

    #[test]
    fn the_older_pem_forms_are_read() {
        let rsa = Rsa::generate(2048).unwrap();
        assert!(SigningKey::from_bytes(&rsa.private_key_to_pem().unwrap()).is_ok());
        let ec = SigningKey::generate_p256()
            .unwrap()
            .private
            .ec_key()
            .unwrap();
        assert!(SigningKey::from_bytes(&ec.private_key_to_pem().unwrap()).is_ok());
    }

    #[test]
    fn an_encrypted_private_key_is_refused_without_asking_for_its_passphrase() {
        let key = SigningKey::generate_p256().unwrap().private;
        let pem = key
            .private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"secret")
            .unwrap();
        assert!(matches!(
            SigningKey::from_bytes(&pem),
            Err(KeyError::Encrypted)
        ));
    }

    #[test]
    fn halves_of_two_keys_are_refused() {
        let (one, two) = (Rsa::generate(2048).unwrap(), Rsa::generate(2048).unwrap());
        let own = |number: &openssl::bn::BigNumRef| number.to_owned().unwrap();
        let mixed = RsaPrivateKeyBuilder::new(own(two.n()), own(two.e()), own(one.d()))
            .and_then(|key| key.set_factors(own(one.p().unwrap()), own(one.q().unwrap())))
            .and_then(|key| {
                let [dmp1, dmq1, iqmp] = [one.dmp1(), one.dmq1(), one.iqmp()].map(Option::unwrap);
                key.set_crt_params(own(dmp1), own(dmq1), own(iqmp))
            })
            .unwrap()
            .build();
        let pem = mixed.private_key_to_pem().unwrap();
        assert!(matches!(
            SigningKey::from_bytes(&pem),
            Err(KeyError::Malformed)
        ));
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        assert!(SigningKey::from_bytes(b"").is_err());
        for pem in [
            &b"rubbish"[..],
            b"-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(matches!(
                SigningKey::from_bytes(pem),
                Err(KeyError::Malformed)
            ));
        }
        let weak = Rsa::generate(1024).unwrap().private_key_to_pem().unwrap();
        assert!(matches!(
            SigningKey::from_bytes(&weak),
            Err(KeyError::RsaSize { bits: 1024 })
        ));
    }
}
