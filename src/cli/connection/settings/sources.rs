//! The sources of trust that the settings name: addresses, files and pinned certificates.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::Settings;
use crate::cli::connection::pinned;
use crate::cli::connection::pinned::Pinned;
use crate::cli::input;
use crate::connection::AddressPolicy;
use crate::connection::MetadataPolicy;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::certificates_from_bytes;
use crate::metadata::MetadataSigner;
use crate::metadata::document_text;

impl Settings {
    pub(super) fn names_a_source(&self) -> bool {
        self.metadata_url.is_some()
            || self.mdq.is_some()
            || self.metadata_file.is_some()
            || self.pins()
    }

    fn pins(&self) -> bool {
        !self.fingerprint.as_slice().is_empty() || !self.certificate.as_slice().is_empty()
    }

    /// The pinned certificates that are given whole; those that cannot be read were reported with the connection.
    pub(in crate::cli::connection) fn pinned_files(&self, folder: &Path) -> Vec<Pinned> {
        let files = self.certificate.as_slice().iter();
        let files = files.filter_map(|file| pinned::read(&folder.join(file)).ok());
        files.collect()
    }

    /// The trust sources that the settings name; a connection is to have exactly one.
    pub(in crate::cli::connection) fn sources(
        &self,
        folder: &Path,
        problems: &mut Vec<String>,
    ) -> Vec<TrustSource> {
        let mut sources = self.fetched(folder, problems);
        if let Some(file) = &self.metadata_file {
            match read_metadata(&folder.join(file)) {
                Ok(xml) => sources.push(TrustSource::MetadataXml {
                    xml,
                    file: Some(watched(&folder.join(file))),
                    entity_id: self.idp_entity_id.clone(),
                }),
                Err(problem) => problems.push(problem),
            }
        }
        if self.pins() {
            sources.extend(self.pinned(folder, problems));
        } else if self.sso_url.is_some() || self.slo_url.is_some() {
            problems.push(
                "sso-url and slo-url belong to a fingerprint; metadata has its own".to_owned(),
            );
        }
        sources
    }

    /// The sources that are fetched, and what is asked of their documents.
    fn fetched(&self, folder: &Path, problems: &mut Vec<String>) -> Vec<TrustSource> {
        let policy = self.policy(folder, problems);
        if policy != MetadataPolicy::default() && self.metadata_url.is_none() && self.mdq.is_none()
        {
            problems.push(
                "metadata-signer, refuse-private-addresses and validity-grace belong to metadata-url or mdq: nothing else is fetched"
                    .to_owned(),
            );
        }
        let url = self
            .metadata_url
            .iter()
            .map(|url| TrustSource::MetadataUrl {
                url: url.clone(),
                entity_id: self.idp_entity_id.clone(),
                policy: policy.clone(),
            });
        let mut sources: Vec<TrustSource> = url.collect();
        match (&self.mdq, &self.idp_entity_id) {
            (Some(base_url), Some(entity_id)) => sources.push(TrustSource::MetadataQuery {
                base_url: base_url.clone(),
                entity_id: entity_id.clone(),
                policy,
            }),
            (Some(_), None) => {
                problems.push("mdq needs idp-entity-id: the entity to ask for".to_owned());
            }
            (None, _) => {}
        }
        sources
    }

    fn policy(&self, folder: &Path, problems: &mut Vec<String>) -> MetadataPolicy {
        MetadataPolicy {
            signer: self.signer(folder, problems),
            addresses: match self.refuse_private_addresses {
                true => AddressPolicy::PublicOnly,
                false => AddressPolicy::Any,
            },
            grace: Duration::from_secs(self.validity_grace.unwrap_or_default()),
        }
    }

    /// The pinned signer: fingerprints, or the certificates of files.
    fn signer(&self, folder: &Path, problems: &mut Vec<String>) -> Option<MetadataSigner> {
        let mut pins = Vec::new();
        let mut pem = String::new();
        for text in self.metadata_signer.as_slice() {
            match Fingerprint::parse(text) {
                Ok(pin) => pins.push(pin),
                Err(_) => match read_certificates(&folder.join(text)) {
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

    fn pinned(&self, folder: &Path, problems: &mut Vec<String>) -> Option<TrustSource> {
        let mut fingerprints: Vec<Fingerprint> = Vec::new();
        for text in self.fingerprint.as_slice() {
            match Fingerprint::parse(text) {
                Ok(fingerprint) => fingerprints.push(fingerprint),
                Err(error) => problems.push(format!("fingerprint: {error}")),
            }
        }
        for file in self.certificate.as_slice() {
            match pinned::read(&folder.join(file)) {
                Ok(pinned) => {
                    fingerprints.extend(pinned.certificates().iter().map(Certificate::fingerprint))
                }
                Err(problem) => problems.push(format!("certificate: {problem}")),
            }
        }
        // One that is given by its SHA-256 and by a file is one.
        let mut seen = BTreeSet::new();
        fingerprints.retain(|one| seen.insert(*one.as_bytes()));
        if self.idp_entity_id.is_none() || self.sso_url.is_none() {
            problems.push(
                "a fingerprint needs idp-entity-id and sso-url beside it (Entra: Microsoft Entra Identifier and Login URL)"
                    .to_owned(),
            );
        }
        Some(TrustSource::Fingerprint {
            fingerprints,
            entity_id: self.idp_entity_id.clone()?,
            sso_url: self.sso_url.clone()?,
            slo_url: self.slo_url.clone(),
        })
    }
}

/// The path by which a server finds the file, wherever it is started.
fn watched(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}

/// The certificates of a file in PEM.
fn read_certificates(path: &Path) -> Result<String, String> {
    let bytes = input::read_file(path)
        .map_err(|error| format!("expected a SHA-256 or a file with certificates: {error}"))?;
    let certificates =
        certificates_from_bytes(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(certificates.iter().map(Certificate::to_pem).collect())
}

fn read_metadata(path: &Path) -> Result<String, String> {
    let bytes = input::read_file(path).map_err(|error| error.to_string())?;
    let text = document_text(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.into_owned())
}
