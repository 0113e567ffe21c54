//! The settings of a connection as people write them, on the command line or in a TOML file, and what becomes
//! of them: a connection, or everything that is wrong with them.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::num::NonZeroU32;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::super::error::CliError;
use super::super::input;
use super::super::key;
use super::pinned;
use super::pinned::Pinned;
use crate::connection::AddressPolicy;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::GroupChange;
use crate::connection::LinkRule;
use crate::connection::MetadataPolicy;
use crate::connection::ScimRate;
use crate::connection::SignOnPolicy;
use crate::connection::SpKey;
use crate::connection::SpKeys;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;
use crate::metadata::MetadataSigner;
use crate::metadata::document_text;
use crate::saml::AuthnContextClass;
use crate::saml::Binding;
use crate::saml::RequestOptions;
use crate::scim::ExtensionDeclaration;

/// The settings of one connection. In a TOML file the names are those of the flags.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) metadata_url: Option<String>,
    pub(super) metadata_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) fingerprint: OneOrMore,
    /// Files with a certificate to pin.
    #[serde(default)]
    pub(super) certificate: OneOrMore,
    pub(super) idp_entity_id: Option<String>,
    pub(super) sso_url: Option<String>,
    pub(super) slo_url: Option<String>,
    /// The address of a metadata query server.
    pub(super) mdq: Option<String>,
    /// Fingerprints, or files with certificates.
    #[serde(default)]
    pub(super) metadata_signer: OneOrMore,
    #[serde(default)]
    pub(super) refuse_private_addresses: bool,
    /// In seconds.
    pub(super) validity_grace: Option<u64>,
    pub(super) sp_entity_id: Option<String>,
    pub(super) acs_url: Option<String>,
    pub(super) relay_state: Option<String>,
    #[serde(default)]
    pub(super) relay_state_target: OneOrMore,
    #[serde(default)]
    pub(super) host: OneOrMore,
    #[serde(default)]
    pub(super) email_domain: OneOrMore,
    #[serde(default)]
    pub(super) unlisted: bool,
    #[serde(default)]
    pub(super) allow_idp_initiated: bool,
    #[serde(default)]
    pub(super) jit: bool,
    pub(super) sign_on: Option<SignOnPolicy>,
    pub(super) link_rule: Option<LinkRule>,
    pub(super) group_change: Option<GroupChange>,
    pub(super) seats: Option<u32>,
    /// In seconds.
    pub(super) session_idle: Option<u64>,
    /// In seconds.
    pub(super) session_lifetime: Option<u64>,
    pub(super) tenant: Option<String>,
    pub(super) name_id_format: Option<String>,
    #[serde(default)]
    pub(super) authn_context: OneOrMore,
    #[serde(default)]
    pub(super) sign_requests: bool,
    /// `redirect` or `post`.
    pub(super) request_binding: Option<String>,
    /// Requests a second.
    pub(super) scim_rate: Option<NonZeroU32>,
    pub(super) scim_burst: Option<NonZeroU32>,
    #[serde(default)]
    pub(super) scim_extension: Vec<ExtensionDeclaration>,
    pub(super) sp_key: Option<PathBuf>,
    pub(super) sp_cert: Option<PathBuf>,
}

/// One text, or a list of them.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Default for OneOrMore {
    fn default() -> OneOrMore {
        OneOrMore::More(Vec::new())
    }
}

impl OneOrMore {
    fn as_slice(&self) -> &[String] {
        match self {
            OneOrMore::One(text) => std::slice::from_ref(text),
            OneOrMore::More(texts) => texts,
        }
    }
}

