//! The TOML file that says how a site is served, and which connections it has. Everything that cannot be read is reported at
//! once, with its line.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::de::ValueDeserializer;

use super::super::error::CliError;
use super::super::files::beside;
use super::super::input;
use super::flags::of_path;
use super::table::SITE_SETTINGS;
use super::table::SiteSetting;
use crate::admin::connections::GivenSettings;
use crate::admin::connections::ReadConnection;
use crate::admin::connections::WrittenConnection;
use crate::admin::connections::path;
use crate::connection::Kind;
use crate::connection::SETTINGS;
use crate::connection::Setting;

/// A file of settings. Its connections are left unread until somebody asks for them.
pub(in crate::cli) struct SettingsFile {
    pub(super) path: PathBuf,
    given: GivenSettings,
    lines: BTreeMap<&'static str, usize>,
    connections: Vec<ConnectionTable>,
}

struct ConnectionTable {
    line: usize,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    line: usize,
    /// The value, or the reason why there is none.
    value: Result<Value, String>,
}

impl SettingsFile {
    /// Reads the settings of the site, but neither the connections nor the files that it names.
    pub(in crate::cli) fn read(path: &Path) -> Result<SettingsFile, CliError> {
        let text = input::read_text(path)?;
        let table = DeTable::parse(&text)
            .map_err(|error| CliError::input(path.display(), input::toml_reason(&error, &text)))?;
        let mut file = SettingsFile {
            path: path.to_owned(),
            given: GivenSettings::default(),
            lines: BTreeMap::new(),
            connections: Vec::new(),
        };
        let mut keys = Vec::new();
        let mut problems = Vec::new();
        for (name, value) in table.into_inner() {
            match (name.as_ref().as_ref(), value.as_ref()) {
                (CONNECTION, DeValue::Array(items))
                    if items.iter().all(|one| one.as_ref().is_table()) =>
                {
                    file.connections = connection_tables(value, &text);
                }
                (CONNECTION, _) => problems.push(format!(
                    "{CONNECTION}: expected [[{CONNECTION}]] (line {})",
                    line(&name, &text)
                )),
                _ => add_keys(&mut keys, "", name, value, &text),
            }
        }
        let known = || SITE_SETTINGS.iter().map(|row| &row.setting);
        for key in keys {
            let values = key
                .known(known(), &[CONNECTION])
                .and_then(|(setting, value)| {
                    let values = setting.values(value);
                    let values = values.map_err(|error| match is_secret(setting) {
                        true => key.wrong("expected a text"),
                        false => key.wrong(&error.to_string()),
                    })?;
                    Ok((setting, values))
                });
            match values {
                Ok((setting, values)) => {
                    file.given.set(setting, values);
                    file.lines.insert(setting.name, key.line);
                }
                Err(problem) => problems.push(problem),
            }
        }
        match problems.is_empty() {
            true => Ok(file),
            false => Err(CliError::input(path.display(), problems.join("\n"))),
        }
    }

    /// The connections, with the content of the files that they name.
    pub(in crate::cli) fn connections(&self) -> Result<Vec<ReadConnection>, CliError> {
        let files = beside(self.folder());
        let mut problems = Vec::new();
        let mut read = Vec::new();
        for table in &self.connections {
            match table.written(&mut problems) {
                Some(written) => read.push(written.read(&files)),
                None => problems.push(format!(
                    "connection: missing field `id` (line {})",
                    table.line
                )),
            }
        }
        match problems.is_empty() {
            true => Ok(read),
            false => Err(CliError::input(self.path.display(), problems.join("\n"))),
        }
    }

    /// True if connections that the file does not have are removed.
    pub(in crate::cli) fn prunes(&self) -> bool {
        self.given.values("prune").contains(&Value::Bool(true))
    }

