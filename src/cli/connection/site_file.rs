//! A TOML file that says which connections a site has, and how it is served.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Value;

use super::super::error::CliError;
use super::super::input;
use super::flags::files;
use super::refresh_numbers::RefreshNumbers;
use crate::admin::connections::ReadConnection;
use crate::admin::connections::WrittenConnection;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::cli) struct SiteFile {
    pub(in crate::cli) listen: Option<String>,
    /// The files of TLS.
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    /// The address where `entrada serve` listens for those who watch it.
    pub(in crate::cli) admin_listen: Option<String>,
    /// The proxies whose X-Forwarded-For counts.
    #[serde(default)]
    pub(in crate::cli) trusted_proxy: Vec<String>,
    #[serde(default)]
    pub(in crate::cli) danger_plain_http: bool,
    pub(in crate::cli) base_url: Option<String>,
    /// The treatment of that address's path by the proxy.
    pub(in crate::cli) path_prefix: Option<String>,
    pub(in crate::cli) database: Option<String>,
    /// True if connections that the file does not have are removed.
    #[serde(default)]
    pub(super) prune: bool,
    #[serde(default)]
    pub(in crate::cli) metadata_refresh: RefreshNumbers,
    #[serde(default)]
    connection: Vec<WrittenConnection>,
    /// The folder of the files that it names.
    #[serde(skip)]
    folder: PathBuf,
}

impl SiteFile {
    /// Reads the file, but not the files that it names.
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

    /// The connections, with the content of the files that they name.
    pub(in crate::cli) fn connections(&self) -> Vec<ReadConnection> {
        let files = files(&self.folder);
        let written = self.connection.iter();
        written.map(|written| written.read(&files)).collect()
    }

    /// The files that `tls-cert` and `tls-key` name.
    pub(in crate::cli) fn tls(&self) -> [Option<PathBuf>; 2] {
        let named = [&self.tls_cert, &self.tls_key];
        named.map(|file| file.as_ref().map(|file| self.folder.join(file)))
    }

    pub(super) fn parsed_base_url(&self) -> Result<Option<BaseUrl>, CliError> {
        let parsed = self.base_url.as_deref().map(str::parse).transpose();
        parsed.map_err(|error: BaseUrlError| CliError::Configuration(format!("base-url: {error}")))
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
