//! The settings of a connection as people write them, on the command line or in a TOML file, and what becomes
//! of them: a connection, or everything that is wrong with them.

mod key_pair;
mod sources;

use std::num::NonZeroU32;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

pub(super) use self::key_pair::read_key_pair;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::GroupChange;
use crate::connection::LinkRule;
use crate::connection::ScimRate;
use crate::connection::SignOnPolicy;
use crate::connection::SpKeys;
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

    /// Applies the rules of signing in: who may, as whom, and for how long.
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
}
