//! The source of trust that settings name: addresses, files and pinned certificates, read once.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::super::Unreadable;
use super::super::certificates::CertificatesRead;
use super::given::GivenSettings;
use crate::connection::AddressPolicy;
use crate::connection::MetadataPolicy;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::certificates_from_bytes;
use crate::metadata::MetadataSigner;
use crate::metadata::SeenCertificates;
use crate::metadata::document_text;

/// The files that settings name.
pub struct Files<'f> {
    /// The folder that they are looked for in.
    pub folder: &'f Path,
    /// Reads one of them whole.
    pub read: fn(&Path) -> Result<Vec<u8>, Unreadable>,
    /// The present moment.
    pub now: Timestamp,
}

/// The sources of trust that settings name; a connection has exactly one.
#[derive(Default)]
pub struct SourcesRead {
    /// The sources.
    pub sources: Vec<TrustSource>,
    /// Pinned certificates that were given whole.
    pub met: Vec<SeenCertificates>,
    /// Everything that is wrong with them.
    pub problems: Vec<String>,
    /// The pinned certificate, or key, that cannot be read.
    pub unreadable: Option<Unreadable>,
}

impl GivenSettings {
    /// True if a source of trust is named, readable or not.
    pub(super) fn names_a_source(&self) -> bool {
        self.has("metadata-url") || self.has("mdq") || self.has("metadata-file") || self.pins()
    }

    fn pins(&self) -> bool {
        self.has("fingerprint") || self.has("certificate")
    }

    /// Reads the sources of trust.
    pub fn sources(&self, files: &Files<'_>) -> SourcesRead {
        let mut read = SourcesRead::default();
        self.fetched(files, &mut read);
        for file in self.paths("metadata-file") {
            let path = files.folder.join(file);
            match read_metadata(&path, files) {
                Ok(xml) => read.sources.push(TrustSource::MetadataXml {
                    xml,
                    file: Some(watched(&path)),
                    entity_id: self.text("idp-entity-id"),
                }),
                Err(problem) => read.problems.push(problem),
            }
        }
        if self.pins() {
            self.pinned(files, &mut read);
        } else if self.has("sso-url") || self.has("slo-url") {
            let problem = "sso-url and slo-url belong to a fingerprint; metadata has its own";
            read.problems.push(problem.to_owned());
        }
        read
    }

    /// Reads the sources that are fetched, and what is asked of their documents.
    fn fetched(&self, files: &Files<'_>, read: &mut SourcesRead) {
        let grace = self.values("validity-grace").first();
        let policy = MetadataPolicy {
            signer: self.signer(files, &mut read.problems),
            addresses: match self.has("refuse-private-addresses") {
                true => AddressPolicy::PublicOnly,
                false => AddressPolicy::Any,
            },
            grace: Duration::from_secs(grace.and_then(Value::as_u64).unwrap_or_default()),
        };
        let (url, mdq) = (self.text("metadata-url"), self.text("mdq"));
        if policy != MetadataPolicy::default() && url.is_none() && mdq.is_none() {
            read.problems.push(
                "metadata-signer, refuse-private-addresses and validity-grace belong to metadata-url or mdq: nothing else is fetched"
                    .to_owned(),
            );
        }
        let entity_id = self.text("idp-entity-id");
        read.sources.extend(url.map(|url| TrustSource::MetadataUrl {
            url,
            entity_id: entity_id.clone(),
            policy: policy.clone(),
        }));
        match (mdq, entity_id) {
            (Some(base_url), Some(entity_id)) => read.sources.push(TrustSource::MetadataQuery {
                base_url,
                entity_id,
                policy,
            }),
            (Some(_), None) => {
                let problem = "mdq needs idp-entity-id: the entity to ask for";
                read.problems.push(problem.to_owned());
            }
            (None, _) => {}
        }
    }

