//! Certificates that are pinned by a file: their SHA-256 is what is trusted, and their validity goes on record at once.

use std::path::Path;
use std::path::PathBuf;

use super::super::error::CliError;
use super::super::fingerprint;
use super::super::input;
use super::super::site::Site;
use crate::connection::Connection;
use crate::crypto::Certificate;
use crate::metadata::PinnedNote;
use crate::trust::note_pinned;

/// The certificates of one file.
pub(super) struct Pinned {
    file: PathBuf,
    certificates: Vec<Certificate>,
}

impl Pinned {
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

/// Reads the certificate of a file, or the signing certificates of metadata. A bundle of certificates is refused: that of an
/// authority in it lasts longer than the one that signs, and would keep the warning away.
///
/// # Errors
/// Why there is none.
pub(super) fn read(file: &Path) -> Result<Pinned, CliError> {
    let octets = input::read_file(file)?;
    let read = fingerprint::certificates_in(&file.display().to_string(), &octets, None)?;
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

/// Puts on record what a connection pins now, and until when the certificates of these files hold.
///
/// # Errors
/// A store that does not answer.
pub(super) fn note(site: &Site, connection: &Connection, files: &[Pinned]) -> Result<(), CliError> {
    let pins = connection.trust().pins();
    if pins.is_empty() {
        return Ok(());
    }
    let note = |source: String, met: &[Certificate]| PinnedNote {
        pinned: pins.to_vec(),
        met: met.to_vec(),
        source,
        now: site.now(),
    };
    let files = files.iter().map(|of| {
        let path = std::path::absolute(&of.file).unwrap_or_else(|_| of.file.clone());
        note(format!("file:{}", path.display()), &of.certificates)
    });
    for note in std::iter::once(note(String::new(), &[])).chain(files) {
        site.ask(|store| note_pinned(store, connection.id(), &note))?;
    }
    Ok(())
}
