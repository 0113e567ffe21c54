//! The values that people give the settings of a connection.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::connection::Setting;

/// The settings that somebody gives a connection, as values by the names of the settings. A file is its path: a text, or what
/// serde makes of an `OsString` that is none.
#[derive(Clone, Default, Debug)]
pub struct GivenSettings(BTreeMap<&'static str, Vec<Value>>);

impl GivenSettings {
    /// Gives a setting these values, in place of others.
    pub fn set(&mut self, setting: &Setting, values: Vec<Value>) {
        match values.is_empty() {
            true => self.0.remove(setting.name),
            false => self.0.insert(setting.name, values),
        };
    }

    /// Gives a setting of a connection what a file or a form has for it; a switch that is off is not given. Fails on a value of
    /// another kind.
    pub fn take(&mut self, setting: &Setting, value: Value) -> Result<(), serde_json::Error> {
        let mut values = setting.values(value)?;
        values.retain(|value| *value != Value::Bool(false));
        self.set(setting, values);
        Ok(())
    }

    /// True if a setting was given.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The texts of a setting.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(Value::as_str)
    }

    /// The paths of the files of a setting.
    pub fn paths(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        self.values(name).iter().map(path)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.texts(name).next().map(str::to_owned)
    }

    /// The values of a setting.
    pub fn values(&self, name: &str) -> &[Value] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The path of a file that is the value of a setting.
pub fn path(value: &Value) -> PathBuf {
    match value.as_str() {
        Some(text) => PathBuf::from(text),
        None => OsString::deserialize(value).unwrap_or_default().into(),
    }
}
