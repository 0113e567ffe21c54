//! Our own key pair, as the settings name it.

use std::fmt::Display;
use std::path::Path;

use jiff::Timestamp;

use super::Settings;
use crate::admin::keys::generate;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::connection::SpKey;
use crate::crypto::Certificate;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;

impl Settings {
    /// The key pair that the settings name; a new one where requests are to be signed and there is none.
    pub(super) fn key_pair(
        &self,
        folder: &Path,
        keyless: bool,
        problems: &mut Vec<String>,
    ) -> Option<SpKey> {
        if self.sign_requests && keyless && self.sp_key.is_none() && self.sp_cert.is_none() {
            return generate(&self.id, Timestamp::now())
                .map_err(|error| problems.push(error.to_string()))
                .ok();
        }
        match (&self.sp_key, &self.sp_cert) {
            (None, None) => None,
            (Some(key), Some(certificate)) => {
                let pair = read_key_pair(&folder.join(key), &folder.join(certificate));
                pair.map_err(|error| problems.push(error.to_string())).ok()
            }
            _ => {
                problems.push("sp-key and sp-cert go together".to_owned());
                None
            }
        }
    }
}

/// Our key pair from its two files, in whichever form they are. Of several certificates, that of the key counts.
pub(in crate::cli::connection) fn read_key_pair(
    key: &Path,
    certificate: &Path,
) -> Result<SpKey, CliError> {
    let unreadable = |path: &Path, error: &dyn Display| CliError::input(path.display(), error);
    let read = SigningKey::from_bytes(&input::read_file(key)?);
    let signing = read.map_err(|error| unreadable(key, &error))?;
    let read = certificates_from_bytes(&input::read_file(certificate)?);
    let certificates = read.map_err(|error| unreadable(certificate, &error))?;
    let own = |one: &&Certificate| *one.key() == signing.verifying_key();
    match certificates.iter().find(own) {
        Some(own) => Ok(SpKey::new(signing.to_pem(), own.to_pem())),
        None => Err(unreadable(
            certificate,
            &format!("it is not the certificate of the key in {}", key.display()),
        )),
    }
}