    /// The values of a setting, and its line. Files are beside this one.
    pub(super) fn values(&self, row: &SiteSetting) -> Option<(Vec<Value>, usize)> {
        let line = self.lines.get(row.setting.name)?;
        let values = self.given.values(row.setting.name).iter();
        let beside = |value: &Value| match row.setting.kind {
            Kind::File => of_path(self.folder().join(path(value))).unwrap_or_default(),
            _ => value.clone(),
        };
        Some((values.map(beside).collect(), *line))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

impl ConnectionTable {
    fn written(&self, problems: &mut Vec<String>) -> Option<WrittenConnection> {
        let mut id = None;
        let mut given = GivenSettings::default();
        for key in &self.keys {
            if key.name == "id" {
                id = key.value.clone().ok();
                continue;
            }
            let taken = key
                .known(SETTINGS.iter(), &["id"])
                .and_then(|(setting, value)| {
                    let taken = given.take(setting, value);
                    taken.map_err(|error| key.wrong(&error.to_string()))
                });
            problems.extend(taken.err());
        }
        let id = id?.as_str()?.to_owned();
        Some(WrittenConnection { id, given })
    }
}

impl Key {
    /// The setting of this name and its value, or what is wrong.
    fn known(
        &self,
        settings: impl Iterator<Item = &'static Setting> + Clone,
        others: &[&'static str],
    ) -> Result<(&'static Setting, Value), String> {
        let Key { name, line, value } = self;
        let mut named = settings.clone().filter(|setting| setting.name == *name);
        if let Some(setting) = named.next() {
            let value = value.clone().map_err(|reason| self.wrong(&reason))?;
            return Ok((setting, value));
        }
        let names = settings.map(|setting| setting.name);
        let nearest = match nearest(name, names.chain(others.iter().copied())) {
            Some(nearest) => format!("; expected `{nearest}`?"),
            None => String::new(),
        };
        Err(format!("unknown key `{name}` (line {line}){nearest}"))
    }

    fn wrong(&self, reason: &str) -> String {
        let reason = input::without_secrets(reason);
        format!("{}: {reason} (line {})", self.name, self.line)
    }
}

fn connection_tables(tables: Spanned<DeValue<'_>>, text: &str) -> Vec<ConnectionTable> {
    let DeValue::Array(tables) = tables.into_inner() else {
        return Vec::new();
    };
    let tables = tables.into_iter().map(|table| {
        let line = line(&table, text);
        let mut keys = Vec::new();
        if let DeValue::Table(table) = table.into_inner() {
            for (name, value) in table {
                add_keys(&mut keys, "", name, value, text);
            }
        }
        ConnectionTable { line, keys }
    });
    tables.collect()
}

/// Adds a key, or those of a table that is no value by itself: `interval` in `[metadata-refresh]` is `metadata-refresh.interval`.
fn add_keys(
    keys: &mut Vec<Key>,
    prefix: &str,
    name: Spanned<impl AsRef<str>>,
    value: Spanned<DeValue<'_>>,
    text: &str,
) {
    let line = line(&name, text);
    let name = format!("{prefix}{}", name.as_ref().as_ref().replace('_', "-"));
    let inside = format!("{name}.");
    let mut rows = SITE_SETTINGS.iter();
    let holds_settings = rows.any(|row| row.setting.name.starts_with(&inside));
    match value.as_ref() {
        DeValue::Table(_) if holds_settings => {
            if let DeValue::Table(table) = value.into_inner() {
                for (name, value) in table {
                    add_keys(keys, &inside, name, value, text);
                }
            }
        }
        _ => {
            let value = Value::deserialize(ValueDeserializer::from(value));
            let value = value.map_err(|error| error.message().to_owned());
            let value = value.map(hyphenated);
            keys.push(Key { name, line, value });
        }
    }
}

/// Takes `metadata_url` for `metadata-url`: both are common in TOML.
fn hyphenated(value: Value) -> Value {
    match value {
        Value::Object(table) => table
            .into_iter()
            .map(|(name, value)| (name.replace('_', "-"), hyphenated(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(hyphenated).collect(),
        other => other,
    }
}

fn is_secret(setting: &Setting) -> bool {
    let mut secret = SITE_SETTINGS.iter().filter(|row| row.is_secret);
    secret.any(|row| row.setting.name == setting.name)
}

fn line<T>(of: &Spanned<T>, text: &str) -> usize {
    input::line_at(text, of.span().start)
}

/// The name that was meant, if one is near.
fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = names.map(|name| (strsim::jaro_winkler(word, name), name));
    let near = near.filter(|(likeness, _)| *likeness > 0.8);
    let nearest = near.max_by(|one, other| one.0.total_cmp(&other.0));
    nearest.map(|(_, name)| name)
}

const CONNECTION: &str = "connection";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_with_a_slip() {
        let names = || SITE_SETTINGS.iter().map(|row| row.setting.name);
        for (word, expected) in [
            ("listn", Some("listen")),
            ("databse", Some("database")),
            ("base-urll", Some("base-url")),
            (
                "metadata-refresh.intervall",
                Some("metadata-refresh.interval"),
            ),
            ("trusted-proxies", Some("trusted-proxy")),
            ("colour", None),
        ] {
            assert_eq!(nearest(word, names()), expected, "{word}");
        }
    }
}
