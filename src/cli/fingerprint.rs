//! `entrada fingerprint`: what to pin, from a certificate in any form in which portals and tools hand it out.

use jiff::Timestamp;
use serde::Serialize;

use super::Globals;
use super::certificate::CertificateFacts;
use super::error::CliError;
use super::error::Exit;
use super::files::Source;
use super::files::expand;
use super::input;
use super::output::Report;
use super::output::Style;
use super::output::printable;
use super::progress::Progress;
use crate::admin::certificates::CertificatesError;
use crate::admin::certificates::CertificatesRead;
use crate::admin::certificates::is_xml;
use crate::crypto::CertificateError;
use crate::crypto::certificate_file;

/// Print the SHA-256 fingerprint of certificates, and what else tells them apart
///
/// Reads PEM, DER, base64 .cer, PKCS #7, JSON web key sets, keyCredentials of Microsoft Graph, and the signing certificates of a
/// metadata XML. The SHA-256 line is, to
/// the letter, that of `openssl x509 -noout -sha256 -fingerprint`. Of a directory, all files in and below it that end in
/// .cer, .crt, .pem, .der, .p7b, .p7c or .xml are read; those that hold a private key alone are passed over.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Fingerprint {
    /// Certificate or metadata files, or directories; - reads stdin
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<String>,
    /// The identity provider to choose from metadata that holds several
    #[arg(long, value_name = "URI", value_parser = input::visible)]
    entity_id: Option<String>,
}

const HELP: &str = "\
Examples:
  entrada fingerprint entra.cer
  entrada fingerprint /etc/ssl/entra
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
    /// Parts beside the certificates that are none or sign nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_over: Vec<PassedOver<'a>>,
}

#[derive(Serialize)]
struct PassedOver<'a> {
    file: &'a str,
    what: String,
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
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let now = Timestamp::now();
        let mut found = Fingerprints {
            certificates: Vec::new(),
            errors: Vec::new(),
            passed_over: Vec::new(),
        };
        let sources = expand(&self.files, &ENDINGS)?;
        let progress = Progress::over(sources.len(), globals.json);
        for source in &sources {
            progress.next(&source.name);
            found.take(source, self.entity_id.as_deref(), now);
        }
        drop(progress);
        if found.certificates.is_empty() && found.errors.is_empty() {
            let directories = self.files.join(", ");
            return Err(CliError::input(
                directories,
                "no file in it holds a certificate",
            ));
        }
        let exit = match found.errors.is_empty() {
            true => Exit::Done,
            false => Exit::Usage,
        };
        let errors = found.errors.iter().map(|e| format!("error: {}", e.message));
        let passed_over = found
            .passed_over
            .iter()
            .map(|one| format!("note: {}: passed over {}", one.file, one.what));
        let notes: Vec<String> = errors.chain(passed_over).collect();
        let text = found.text(sources.len() > 1, style);
        Ok(Report::new(text, &found).notes(notes).exit(exit))
    }
}

const ENDINGS: [&str; 7] = ["cer", "crt", "pem", "der", "p7b", "p7c", "xml"];

impl<'a> Fingerprints<'a> {
    fn take(&mut self, source: &'a Source, entity_id: Option<&str>, now: Timestamp) {
        let file = &source.name;
        match certificates(source, entity_id, now) {
            Ok(read) => {
                let passed_over = read.passed_over.iter();
                self.passed_over.extend(passed_over.map(|what| PassedOver {
                    file,
                    what: what.clone(),
                }));
                let facts = read.certificates.iter().map(|certificate| FileCertificate {
                    file,
                    facts: CertificateFacts::of(certificate, now),
                });
                self.certificates.extend(facts);
            }
            Err(error) => self.errors.push(FileError {
                file,
                message: error.to_string(),
            }),
        }
    }

    /// One certificate after the other; with several files, under the name of each.
    fn text(&self, several: bool, style: Style) -> String {
        let mut text = String::new();
        let mut last = None;
        for certificate in &self.certificates {
            if last.is_some() {
                text.push('\n');
            }
            if several && last != Some(certificate.file) {
                text.push_str(&style.bold(&printable(certificate.file)));
                text.push('\n');
            }
            text.push_str(&certificate.facts.text());
            last = Some(certificate.file);
        }
        text
    }
}

fn certificates(
    source: &Source,
    entity_id: Option<&str>,
    now: Timestamp,
) -> Result<CertificatesRead, CliError> {
    let file = source.name.as_str();
    let bytes = input::read(file)?;
    // Keys lie beside certificates; nobody asked for this very file.
    if source.found && !is_xml(&bytes) && holds_none(&bytes) {
        return Ok(CertificatesRead::default());
    }
    let name = input::name(file);
    CertificatesRead::read(&bytes, entity_id, now).map_err(|error| match error {
        CertificatesError::Metadata(error) => input::metadata_error(name, &error, "--entity-id"),
        error => CliError::input(name, error),
    })
}

fn holds_none(bytes: &[u8]) -> bool {
    let read = certificate_file(bytes);
    matches!(read, Err(CertificateError::NoCertificate { .. }))
}
