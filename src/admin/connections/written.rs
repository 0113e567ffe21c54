//! A connection as people write it, and what becomes of it: a connection, or everything that is wrong with it.

use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de;
use serde::de::MapAccess;

use super::super::Unreadable;
use super::super::keys::generate;
use super::Done;
use super::change::Wanted;
use super::setting::GivenSettings;
use super::setting::Kind;
use super::setting::Setting;
use super::setting::SettingValue;
use super::settings::SETTINGS;
use super::source::Files;
use super::source::SourcesRead;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::ConnectionProblem;
use crate::connection::SpKey;
use crate::connection::SpKeys;
use crate::crypto::Certificate;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;

/// A connection as people write it. In a file, the keys are the names of [`SETTINGS`], and `id`.
#[derive(Clone, Debug)]
pub struct WrittenConnection {
    /// The id, which need not be one.
    pub id: String,
    /// The settings.
    pub given: GivenSettings,
}

/// A connection that was written, with the content of the files that it names.
pub struct ReadConnection {
    id: String,
    given: GivenSettings,
    sources: SourcesRead,
    sp_key: Option<SpKey>,
    /// The key that is made where requests are to be signed and there is none: one, however often the change is tried.
    made: OnceLock<SpKey>,
}

impl GivenSettings {
    /// The connection with these settings. Whom to trust, and keys of ours, are left as they are.
    pub fn apply(&self, builder: ConnectionBuilder) -> ConnectionBuilder {
        SETTINGS.iter().fold(builder, |builder, setting| {
            let values = self.values(setting.name).iter();
            values.fold(builder, setting.write)
        })
    }
}

impl WrittenConnection {
    /// Reads the files that the settings name.
    pub fn read(&self, files: &Files<'_>) -> ReadConnection {
        let mut sources = self.given.sources(files);
        if self.given.has("jit") && self.given.has("sign-on") {
            let problem = "jit: expected it without sign-on, which says the same";
            sources.problems.push(problem.to_owned());
        }
        let sp_key = self.key_pair(files, &mut sources);
        ReadConnection {
            id: self.id.clone(),
            given: self.given.clone(),
            sources,
            sp_key,
            made: OnceLock::new(),
        }
    }

    fn key_pair(&self, files: &Files<'_>, sources: &mut SourcesRead) -> Option<SpKey> {
        let file = |name| self.given.files(name).next();
        match (file("sp-key"), file("sp-cert")) {
            (None, None) => None,
            (Some(key), Some(certificate)) => {
                let (key, certificate) = (files.folder.join(key), files.folder.join(certificate));
                match read_key_pair(&key, &certificate, files) {
                    Ok(pair) => Some(pair),
                    Err(error) => {
                        sources.problems.push(error.to_string());
                        sources.unreadable = Some(error);
                        None
                    }
                }
            }
            _ => {
                let problem = "sp-key and sp-cert go together";
                sources.problems.push(problem.to_owned());
                None
            }
        }
    }
}

impl ReadConnection {
    /// The id, which need not be one.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The file of a key or a certificate that cannot be read; it is a problem among others too.
    pub fn unreadable(&self) -> Option<&Unreadable> {
        self.sources.unreadable.as_ref()
    }

    /// Makes the connection, with the keys that it has already.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn wanted(&self, keys: SpKeys, now: Timestamp) -> Result<Wanted, Vec<String>> {
        let mut problems = self.sources.problems.clone();
        let mut builder = self.given.apply(Connection::builder(&self.id));
        for source in &self.sources.sources {
            builder = builder.trust(source.clone());
        }
        match self.own_key(keys.is_empty(), now) {
            Ok(Some(key)) => builder = builder.sp_key(key),
            Ok(None) => {}
            Err(error) => problems.push(error.to_string()),
        }
        match builder.sp_keys(keys).build() {
            Ok(connection) if problems.is_empty() => Ok(Wanted {
                connection,
                met: self.sources.met.clone(),
            }),
            built => {
                let found = built.err();
                let found = found.iter().flat_map(|error| error.problems());
                // A source that could not be read has been reported already.
                let found = found.filter(|problem| {
                    !(**problem == ConnectionProblem::NoTrust && self.given.names_a_source())
                });
                problems.extend(found.map(ToString::to_string));
                Err(problems)
            }
        }
    }

    /// The key pair that the settings name; a new one where requests are to be signed and there is none.
    fn own_key(&self, keyless: bool, now: Timestamp) -> Done<Option<SpKey>> {
        let names_one = self.given.has("sp-key") || self.given.has("sp-cert");
        if names_one || !keyless || !self.given.has("sign-requests") {
            return Ok(self.sp_key.clone());
        }
        if self.made.get().is_none() {
            let _ = self.made.set(generate(&self.id, now)?);
        }
        Ok(self.made.get().cloned())
    }
}

