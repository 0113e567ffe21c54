//! The places in which the value of a setting is looked for, one after the other.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::super::input;
use super::file::SettingsFile;
use super::flags::of_path;
use super::table::SiteSetting;
use crate::admin::connections::GivenSettings;
use crate::admin::connections::path;
use crate::connection::Kind;

/// The origin of a value.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(in crate::cli) enum Origin {
    CommandLine,
    Environment { variable: String },
    Credential { path: String },
    File { path: String, line: usize },
    Store,
    Default,
}

/// A place that has values of settings.
pub(super) enum Level<'l> {
    CommandLine(&'l GivenSettings),
    Environment,
    /// The folder in which systemd puts what `LoadCredential=` names, each in a file with the name of the setting.
    Credentials,
    File(&'l SettingsFile),
}

type Found = (Result<Vec<Value>, String>, Origin);

impl Level<'_> {
    /// The value of a setting that is here, itself or in a file that is named here.
    pub(super) fn value(&self, row: &SiteSetting) -> Option<Found> {
        let own = self.own(row);
        let Some((file, (paths, origin))) = row.in_file().and_then(|of| Some((of, self.own(of)?)))
        else {
            return own;
        };
        if own.is_some() {
            let other = file.setting.name;
            let both = format!("expected it without {other}, which gives it too");
            return Some((Err(both), origin));
        }
        let content = paths.and_then(|paths| match paths.first() {
            Some(value) => file.judge(value).and_then(|()| content(&path(value))),
            None => Err("expected the name of a file".to_owned()),
        });
        Some((content.map(|value| vec![value]), origin))
    }

    fn own(&self, row: &SiteSetting) -> Option<Found> {
        let name = row.setting.name;
        match self {
            Level::CommandLine(given) if given.has(name) => {
                Some((Ok(given.values(name).to_vec()), Origin::CommandLine))
            }
            Level::CommandLine(_) => None,
            Level::Environment => {
                let mut set = row
                    .variables_of()
                    .filter_map(|name| variable(&name).map(|value| (name, value)));
                let (variable, value) = set.next()?;
                let value = value.to_str().ok_or_else(|| "expected UTF-8".to_owned());
                let values = value.and_then(|text| match row.setting.repeats {
                    true => text.split(',').map(|one| row.read(one.trim())).collect(),
                    false => row.read(text).map(|value| vec![value]),
                });
                Some((values, Origin::Environment { variable }))
            }
            Level::Credentials => {
                let folder = variable("CREDENTIALS_DIRECTORY").filter(|_| row.is_secret)?;
                let path = Path::new(&folder).join(name);
                // One that cannot be reached is no missing one: its error is told below.
                if path.try_exists().is_ok_and(|exists| !exists) {
                    return None;
                }
                let value = match row.setting.kind {
                    Kind::File => of_path(path.clone()).map_err(|error| error.to_string()),
                    _ => content(&path),
                };
                let path = path.display().to_string();
                Some((value.map(|value| vec![value]), Origin::Credential { path }))
            }
            Level::File(file) => {
                let (values, line) = file.values(row)?;
                let path = file.path.display().to_string();
                Some((Ok(values), Origin::File { path, line }))
            }
        }
    }
}

/// A variable of the environment that has something in it: containers set those that are empty.
pub(in crate::cli) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The secret in a file, without the line break at its end.
fn content(path: &Path) -> Result<Value, String> {
    let text = input::read_text(path).map_err(|error| error.to_string())?;
    Ok(Value::from(text.trim_end_matches(['\r', '\n'])))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::CommandLine => f.write_str("command line"),
            Origin::Environment { variable } => write!(f, "environment {variable}"),
            Origin::Credential { path } => write!(f, "credential {path}"),
            Origin::File { path, line } => write!(f, "{path}, line {line}"),
            Origin::Store => f.write_str("store"),
            Origin::Default => f.write_str("default"),
        }
    }
}
