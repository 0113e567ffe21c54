//! The test keys under `fixtures/keys/`.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::Certificate;
use entrada::crypto::DecryptionKey;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::crypto::certificates_from_bytes;
use entrada::dsig::Signer;
use entrada::xenc::DecryptionKeys;

/// A key and its certificate.
pub(crate) struct Key {
    pub(crate) private: SigningKey,
    pub(crate) certificate: Certificate,
}

impl Key {
    fn read(folder: &Path, name: &str) -> Key {
        let read = |extension: &str| {
            let path = folder.join(format!("{name}.{extension}"));
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let private = SigningKey::from_bytes(&read("pem")).expect("a test key is sound");
        let certificate = certificates_from_bytes(&read("crt"))
            .expect("a test certificate is sound")
            .remove(0);
        Key {
            private,
            certificate,
        }
    }

    /// The certificate as it stands in XML.
    pub(crate) fn base64(&self) -> String {
        STANDARD.encode(self.certificate.der())
    }

    /// The key as one to decrypt with.
    pub(crate) fn reader(&self) -> DecryptionKeys {
        let key = DecryptionKey::of(&self.private).expect("an RSA key");
        DecryptionKeys::new(vec![key]).expect("one key")
    }

    /// The key for the library's own signatures.
    pub(crate) fn signer(&self) -> Signer {
        Signer::new(
            self.private.clone(),
            self.certificate.clone(),
            SignatureAlgorithm::RsaSha256,
        )
        .expect("an RSA key and its certificate")
    }
}

/// All test keys.
pub(crate) struct Keys {
    pub(crate) idp: Key,
    pub(crate) staged: Key,
    pub(crate) other: Key,
    /// The service provider's.
    pub(crate) sp: Key,
    pub p256: Key,
    pub p384: Key,
    pub p521: Key,
}

impl Keys {
    pub(crate) fn read(folder: &Path) -> Keys {
        let key = |name| Key::read(folder, name);
        Keys {
            idp: key("idp"),
            staged: key("staged"),
            other: key("other"),
            sp: key("sp"),
            p256: key("p256"),
            p384: key("p384"),
            p521: key("p521"),
        }
    }
}
