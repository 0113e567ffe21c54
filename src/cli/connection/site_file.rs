//! A TOML file that says which connections a site has, and how it is served.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use toml::Value;

use super::super::error::CliError;
use super::super::input;
use super::super::site::Site;
use super::pinned::Pinned;
use super::refresh_numbers::RefreshNumbers;
use super::settings::Settings;
use crate::admin::connections;
use crate::admin::connections::ATTEMPTS;
use crate::admin::connections::Proposal;
use crate::admin::connections::Wanted;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::SpKeys;
use crate::metadata::SeenCertificates;
use crate::trust::ChangeOutcome;
use crate::trust::Present;
use crate::trust::remove_connection;

/// The content of the file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::cli) struct SiteFile {
    /// The address where `entrada serve` listens.
    pub(in crate::cli) listen: Option<String>,
    /// The address where `entrada serve` listens for those who watch it.
    pub(in crate::cli) admin_listen: Option<String>,
    /// The proxies whose X-Forwarded-For counts.
    #[serde(default)]
    pub(in crate::cli) trusted_proxy: Vec<String>,
    /// Serves plain HTTP beyond loopback.
    #[serde(default)]
    pub(in crate::cli) danger_plain_http: bool,
    /// The address under which people reach the site.
    pub(in crate::cli) base_url: Option<String>,
    /// The treatment of that address's path by the proxy.
    pub(in crate::cli) path_prefix: Option<String>,
    /// The store.
    pub(in crate::cli) database: Option<String>,
    /// True if connections that the file does not have are removed.
    #[serde(default)]
    pub(super) prune: bool,
    /// The times between refreshes of metadata by `entrada serve`.
    #[serde(default)]
    pub(in crate::cli) metadata_refresh: RefreshNumbers,
    #[serde(default)]
    connection: Vec<Settings>,
    /// The folder of the files that it names.
    #[serde(skip)]
    folder: PathBuf,
}

/// The outcome for the connections.
#[derive(Default, Serialize)]
pub(in crate::cli) struct Applied {
    pub(super) created: Vec<ConnectionId>,
    pub(super) updated: Vec<ConnectionId>,
    pub(super) unchanged: Vec<ConnectionId>,
    pub(super) removed: Vec<ConnectionId>,
}

impl SiteFile {
    /// Reads the file; whether its connections hold together is asked by [`SiteFile::connections`].
    pub(in crate::cli) fn read(path: &Path) -> Result<SiteFile, CliError> {
        let text = input::read_text(path)?;
        let unreadable = |error: toml::de::Error| {
            CliError::input(path.display(), input::toml_reason(&error, &text))
        };
        let mut table: toml::Table = toml::from_str(&text).map_err(unreadable)?;
        hyphenate(&mut table);
        let file = SiteFile::deserialize(table).map_err(unreadable)?;
        Ok(SiteFile {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            ..file
        })
    }

    /// The connections, with those keys that connections of the store have already, or every problem of every
    /// connection.
    pub(in crate::cli) fn connections(
        &self,
        present: &[Connection],
    ) -> Result<Vec<Connection>, Vec<String>> {
        let present: BTreeMap<&str, &SpKeys> = present
            .iter()
            .map(|one| (one.id().as_str(), one.sp_keys()))
            .collect();
        let mut connections = Vec::new();
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for settings in &self.connection {
            if !seen.insert(&settings.id) {
                problems.push(format!("{}: the id stands twice in the file", settings.id));
            }
            let keys = present.get(settings.id.as_str()).copied();
            match settings.connection(&self.folder, keys.cloned().unwrap_or_default()) {
                Ok(connection) => connections.push(connection),
                Err(found) => {
                    problems.extend(found.iter().map(|one| format!("{}: {one}", settings.id)));
                }
            }
        }
        match problems.is_empty() {
            true => Ok(connections),
            false => Err(problems),
        }
    }

    /// Makes the store's connections those of the file. Nothing is written unless all connections are valid.
    pub(in crate::cli) fn apply(&self, site: &Site) -> Result<Applied, CliError> {
        let mut applied = Applied::default();
        for _ in 0..ATTEMPTS {
            if self.attempt(site, &mut applied)? {
                return Ok(applied);
            }
        }
        Err(CliError::Io(format!(
            "other programs changed the connections {ATTEMPTS} times meanwhile: apply the file again"
        )))
    }

    /// The address under which people reach the site.
    pub(super) fn parsed_base_url(&self) -> Result<Option<BaseUrl>, CliError> {
        let parsed = self.base_url.as_deref().map(str::parse).transpose();
        parsed.map_err(|error: BaseUrlError| CliError::Configuration(format!("base-url: {error}")))
    }

