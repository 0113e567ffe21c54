//! The least work of any verification: one RSA-2048 verification and one SHA-256 of the message, by OpenSSL. The key
//! is parsed, the signature is decoded, and the XML is not read.

use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use openssl::md::Md;
use openssl::pkey::PKey;
use openssl::pkey::Public;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::rsa::Rsa;
use openssl::sha::Sha256;

pub(crate) struct Bound {
    general: PKey<Public>,
    numbers: Rsa<Public>,
    signed_info: [u8; 32],
    signature: Vec<u8>,
}

impl Bound {
    pub(crate) fn new() -> Bound {
        let key = SigningKey::generate_rsa_2048().expect("a key can be made");
        let spki = key.verifying_key().to_spki_der();
        let message = b"SignedInfo";
        Bound {
            general: PKey::public_key_from_der(&spki).expect("the key reads"),
            numbers: Rsa::public_key_from_der(&spki).expect("the key reads"),
            signed_info: sha256(message),
            signature: key
                .sign(SignatureAlgorithm::RsaSha256, message)
                .expect("the key signs"),
        }
    }

    /// **The bound**: OpenSSL's general interface (EVP), which most software uses, and SHA-256 of the message.
    pub(crate) fn general(&self, message: &[u8]) -> [u8; 32] {
        let digest = sha256(message);
        assert!(self.verify().expect("OpenSSL answers"));
        digest
    }

    fn verify(&self) -> Result<bool, openssl::error::ErrorStack> {
        let mut context = PkeyCtx::new(&self.general)?;
        context.verify_init()?;
        context.set_rsa_padding(Padding::PKCS1)?;
        context.set_signature_md(Md::sha256())?;
        context.verify(&self.signed_info, &self.signature)
    }

    /// The bound of an encrypted response: one RSA-2048 private operation besides.
    pub(crate) fn with_private_operation(&self, message: &[u8], private: &Private) -> [u8; 32] {
        let mut opened = [0; 256];
        let opening = private
            .key
            .private_decrypt(&private.wrapped, &mut opened, Padding::NONE);
        assert_eq!(opening.expect("OpenSSL answers"), 256);
        self.general(message)
    }

    /// The cheapest way that OpenSSL has, which is ours: the bare RSA operation and a comparison.
    pub(crate) fn cheapest(&self, message: &[u8]) -> [u8; 32] {
        let digest = sha256(message);
        let mut opened = [0; 256];
        let length = self
            .numbers
            .public_decrypt(&self.signature, &mut opened, Padding::PKCS1)
            .expect("OpenSSL answers");
        assert!(opened[..length].ends_with(&self.signed_info));
        digest
    }
}

/// A private key, and something that is encrypted for it.
pub(crate) struct Private {
    key: Rsa<openssl::pkey::Private>,
    wrapped: Vec<u8>,
}

impl Private {
    pub(crate) fn of(key: &SigningKey) -> Private {
        let key = PKey::private_key_from_pem(key.to_pem().as_bytes());
        let key = key.and_then(|key| key.rsa()).expect("the key is RSA");
        let mut wrapped = vec![0; 256];
        key.public_encrypt(&[0x5a; 32], &mut wrapped, Padding::PKCS1_OAEP)
            .expect("OpenSSL encrypts");
        Private { key, wrapped }
    }
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(message);
    hash.finish()
}
