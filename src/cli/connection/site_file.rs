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
use super::super::site::ATTEMPTS;
use super::super::site::Site;
use super::pinned;
use super::refresh_numbers::RefreshNumbers;
use super::settings::Settings;
use super::trust::prepare;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::SpKeys;
use crate::metadata::MetadataCopy;
use crate::trust::remove_connection;
use crate::trust::replace_connection;

/// What the file says.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::cli) struct SiteFile {
    /// Where `entrada serve` listens.
    pub(in crate::cli) listen: Option<String>,
    /// The address where `entrada serve` listens for those who watch it.
    pub(in crate::cli) admin_listen: Option<String>,
    /// Whose X-Forwarded-For counts.
    #[serde(default)]
    trusted_proxy: Vec<String>,
    /// Serves plain HTTP beyond loopback.
    #[serde(default)]
    pub(in crate::cli) danger_plain_http: bool,
    /// The address under which people reach the site.
    pub(in crate::cli) base_url: Option<String>,
    /// The treatment of that address's path by the proxy.
    pub(in crate::cli) path_prefix: Option<String>,
    /// The store.
    pub(in crate::cli) database: Option<String>,
    /// Whether connections that the file does not have are removed.
    #[serde(default)]
    pub(super) prune: bool,
    /// How often `entrada serve` refreshes metadata.
    #[serde(default)]
    pub(in crate::cli) metadata_refresh: RefreshNumbers,
    #[serde(default)]
    connection: Vec<Settings>,
    /// Where the files that it names are.
    #[serde(skip)]
    folder: PathBuf,
}

/// What became of the connections.
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

    /// The networks of trusted proxies, or the first that is none.
    pub(in crate::cli) fn trusted_proxies(&self) -> Result<Vec<String>, CliError> {
        let networks = self.trusted_proxy.iter();
        let networks = networks.map(|text| input::trusted_proxy(text));
        let networks: Result<_, _> = networks.collect();
        networks.map_err(|error| CliError::Configuration(format!("trusted-proxy: {error}")))
    }

    /// Makes the store's connections those of the file. Nothing is written unless all connections are sound.
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
        let plan = plan(connections, &present, site)?;
        applied.unchanged.clear();
        for planned in plan {
            let connection = planned.connection.clone();
            if !planned.carry_out(site, applied)? {
                return Ok(false);
            }
            let settings = self.connection.iter();
            let mut settings = settings.filter(|of| of.id == connection.id().as_str());
            let files = settings.next().map(|of| of.pinned_files(&self.folder));
            pinned::note(site, &connection, &files.unwrap_or_default())?;
        }
        Ok(true)
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
                && site.ask(|store| remove_connection(store, id, site.now()))?
            {
                applied.removed.push(id.clone());
            }
        }
        Ok(())
    }
}

/// A connection, ready to be written.
struct Planned {
    /// What the store had when the file was compared with it.
    present: Option<Connection>,
    connection: Connection,
    copy: Option<MetadataCopy>,
}

impl Planned {
    /// Says whether it was done; if not, the store holds something else by now.
    fn carry_out(self, site: &Site, applied: &mut Applied) -> Result<bool, CliError> {
        let (present, connection) = (self.present.as_ref(), &self.connection);
        let id = connection.id();
        let changes = present != Some(connection);
        let (copy, now) = (self.copy.as_ref(), site.now());
        if !site.ask(|store| replace_connection(store, present, connection, copy, now))? {
            return Ok(false);
        }
        // What an earlier attempt has changed is not unchanged.
        let done = applied.created.contains(id) || applied.updated.contains(id);
        match present {
            None => applied.created.push(id.clone()),
            Some(_) if changes && !done => applied.updated.push(id.clone()),
            Some(_) if !done => applied.unchanged.push(id.clone()),
            Some(_) => {}
        }
        Ok(true)
    }
}

/// Finds out what is to change, and that every connection can be trusted; every problem is reported.
fn plan(
    connections: Vec<Connection>,
    present: &[Connection],
    site: &Site,
) -> Result<Vec<Planned>, CliError> {
    let mut plan = Vec::new();
    let mut problems = Vec::new();
    for connection in connections {
        let present = present.iter().find(|one| one.id() == connection.id());
        match prepare(present, &connection, site) {
            Ok(copy) => plan.push(Planned {
                present: present.cloned(),
                connection,
                copy,
            }),
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