impl Settings {
    /// Makes the connection; files are looked for beside `folder`, and `keys` are those that it has already. Whom it
    /// trusts is not asked here.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub(super) fn connection(
        &self,
        folder: &Path,
        keys: SpKeys,
    ) -> Result<Connection, Vec<String>> {
        let mut problems = Vec::new();
        let keyless = keys.is_empty();
        let mut builder = Connection::builder(&self.id)
            .sp_keys(keys)
            .request_options(self.request_options())
            .scim_rate(self.scim_rate());
        for source in self.sources(folder, &mut problems) {
            builder = builder.trust(source);
        }
        if let Some(name) = &self.display_name {
            builder = builder.display_name(name);
        }
        if let Some(entity_id) = &self.sp_entity_id {
            builder = builder.sp_entity_id(entity_id);
        }
        if let Some(url) = &self.acs_url {
            builder = builder.acs_url(url);
        }
        if let Some(path) = &self.relay_state {
            builder = builder.default_relay_state(path);
        }
        for path in self.relay_state_target.as_slice() {
            builder = builder.relay_state_target(path);
        }
        for name in self.host.as_slice() {
            builder = builder.host(name);
        }
        for domain in self.email_domain.as_slice() {
            builder = builder.email_domain(domain);
        }
        if self.unlisted {
            builder = builder.unlisted();
        }
        if self.allow_idp_initiated {
            builder = builder.allow_idp_initiated();
        }
        if self.jit && self.sign_on.is_some() {
            problems.push("jit: expected it without sign-on, which says the same".to_owned());
        }
        builder = self.directory(builder);
        if let Some(seconds) = self.session_lifetime {
            builder = builder.session_lifetime(Duration::from_secs(seconds));
        }
        if let Some(tenant) = &self.tenant {
            builder = builder.tenant(tenant);
        }
        if let Some(key) = self.key_pair(folder, keyless, &mut problems) {
            builder = builder.sp_key(key);
        }
        for extension in &self.scim_extension {
            builder = builder.scim_extension(extension.clone());
        }
        if self.sign_requests {
            builder = builder.sign_requests();
        }
        match self.request_binding.as_deref() {
            None => {}
            Some("redirect") => builder = builder.request_binding(Binding::HttpRedirect),
            Some("post") => builder = builder.request_binding(Binding::HttpPost),
            Some(_) => problems.push("request-binding: expected redirect or post".to_owned()),
        }
        match builder.build() {
            Ok(connection) if problems.is_empty() => Ok(connection),
            Ok(_) => Err(problems),
            Err(error) => {
                // A source that could not be read has been reported already.
                let missing = |problem: &String| {
                    !(problem.starts_with("no trust source") && self.names_a_source())
                };
                problems.extend(
                    error
                        .problems()
                        .iter()
                        .map(ToString::to_string)
                        .filter(missing),
                );
                Err(problems)
            }
        }
    }

    /// Who may sign in, as whom, and for how long.
    pub(super) fn directory(&self, mut builder: ConnectionBuilder) -> ConnectionBuilder {
        if self.jit {
            builder = builder.just_in_time();
        }
        if let Some(policy) = self.sign_on {
            builder = builder.sign_on(policy);
        }
        if let Some(rule) = self.link_rule {
            builder = builder.link_rule(rule);
        }
        if let Some(change) = self.group_change {
            builder = builder.group_change(change);
        }
        if let Some(seats) = self.seats {
            builder = builder.seats(seats);
        }
        if let Some(seconds) = self.session_idle {
            builder = builder.session_idle(Duration::from_secs(seconds));
        }
        builder
    }

    fn request_options(&self) -> RequestOptions {
        let contexts = self.authn_context.as_slice().iter().cloned();
        RequestOptions {
            name_id_format: self.name_id_format.clone(),
            authn_context: contexts.map(AuthnContextClass).collect(),
            ..RequestOptions::default()
        }
    }

    fn scim_rate(&self) -> ScimRate {
        let default = ScimRate::default();
        ScimRate {
            per_second: self.scim_rate.unwrap_or(default.per_second),
            burst: self.scim_burst.unwrap_or(default.burst),
        }
    }

    fn names_a_source(&self) -> bool {
        self.metadata_url.is_some()
            || self.mdq.is_some()
            || self.metadata_file.is_some()
            || self.pins()
    }

    fn pins(&self) -> bool {
        !self.fingerprint.as_slice().is_empty() || !self.certificate.as_slice().is_empty()
    }

    /// The pinned certificates that are given whole; those that cannot be read were reported with the connection.
    pub(super) fn pinned_files(&self, folder: &Path) -> Vec<Pinned> {
        let files = self.certificate.as_slice().iter();
        let files = files.filter_map(|file| pinned::read(&folder.join(file)).ok());
        files.collect()
    }

    /// The trust sources that the settings name; a connection is to have exactly one.
    pub(super) fn sources(&self, folder: &Path, problems: &mut Vec<String>) -> Vec<TrustSource> {
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

    /// The key pair that the settings name; a new one where requests are to be signed and there is none.
    fn key_pair(&self, folder: &Path, keyless: bool, problems: &mut Vec<String>) -> Option<SpKey> {
        if self.sign_requests && keyless && self.sp_key.is_none() && self.sp_cert.is_none() {
            return key::generate(&self.id)
                .map_err(|error| problems.push(error.to_string()))
                .ok();
        }
        match (&self.sp_key, &self.sp_cert) {
            (None, None) => None,
            (Some(key), Some(certificate)) => {
                let pair = key_pair(&folder.join(key), &folder.join(certificate));
                pair.map_err(|error| problems.push(error.to_string())).ok()
            }
            _ => {
                problems.push("sp-key and sp-cert go together".to_owned());
                None
            }
        }
    }
}

/// The path by which a server finds the file, wherever it is started.
fn watched(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}

/// Our key pair from its two files, in whichever form they are. Of several certificates, that of the key counts.
pub(super) fn key_pair(key: &Path, certificate: &Path) -> Result<SpKey, CliError> {
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