/// Our key pair from its two files, in whichever form they are. Of several certificates, that of the key counts.
fn read_key_pair(key: &Path, certificate: &Path, files: &Files<'_>) -> Result<SpKey, Unreadable> {
    let read = SigningKey::from_bytes(&(files.read)(key)?);
    let signing = read.map_err(|error| Unreadable::new(key, error))?;
    let read = certificates_from_bytes(&(files.read)(certificate)?);
    let certificates = read.map_err(|error| Unreadable::new(certificate, error))?;
    let own = |one: &&Certificate| *one.key() == signing.verifying_key();
    let own = certificates.iter().find(own).ok_or_else(|| {
        let reason = format!("it is not the certificate of the key in {}", key.display());
        Unreadable::new(certificate, reason)
    })?;
    Ok(SpKey::new(signing.to_pem(), own.to_pem()))
}

impl<'de> Deserialize<'de> for WrittenConnection {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfFile)
    }
}

/// Reads a connection of a file of settings.
struct OfFile;

impl<'de> de::Visitor<'de> for OfFile {
    type Value = WrittenConnection;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a connection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenConnection, A::Error> {
        let mut id = None;
        let mut given = GivenSettings::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == "id" {
                id = Some(map.next_value()?);
                continue;
            }
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            let setting = setting.ok_or_else(|| de::Error::unknown_field(&name, &NAMES))?;
            given.set(setting, values(setting, &mut map)?);
        }
        let id = id.ok_or_else(|| de::Error::missing_field("id"))?;
        Ok(WrittenConnection { id, given })
    }
}

fn values<'de, A: MapAccess<'de>>(
    setting: &Setting,
    map: &mut A,
) -> Result<Vec<SettingValue>, A::Error> {
    let number = |number| vec![SettingValue::Number(number)];
    Ok(match setting.kind {
        Kind::Switch => match map.next_value()? {
            true => vec![SettingValue::On],
            false => Vec::new(),
        },
        Kind::Seconds => number(map.next_value()?),
        Kind::Count => number(map.next_value::<u32>()?.into()),
        Kind::Rate => number(map.next_value::<NonZeroU32>()?.get().into()),
        Kind::Choice(names) | Kind::Listed(names) => {
            let text: String = map.next_value()?;
            if !names.contains(&text.as_str()) {
                return Err(de::Error::unknown_variant(&text, names));
            }
            vec![SettingValue::Text(text)]
        }
        Kind::Extension => {
            let list: Vec<_> = map.next_value()?;
            list.into_iter().map(SettingValue::Extension).collect()
        }
        Kind::File if setting.repeats => map.next_value::<OneOrMore<_>>()?.each(SettingValue::File),
        Kind::File => vec![SettingValue::File(map.next_value()?)],
        Kind::Text | Kind::Fingerprint if setting.repeats => {
            map.next_value::<OneOrMore<_>>()?.each(SettingValue::Text)
        }
        Kind::Text | Kind::Fingerprint => vec![SettingValue::Text(map.next_value()?)],
    })
}

/// The keys of a connection in a file.
static NAMES: [&str; SETTINGS.len() + 1] = {
    let mut names = ["id"; SETTINGS.len() + 1];
    let mut at = 0;
    while at < SETTINGS.len() {
        names[at + 1] = SETTINGS[at].name;
        at += 1;
    }
    names
};

/// One value, or a list of them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn each(self, value: fn(T) -> SettingValue) -> Vec<SettingValue> {
        match self {
            OneOrMore::One(one) => vec![value(one)],
            OneOrMore::More(more) => more.into_iter().map(value).collect(),
        }
    }
}
