//! Certificates that are pinned by a file: their SHA-256 is what is trusted, and their validity goes on record at once.

use std::path::Path;
use std::path::PathBuf;

use super::super::error::CliError;
use super::super::fingerprint;
use super::super::input;
use crate::crypto::Certificate;
use crate::metadata::SeenCertificates;

/// The certificates of one file.
pub(super) struct Pinned {
    file: PathBuf,
    certificates: Vec<Certificate>,
}

impl Pinned {
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The same, for the record of the connection that pins them.
    pub(super) fn met(&self) -> SeenCertificates {
        let path = std::path::absolute(&self.file).unwrap_or_else(|_| self.file.clone());
        SeenCertificates {
            source: format!("file:{}", path.display()),
            certificates: self.certificates.clone(),
        }
    }
}

/// Reads the certificate of a file, or the signing certificates of metadata. A bundle of certificates is refused: that of an
/// authority in it lasts longer than the one that signs, and would keep the warning away.
///
/// # Errors
/// The reason why there is no such certificate.
pub(super) fn read(file: &Path) -> Result<Pinned, CliError> {
    let bytes = input::read_file(file)?;
    let read = fingerprint::certificates_in(&file.display().to_string(), &bytes, None)?;
    match read.certificates.as_slice() {
        [_] => {}
        _ if read.is_metadata => {}
        several => {
            let reason = format!(
                "expected one certificate, found {}: give a file for each that signs (entrada fingerprint prints them)",
                several.len()
            );
            return Err(CliError::input(file.display(), reason));
        }
    }
    Ok(Pinned {
        file: file.to_owned(),
        certificates: read.certificates,
    })
}
