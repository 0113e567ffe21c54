//! The certificate that a server shows to its clients, with its private key, as they stand in files.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use openssl::error::ErrorStack;

use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::KeyError;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;

/// The two files of a server: a certificate with its chain, and the private key of the certificate.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A certificate and the private key that belongs to it.
pub(crate) struct Pair {
    pub(crate) certificate: Certificate,
    /// The certificates of those who issued it.
    pub(crate) chain: Vec<Certificate>,
    pub(crate) key: SigningKey,
}

/// The reason for which a server cannot show a certificate.
#[derive(thiserror::Error)]
#[cfg_attr(not(feature = "tls"), allow(unreachable_pub))]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("cannot read {file}: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// The reason.
        error: io::Error,
    },
    /// A file that holds no certificates, or one that is refused.
    #[error("the certificate in {file}: {error}")]
    Certificate {
        /// The file.
        file: String,
        /// The reason.
        error: CertificateError,
    },
    /// A file that holds no private key, or one that is refused.
    #[error("the private key in {file}: {error}")]
    Key {
        /// The file.
        file: String,
        /// The reason.
        error: KeyError,
    },
    /// The key of another certificate.
    #[error("the private key in {key} belongs to no certificate in {certificate}")]
    Mismatch {
        /// The file of the key.
        key: String,
        /// The file of the certificate.
        certificate: String,
    },
    /// The validity of the certificate is over.
    #[error("the certificate in {file} expired at {end}")]
    Expired {
        /// The file.
        file: String,
        /// The end of the validity.
        end: Timestamp,
    },
    /// OpenSSL refuses them for a reason of its own.
    #[error("OpenSSL refuses the certificate in {file}: {error}")]
    OpenSsl {
        /// The file.
        file: String,
        /// The reason.
        error: ErrorStack,
    },
}
debug_as_sentence!(TlsError);

impl TlsFiles {
    /// Reads both files. The certificate of the key may stand anywhere among those of the chain.
    pub(crate) fn read(&self) -> Result<Pair, TlsError> {
        let refused = |error| TlsError::Certificate {
            file: shown(&self.certificate),
            error,
        };
        let mut chain = certificates_from_bytes(&contents(&self.certificate)?).map_err(refused)?;
        let key = SigningKey::from_bytes(&contents(&self.key)?);
        let key = key.map_err(|error| TlsError::Key {
            file: shown(&self.key),
            error,
        })?;
        let public = key.verifying_key();
        let Some(own) = chain.iter().position(|one| *one.key() == public) else {
            return Err(TlsError::Mismatch {
                key: shown(&self.key),
                certificate: shown(&self.certificate),
            });
        };
        Ok(Pair {
            certificate: chain.remove(own),
            chain,
            key,
        })
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(TlsError::Unreadable {
            file: shown(path),
            error,
        }),
    }
}

pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// More than any certificate and its chain have.
const BYTES_MAX: u64 = 1024 * 1024;
