//! `entrada fingerprint`: what to pin, from a certificate in any of the forms in which portals and tools hand
//! it out.

use jiff::Timestamp;
use serde::Serialize;

use super::certificate::CertificateFacts;
use super::error::CliError;
use super::error::Exit;
use super::input;
use super::output::Report;
use super::output::Style;
use crate::crypto::Certificate;
use crate::crypto::certificates_from_bytes;
use crate::metadata::IdpMetadata;

/// Print the SHA-256 fingerprint of certificates, and what else tells them apart
///
/// Reads PEM, DER, base64 .cer, PKCS #7, and the signing certificates of a metadata XML. The SHA-256 line is, to
/// the letter, that of `openssl x509 -noout -sha256 -fingerprint`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Fingerprint {
    /// Certificate or metadata files; - reads stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The identity provider to choose from metadata that holds several
    #[arg(long, value_name = "URI")]
    entity_id: Option<String>,
}

const HELP: &str = "\
Examples:
  entrada fingerprint entra.cer
  entrada fingerprint --json acme.xml | jq -r '.certificates[].sha256'
  openssl s_client -connect idp.example:443 </dev/null | entrada fingerprint -

Exit codes:
  0  every file was read
  2  wrong usage, or a file without a certificate (the others are printed)";

#[derive(Serialize)]
struct Fingerprints<'a> {
    certificates: Vec<FileCertificate<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FileError<'a>>,
}

#[derive(Serialize)]
struct FileCertificate<'a> {
    file: &'a str,
    #[serde(flatten)]
    facts: CertificateFacts,
}

#[derive(Serialize)]
struct FileError<'a> {
    file: &'a str,
    message: String,
}

impl Fingerprint {
    pub(super) fn run(self, style: Style) -> Result<Report, CliError> {
        let now = Timestamp::now();
        let mut found = Fingerprints {
            certificates: Vec::new(),
            errors: Vec::new(),
        };
        for file in &self.files {
            match certificates(file, self.entity_id.as_deref()) {
                Ok(certificates) => {
                    found
                        .certificates
                        .extend(certificates.iter().map(|certificate| FileCertificate {
                            file,
                            facts: CertificateFacts::of(certificate, now),
                        }))
                }
                Err(error) => found.errors.push(FileError {
                    file,
                    message: error.to_string(),
                }),
            }
        }
        let exit = match found.errors.is_empty() {
            true => Exit::Done,
            false => Exit::Usage,
        };
        let notes = found.errors.iter().map(|e| format!("error: {}", e.message));
        let notes: Vec<String> = notes.collect();
        Ok(Report::new(text(&found, &self.files, style), &found)
            .notes(notes)
            .exit(exit))
    }
}

fn certificates(file: &str, entity_id: Option<&str>) -> Result<Vec<Certificate>, CliError> {
    let octets = input::read(file)?;
    let unreadable = |reason: String| CliError::input(input::name(file), reason);
    if !is_xml(&octets) {
        return certificates_from_bytes(&octets).map_err(|error| unreadable(error.to_string()));
    }
    let metadata = IdpMetadata::read(&octets, entity_id)
        .map_err(|error| input::metadata_error(input::name(file), &error, "--entity-id"))?;
    match (metadata.signing_certificates(), metadata.skipped_keys()) {
        ([], []) => Err(unreadable("the metadata has no signing key".to_owned())),
        ([], [skipped, ..]) => Err(unreadable(format!(
            "the metadata has no usable signing certificate: {}",
            skipped.reason()
        ))),
        (certificates, _) => Ok(certificates.to_vec()),
    }
}

/// Whether the octets are markup, perhaps after a byte order mark and white space.
fn is_xml(octets: &[u8]) -> bool {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    octets.trim_ascii_start().starts_with(b"<")
}

/// One certificate after the other; with several files, under the name of each.
fn text(found: &Fingerprints<'_>, files: &[String], style: Style) -> String {
    let mut text = String::new();
    let mut last = None;
    for certificate in &found.certificates {
        if last.is_some() {
            text.push('\n');
        }
        if files.len() > 1 && last != Some(certificate.file) {
            text.push_str(&style.bold(&super::output::printable(certificate.file)));
            text.push('\n');
        }
        text.push_str(&certificate.facts.text());
        last = Some(certificate.file);
    }
    text
}
