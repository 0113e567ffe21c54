//! A setting as data.

use std::num::NonZeroU32;

use serde::Deserialize;
use serde::de;
use serde_json::Value;

use super::BaseUrl;
use super::Connection;
use super::ConnectionBuilder;
use crate::scim::ExtensionDeclaration;

/// A setting of a connection: a flag of `connection add`, a key of a file of settings, a fact that is shown, and a value that
/// events tell when it changes. The settings of a site use its name, kind and help.
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
    pub(crate) write: Write,
    pub(crate) value: Option<Reading>,
    pub(crate) fact: Option<Fact>,
    is_told: bool,
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

type Write = fn(ConnectionBuilder, &Value) -> ConnectionBuilder;

/// Reads the value that a connection has: on a site of this address, or as it was set where none is given.
type Reading = fn(&Connection, Option<&BaseUrl>) -> Value;

/// The way in which `connection show` presents a value.
#[derive(Clone, Copy)]
pub(crate) struct Fact {
    /// The place among the facts of a connection.
    pub(crate) place: u8,
    /// The key in JSON.
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) text: fn(&Value, &Connection) -> Vec<String>,
}

impl Setting {
    /// A setting of the file or the command line that [`Setting::writes`], [`Setting::reads`] and [`Setting::shown`] complete.
    pub(crate) const fn new(
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
            value: None,
            fact: None,
            is_told: true,
        }
    }

    pub(crate) const fn default(mut self, default: &'static str) -> Setting {
        self.default = Some(default);
        self
    }

    pub(crate) const fn repeats(mut self) -> Setting {
        self.repeats = true;
        self
    }

    pub(super) const fn role(mut self, role: Role) -> Setting {
        self.role = role;
        self
    }

    pub(crate) const fn needs(mut self, others: &'static [&'static str]) -> Setting {
        self.needs = others;
        self
    }

    pub(crate) const fn excludes(mut self, others: &'static [&'static str]) -> Setting {
        self.excludes = others;
        self
    }

    pub(super) const fn writes(mut self, write: Write) -> Setting {
        self.write = write;
        self
    }

    pub(super) const fn reads(mut self, value: Reading) -> Setting {
        self.value = Some(value);
        self
    }

    pub(super) const fn shown(
        self,
        place: u8,
        key: &'static str,
        label: &'static str,
        value: Reading,
    ) -> Setting {
        let text = match self.kind {
            Kind::Seconds => seconds,
            _ => plain,
        };
        let mut shown = self.reads(value);
        shown.fact = Some(Fact {
            place,
            key,
            label,
            text,
        });
        shown
    }

    /// Keeps it out of the differences of connections: another setting has the same value, or something else tells it.
    pub(super) const fn untold(mut self) -> Setting {
        self.is_told = false;
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

    /// The values that a file gives it: a list where it may be repeated. Fails on a value of another kind.
    pub(crate) fn values(&self, value: Value) -> Result<Vec<Value>, serde_json::Error> {
        let values = match value {
            Value::Array(values) if self.repeats => values,
            one => vec![one],
        };
        let mut checked = values.iter().map(|value| self.kind.check(value));
        checked.try_for_each(|one| one).map(|()| values)
    }

    /// The name and the value as it was set, where differences of connections have them. Whom to trust is one value as a whole.
    pub(crate) fn told(&self, connection: &Connection) -> Option<(String, Value)> {
        let value = self
            .value
            .filter(|_| self.is_told && self.role != Role::Trust)?;
        let name = self.fact.map_or(self.name, |fact| fact.key);
        Some((name.replace('_', "-"), value(connection, None)))
    }
}

impl Kind {
    fn check(self, value: &Value) -> Result<(), serde_json::Error> {
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

pub(crate) fn plain(value: &Value, _: &Connection) -> Vec<String> {
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