    /// Says whether all is as the file says; if not, another program changed a connection meanwhile.
    fn attempt(&self, site: &Site, applied: &mut Applied) -> Result<bool, CliError> {
        let present = site.ask(|store| store.connections())?;
        let connections = self
            .connections(&present)
            .map_err(|problems| CliError::Configuration(problems.join("\n")))?;
        let wanted = connections.into_iter().map(|connection| Wanted {
            met: self.met(connection.id()),
            connection,
        });
        let plan = plan(wanted, &present, site)?;
        applied.unchanged.clear();
        for proposal in &plan {
            if !carry_out(proposal, site, applied)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The certificates that a connection pins by files.
    fn met(&self, id: &ConnectionId) -> Vec<SeenCertificates> {
        let mut settings = self.connection.iter();
        let settings = settings.find(|of| of.id == id.as_str());
        let files = settings.map(|of| of.pinned_files(&self.folder));
        files.unwrap_or_default().iter().map(Pinned::met).collect()
    }

    /// Lists what is likely to turn people away from the connections of the file, now that the store has them.
    pub(super) fn notes(&self, site: &Site) -> Result<Vec<String>, CliError> {
        let mut notes = Vec::new();
        for settings in &self.connection {
            let Ok(id) = settings.id.parse() else {
                continue;
            };
            let connection = site.connection(&id)?;
            let copy = site.metadata_copy(&connection)?;
            let warning = site.link_rule_warning(&connection, copy.as_ref())?;
            notes.extend(warning.map(|warning| format!("{id}: {warning}")));
        }
        Ok(notes)
    }

    /// Removes the connections that the file does not have.
    pub(super) fn prune(&self, site: &Site, applied: &mut Applied) -> Result<(), CliError> {
        let kept: BTreeSet<&str> = self.connection.iter().map(|one| one.id.as_str()).collect();
        for connection in site.ask(|store| store.connections())? {
            let id = connection.id();
            if !kept.contains(id.as_str())
                && site
                    .ask(|store| remove_connection(store, id, site.now(), site.admin().actor()))?
            {
                applied.removed.push(id.clone());
            }
        }
        Ok(())
    }
}

/// Says whether it was done; if not, the store holds something else by now.
fn carry_out(proposal: &Proposal, site: &Site, applied: &mut Applied) -> Result<bool, CliError> {
    let id = proposal.wanted.connection.id();
    if site.run(connections::commit(site.admin(), proposal))? == ChangeOutcome::Late {
        return Ok(false);
    }
    // A connection that an earlier attempt has changed is not unchanged.
    let done = applied.created.contains(id) || applied.updated.contains(id);
    match proposal.present {
        Present::Nothing => applied.created.push(id.clone()),
        _ if done => {}
        _ if proposal.is_change() => applied.updated.push(id.clone()),
        _ => applied.unchanged.push(id.clone()),
    }
    Ok(true)
}

/// Finds out what is to change, and that every connection can be trusted; every problem is reported.
fn plan(
    wanted: impl Iterator<Item = Wanted>,
    present: &[Connection],
    site: &Site,
) -> Result<Vec<Proposal>, CliError> {
    let mut plan = Vec::new();
    let mut problems = Vec::new();
    for wanted in wanted {
        let mut present = present.iter();
        let present = present.find(|one| one.id() == wanted.connection.id());
        let present = present.cloned().into();
        match site.run(connections::proposal(site.admin(), present, wanted)) {
            Ok(proposal) => plan.push(proposal),
            Err(error) => problems.push(error),
        }
    }
    match problems.as_slice() {
        [] => Ok(plan),
        problems => {
            let text: Vec<_> = problems.iter().map(ToString::to_string).collect();
            let text = text.join("\n");
            let unreachable = problems.iter().all(|one| matches!(one, CliError::Io(_)));
            Err(match unreachable {
                true => CliError::Io(text),
                false => CliError::Configuration(text),
            })
        }
    }
}

/// Takes `metadata_url` for `metadata-url`: both are common in TOML.
fn hyphenate(table: &mut toml::Table) {
    for (name, mut value) in std::mem::take(table) {
        match &mut value {
            Value::Table(inner) => hyphenate(inner),
            Value::Array(items) => items
                .iter_mut()
                .filter_map(Value::as_table_mut)
                .for_each(hyphenate),
            _ => {}
        }
        table.insert(name.replace('_', "-"), value);
    }
}
