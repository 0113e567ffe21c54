//! The flags that say whom a connection trusts, as `connection add` and `connection update` take them.

use std::path::PathBuf;

use super::super::error::CliError;
use super::super::input;
use super::pinned;
use super::pinned::Pinned;
use super::settings::OneOrMore;
use super::settings::Settings;
use crate::crypto::Fingerprint;
use crate::metadata::IdpMetadata;

/// Whom a connection trusts.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("trust").required(true).multiple(true).args(["metadata_url", "metadata_file", "mdq", "fingerprint", "certificate"])))]
#[command(group(clap::ArgGroup::new("pins").multiple(true).args(["fingerprint", "certificate"]).conflicts_with_all(["metadata_url", "metadata_file", "mdq"])))]
pub(super) struct SourceFlags {
    /// Entra: App Federation Metadata Url (it ends in ?appid=...)
    #[arg(long, value_name = "URL", conflicts_with_all = ["metadata_file", "mdq"])]
    metadata_url: Option<String>,
    /// Entra: Federation Metadata XML, downloaded; a server reads it again when it changes
    #[arg(long, value_name = "FILE", conflicts_with = "mdq")]
    metadata_file: Option<PathBuf>,
    /// The base address of a metadata query server, which is asked for --idp-entity-id
    #[arg(long, value_name = "BASE_URL", requires = "idp_entity_id")]
    mdq: Option<String>,
    /// The SHA-256 of the certificate, as `entrada fingerprint` prints it; may be repeated, for the next one
    #[arg(
        long,
        value_name = "SHA256",
        requires = "idp_entity_id",
        requires = "sso_url"
    )]
    fingerprint: Vec<Fingerprint>,
    /// The certificate itself, in place of its SHA-256, in every form that `entrada fingerprint` reads: you are warned from now
    /// on before it ends; may be repeated, for the next one
    #[arg(
        long,
        value_name = "FILE",
        requires = "idp_entity_id",
        requires = "sso_url"
    )]
    certificate: Vec<PathBuf>,
    /// Entra: Microsoft Entra Identifier; with metadata, the identity provider to choose where there are several
    #[arg(long, value_name = "URI")]
    idp_entity_id: Option<String>,
    /// Entra: Login URL
    #[arg(long, value_name = "URL", requires = "pins")]
    sso_url: Option<String>,
    /// Entra: Logout URL
    #[arg(long, value_name = "URL", requires = "pins")]
    slo_url: Option<String>,
    /// Take no metadata but what this certificate's key has signed; may be repeated
    #[arg(long, value_name = "FILE|SHA256")]
    metadata_signer: Vec<String>,
    /// Fetch metadata from the public internet alone: for addresses that strangers type
    #[arg(long)]
    refuse_private_addresses: bool,
    /// Use metadata for so long after its validUntil: up to 2592000 [default: 0]
    #[arg(long, value_name = "SECONDS")]
    validity_grace: Option<u64>,
}

impl SourceFlags {
    /// A file on the command line that cannot be read is unreadable input; in a file of settings it is one problem
    /// among others.
    pub(super) fn read_files(&self) -> Result<(), CliError> {
        if let Some(file) = &self.metadata_file {
            let bytes = input::read_file(file)?;
            IdpMetadata::read(&bytes, self.idp_entity_id.as_deref()).map_err(|error| {
                input::metadata_error(file.display(), &error, "--idp-entity-id")
            })?;
        }
        self.pinned().map(drop)
    }

    /// True if anything was given here.
    pub(super) fn is_given(&self) -> bool {
        let lists = [
            self.certificate.len(),
            self.fingerprint.len(),
            self.metadata_signer.len(),
        ];
        let texts = [
            &self.metadata_url,
            &self.mdq,
            &self.idp_entity_id,
            &self.sso_url,
            &self.slo_url,
        ];
        lists.iter().any(|list| *list > 0)
            || texts.iter().any(|text| text.is_some())
            || self.metadata_file.is_some()
            || self.refuse_private_addresses
            || self.validity_grace.is_some()
    }

    /// The pinned certificates that were given whole.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn pinned(&self) -> Result<Vec<Pinned>, CliError> {
        self.certificate
            .iter()
            .map(|file| pinned::read(file))
            .collect()
    }

    /// Settings that say whom to trust, and nothing else.
    pub(super) fn settings(&self) -> Settings {
        let pins = self.fingerprint.iter().map(ToString::to_string).collect();
        let certificates = self.certificate.iter();
        let certificates = certificates
            .map(|file| file.display().to_string())
            .collect();
        Settings {
            metadata_url: self.metadata_url.clone(),
            metadata_file: self.metadata_file.clone(),
            mdq: self.mdq.clone(),
            fingerprint: OneOrMore::More(pins),
            certificate: OneOrMore::More(certificates),
            idp_entity_id: self.idp_entity_id.clone(),
            sso_url: self.sso_url.clone(),
            slo_url: self.slo_url.clone(),
            metadata_signer: OneOrMore::More(self.metadata_signer.clone()),
            refuse_private_addresses: self.refuse_private_addresses,
            validity_grace: self.validity_grace,
            ..Settings::default()
        }
    }
}
