//! A setting of a connection as data, and the values that people give it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de;
use serde_json::Value;

use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::scim::ExtensionDeclaration;

/// A setting of a connection: a flag of `connection add`, a key of a file of settings, and a fact that is shown.
#[derive(Clone, Copy)]
pub struct Setting {
    /// The name of the flag and of the key.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// The word for a value, such as `URL`; a switch has none.
    pub value_name: &'static str,
    /// The meaning, in a line of help.
    pub help: &'static str,
    /// The value where none is given, in words.
    pub default: Option<&'static str>,
    /// True if it takes several values.
    pub repeats: bool,
    /// The command that takes it beside `connection add`.
    pub role: Role,
    /// Settings, or the group `pins`, that must be given beside it.
    pub needs: &'static [&'static str],
    /// Settings that cannot be given beside it.
    pub excludes: &'static [&'static str],
    pub(super) write: Write,
    pub(super) fact: Option<Fact>,
}

/// The kind of the values of a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Given, or not.
    Switch,
    /// A text.
    Text,
    /// A SHA-256 of a certificate.
    Fingerprint,
    /// One of these words, which the help explains.
    Choice(&'static [&'static str]),
    /// One of these words, which the help only lists. In a file, another word is one problem among others.
    Listed(&'static [&'static str]),
    /// A number of seconds.
    Seconds,
    /// A number that may be 0.
    Count,
    /// A number from 1.
    Rate,
    /// A file, beside the file of settings.
    File,
    /// An extension schema: a table in a file of settings, a file of its own for a flag.
    Extension,
}

/// The part of a connection that a setting belongs to, by which command changes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A part of the trust: `connection update` changes it as a whole.
    Trust,
    /// A rule that `connection update` changes by itself.
    Rule,
    /// Anything else: it is given with the connection.
    Other,
}

/// The settings that somebody gives a connection, as values by the names of the settings. A file is its path: a text, or what
/// serde makes of an `OsString` that is none.
#[derive(Clone, Default, Debug)]
pub struct GivenSettings(BTreeMap<&'static str, Vec<Value>>);

pub(super) type Write = fn(ConnectionBuilder, &Value) -> ConnectionBuilder;

/// A setting as it is shown.
#[derive(Clone, Copy)]
pub(super) struct Fact {
    /// The place among the facts of a connection.
    pub(super) place: u8,
    /// The key in JSON.
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) value: fn(&Connection, &BaseUrl) -> Value,
    pub(super) text: fn(&Value, &Connection) -> Vec<String>,
}

impl Setting {
    /// A setting of the file or the command line that [`Setting::writes`] and [`Setting::shown`] complete.
    pub(super) const fn new(
        name: &'static str,
        kind: Kind,
        value_name: &'static str,
        help: &'static str,
    ) -> Setting {
        Setting {
            name,
            kind,
            value_name,
            help,
            default: None,
            repeats: false,
            role: Role::Other,
            needs: &[],
            excludes: &[],
            write: |builder, _| builder,
            fact: None,
        }
    }

    pub(super) const fn default(mut self, default: &'static str) -> Setting {
        self.default = Some(default);
        self
    }

    pub(super) const fn repeats(mut self) -> Setting {
        self.repeats = true;
        self
    }

    pub(super) const fn role(mut self, role: Role) -> Setting {
        self.role = role;
        self
    }

    pub(super) const fn needs(mut self, others: &'static [&'static str]) -> Setting {
        self.needs = others;
        self
    }

    pub(super) const fn excludes(mut self, others: &'static [&'static str]) -> Setting {
        self.excludes = others;
        self
    }

    pub(super) const fn writes(mut self, write: Write) -> Setting {
        self.write = write;
        self
    }

    pub(super) const fn shown(
        mut self,
        place: u8,
        key: &'static str,
        label: &'static str,
        value: fn(&Connection, &BaseUrl) -> Value,
    ) -> Setting {
        let text = match self.kind {
            Kind::Seconds => seconds,
            _ => plain,
        };
        self.fact = Some(Fact {
            place,
            key,
            label,
            value,
            text,
        });
        self
    }

    /// Shows it in words of its own.
    pub(super) const fn in_words(
        mut self,
        text: fn(&Value, &Connection) -> Vec<String>,
    ) -> Setting {
        if let Some(fact) = &mut self.fact {
            fact.text = text;
        }
        self
    }
}

impl Kind {
    pub(super) fn check(self, value: &Value) -> Result<(), serde_json::Error> {
        match self {
            Kind::Switch => bool::deserialize(value).map(drop),
            Kind::Seconds => u64::deserialize(value).map(drop),
            Kind::Count => u32::deserialize(value).map(drop),
            Kind::Rate => NonZeroU32::deserialize(value).map(drop),
            Kind::Extension => ExtensionDeclaration::deserialize(value).map(drop),
            Kind::Choice(names) => match value.as_str() {
                Some(text) if !names.contains(&text) => {
                    Err(de::Error::unknown_variant(text, names))
                }
                _ => String::deserialize(value).map(drop),
            },
            Kind::Text | Kind::Fingerprint | Kind::Listed(_) | Kind::File => {
                String::deserialize(value).map(drop)
            }
        }
    }
}

impl GivenSettings {
    /// Gives a setting these values, in place of others.
    pub fn set(&mut self, setting: &Setting, values: Vec<Value>) {
        match values.is_empty() {
            true => self.0.remove(setting.name),
            false => self.0.insert(setting.name, values),
        };
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
        self.values(name).iter().map(|value| match value.as_str() {
            Some(text) => PathBuf::from(text),
            None => OsString::deserialize(value).unwrap_or_default().into(),
        })
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.texts(name).next().map(str::to_owned)
    }

    pub(super) fn values(&self, name: &str) -> &[Value] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

pub(super) fn plain(value: &Value, _: &Connection) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Bool(yes) => vec![if *yes { "yes" } else { "no" }.to_owned()],
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => {
            let texts = list.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        other => vec![other.to_string()],
    }
}

fn seconds(value: &Value, _: &Connection) -> Vec<String> {
    let seconds = value.as_u64();
    seconds.map(|n| format!("{n} s")).into_iter().collect()
}