    /// The pinned signer: fingerprints, or the certificates of files.
    fn signer(&self, files: &Files<'_>, problems: &mut Vec<String>) -> Option<MetadataSigner> {
        let mut pins = Vec::new();
        let mut pem = String::new();
        for text in self.texts("metadata-signer") {
            match Fingerprint::parse(text) {
                Ok(pin) => pins.push(pin),
                Err(_) => match read_certificates(&files.folder.join(text), files) {
                    Ok(certificates) => pem.push_str(&certificates),
                    Err(problem) => problems.push(format!("metadata-signer: {problem}")),
                },
            }
        }
        match (pins.is_empty(), pem.is_empty()) {
            (true, true) => None,
            (false, true) => Some(MetadataSigner::Fingerprints(pins)),
            (true, false) => Some(MetadataSigner::Certificates(pem)),
            (false, false) => {
                let problem = "metadata-signer: expected fingerprints or files, not both";
                problems.push(problem.to_owned());
                None
            }
        }
    }

    fn pinned(&self, files: &Files<'_>, read: &mut SourcesRead) {
        let mut fingerprints: Vec<Fingerprint> = Vec::new();
        for text in self.texts("fingerprint") {
            match Fingerprint::parse(text) {
                Ok(fingerprint) => fingerprints.push(fingerprint),
                Err(error) => read.problems.push(format!("fingerprint: {error}")),
            }
        }
        for file in self.paths("certificate") {
            let path = files.folder.join(file);
            match read_pinned(&path, files) {
                Ok(certificates) => {
                    fingerprints.extend(certificates.iter().map(Certificate::fingerprint));
                    read.met.push(SeenCertificates {
                        source: format!("file:{}", watched(&path)),
                        certificates,
                    });
                }
                Err(error) => {
                    read.problems.push(format!("certificate: {error}"));
                    read.unreadable.get_or_insert(error);
                }
            }
        }
        // One that is given by its SHA-256 and by a file is one.
        let mut seen = BTreeSet::new();
        fingerprints.retain(|one| seen.insert(*one.as_bytes()));
        match (self.text("idp-entity-id"), self.text("sso-url")) {
            (Some(entity_id), Some(sso_url)) => read.sources.push(TrustSource::Fingerprint {
                fingerprints,
                entity_id,
                sso_url,
                slo_url: self.text("slo-url"),
            }),
            _ => read.problems.push(
                "a fingerprint needs idp-entity-id and sso-url beside it (Entra: Microsoft Entra Identifier and Login URL)"
                    .to_owned(),
            ),
        }
    }
}

/// The path by which a server finds the file, wherever it is started.
fn watched(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}

/// Reads the certificate of a file, or the signing certificates of metadata. A bundle of certificates is refused: that of an
/// authority in it lasts longer than the one that signs, and would keep the warning away.
fn read_pinned(path: &Path, files: &Files<'_>) -> Result<Vec<Certificate>, Unreadable> {
    let bytes = (files.read)(path)?;
    let read = CertificatesRead::read(&bytes, None, files.now)
        .map_err(|error| Unreadable::new(path, error))?;
    match read.certificates.len() {
        several if several != 1 && !read.is_metadata => Err(Unreadable::new(
            path,
            format!(
                "expected one certificate, found {several}: give a file for each that signs (entrada fingerprint prints them)"
            ),
        )),
        _ => Ok(read.certificates),
    }
}

fn read_certificates(path: &Path, files: &Files<'_>) -> Result<String, String> {
    let bytes = (files.read)(path)
        .map_err(|error| format!("expected a SHA-256 or a file with certificates: {error}"))?;
    let certificates =
        certificates_from_bytes(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(certificates.iter().map(Certificate::to_pem).collect())
}

fn read_metadata(path: &Path, files: &Files<'_>) -> Result<String, String> {
    let bytes = (files.read)(path).map_err(|error| error.to_string())?;
    let text = document_text(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.into_owned())
}
