//! Problems of the certificate that a server shows, and of the private key beside it.

use std::path::PathBuf;

use jiff::Timestamp;

use super::finding::Finding;
use super::store_file::secret_file;
use crate::admin::certificates::days;
use crate::admin::tls_files::TlsError;
use crate::admin::tls_files::TlsFiles;
use crate::admin::tls_files::shown;
use crate::metadata::ExpiryLevel;

/// Checks the files that `tls-cert` and `tls-key` name.
pub fn tls(certificate: PathBuf, key: PathBuf, now: Timestamp) -> Vec<Finding> {
    let finding = |code, message| Finding::new("configuration", code, message);
    let files = TlsFiles { certificate, key };
    let mut findings = Vec::new();
    match files.read() {
        Ok(pair) => findings.extend(ending(&files, pair.certificate.not_after(), now)),
        Err(error @ TlsError::Mismatch { .. }) => {
            findings.push(finding("tls-key-does-not-fit", error.to_string()));
        }
        Err(error) => findings.push(finding("tls-files", error.to_string())),
    }
    let what = "the private key";
    findings.extend(secret_file(&files.key, "tls-key-readable", what));
    findings
}

/// Finds an end that is near. Certificates of some authorities last for weeks, and are renewed in the last third of that.
fn ending(files: &TlsFiles, end: Timestamp, now: Timestamp) -> Option<Finding> {
    let level = ExpiryLevel::of(end, now).filter(|level| *level >= ExpiryLevel::SevenDays)?;
    let left = (end.as_second() - now.as_second()).div_euclid(24 * 60 * 60);
    let when = match level {
        ExpiryLevel::Past => format!("expired {} ago", days(-left)),
        _ => format!("expires in {}", days(left)),
    };
    let file = shown(&files.certificate);
    let message = format!(
        "the certificate in {file} {when}: put a new one there, and its key beside it; a server reads both again by itself"
    );
    Some(Finding {
        days: Some(level.days()),
        ..Finding::new("configuration", "tls-certificate-ends", message)
    })
}
