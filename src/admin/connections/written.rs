//! A connection as people write it, and what becomes of it: a connection, or everything that is wrong with it.

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::Error;
use serde_json::Map;
use serde_json::Value;

use super::super::Unreadable;
use super::super::keys::generate;
use super::Done;
use super::change::DesiredConnection;
use super::change::Proposal;
use super::given::GivenSettings;
use super::source::Files;
use super::source::SourcesRead;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::ConnectionProblem;
use crate::connection::Kind;
use crate::connection::SETTINGS;
use crate::connection::SignOnPolicy;
use crate::connection::SpKey;
use crate::connection::SpKeys;
use crate::crypto::Certificate;
use crate::crypto::SigningKey;
use crate::crypto::certificates_from_bytes;

/// A connection as people write it. In a file, the keys are the names of [`SETTINGS`], and `id`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct WrittenConnection {
    /// The id, which need not be one.
    pub id: String,
    /// The settings.
    pub given: GivenSettings,
}

/// A connection that was written, with the content of the files that it names.
pub struct ReadConnection {
    builder: ConnectionBuilder,
    given: GivenSettings,
    read: SourcesRead,
    names_a_source: bool,
    /// True if requests are to be signed, and no key is named.
    needs_key: bool,
    /// The key that is made where there is none: one, however often the change is tried.
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

    /// The names under which the differences of a connection tell these settings.
    fn told(&self, of: &Connection) -> Vec<String> {
        let given = SETTINGS.iter().filter(|setting| self.has(setting.name));
        let told = given.filter_map(|setting| Some(setting.told(of)?.0));
        // It says the same in fewer words.
        let jit = self.has("jit").then(|| "sign-on".to_owned());
        told.chain(jit).collect()
    }

    /// The problems of words that are none of those that their settings list.
    fn unlisted(&self) -> impl Iterator<Item = String> {
        SETTINGS.iter().filter_map(|setting| match setting.kind {
            Kind::Listed(words) if self.texts(setting.name).any(|one| !words.contains(&one)) => {
                Some(format!("{}: expected {}", setting.name, words.join(" or ")))
            }
            _ => None,
        })
    }
}

impl WrittenConnection {
    /// Reads the files that the settings name.
    pub fn read(&self, files: &Files<'_>) -> ReadConnection {
        let given = &self.given;
        let mut read = given.sources(files);
        if given.has("jit") && given.has("sign-on") {
            let problem = "jit: expected it without sign-on, which says the same";
            read.problems.push(problem.to_owned());
        }
        let builder = given.apply(Connection::builder(&self.id));
        let sources = read.sources.drain(..);
        let builder = sources.fold(builder, ConnectionBuilder::trust);
        let key = self.key_pair(files, &mut read);
        read.problems.extend(given.unlisted());
        ReadConnection {
            builder: match key {
                Some(key) => builder.sp_key(key),
                None => builder,
            },
            names_a_source: given.names_a_source(),
            given: given.clone(),
            needs_key: given.has("sign-requests") && !given.has("sp-key") && !given.has("sp-cert"),
            read,
            made: OnceLock::new(),
        }
    }

    fn key_pair(&self, files: &Files<'_>, read: &mut SourcesRead) -> Option<SpKey> {
        let file = |name| self.given.paths(name).next();
        match (file("sp-key"), file("sp-cert")) {
            (None, None) => None,
            (Some(key), Some(certificate)) => {
                let (key, certificate) = (files.folder.join(key), files.folder.join(certificate));
                match read_key_pair(&key, &certificate, files) {
                    Ok(pair) => Some(pair),
                    Err(error) => {
                        read.problems.push(error.to_string());
                        read.unreadable = Some(error);
                        None
                    }
                }
            }
            _ => {
                let problem = "sp-key and sp-cert go together";
                read.problems.push(problem.to_owned());
                None
            }
        }
    }
}

impl ReadConnection {
    /// The id, which need not be one.
    pub fn id(&self) -> &str {
        self.builder.id()
    }

    /// The file of a key or a certificate that cannot be read; it is a problem among others too.
    pub fn unreadable(&self) -> Option<&Unreadable> {
        self.read.unreadable.as_ref()
    }

    /// Makes the connection, with the keys that it has already. Fails with everything that is wrong with the settings.
    pub fn wanted(&self, keys: SpKeys, now: Timestamp) -> Result<DesiredConnection, Vec<String>> {
        let has_key = !keys.is_empty();
        self.built(self.builder.clone().sp_keys(keys), has_key, now)
    }

    /// Makes the connection beside the one that is there: its keys stay, and so does a door that was opened until provisioning is
    /// through. Fails with everything that is wrong with the settings.
    pub(super) fn wanted_beside(
        &self,
        present: &Connection,
        now: Timestamp,
    ) -> Result<DesiredConnection, Vec<String>> {
        let has_key = !present.sp_keys().is_empty();
        self.built(self.builder.clone().beside(present), has_key, now)
    }

    fn built(
        &self,
        mut builder: ConnectionBuilder,
        has_key: bool,
        now: Timestamp,
    ) -> Result<DesiredConnection, Vec<String>> {
        let mut problems = self.read.problems.clone();
        problems.extend(Connection::reserved_id(self.id()).map(|problem| problem.to_string()));
        if self.needs_key && !has_key {
            match self.made_key(now) {
                Ok(key) => builder = builder.sp_key(key),
                Err(error) => problems.push(error.to_string()),
            }
        }
        match builder.build() {
            Ok(connection) if problems.is_empty() => Ok(DesiredConnection {
                connection,
                met: self.read.met.clone(),
            }),
            built => {
                let found = built.err();
                let found = found.iter().flat_map(|error| error.problems());
                // A source that could not be read has been reported already.
                let found = found.filter(|problem| {
                    !(**problem == ConnectionProblem::NoTrust && self.names_a_source)
                });
                problems.extend(found.map(ToString::to_string));
                Err(problems)
            }
        }
    }

    /// The names of the settings of the present connection that a proposal changes though nobody named them.
    pub(super) fn resets(&self, proposal: &Proposal) -> Vec<String> {
        if proposal.seen().is_none() {
            return Vec::new();
        }
        let changes = proposal.difference().into_iter().map(|change| change.name);
        let names = self.given.told(&proposal.wanted.connection);
        changes
            .filter(|name| name != "trust" && !names.contains(name))
            .collect()
    }

    /// True if a connection stays open until provisioning is through, since the settings do not say who comes in.
    pub(super) fn leaves_open(&self, proposal: &Proposal) -> bool {
        let wanted = &proposal.wanted.connection;
        wanted.sign_on().policy == SignOnPolicy::JustInTimeUntilProvisioned
            && !self.given.told(wanted).iter().any(|name| name == "sign-on")
    }

    fn made_key(&self, now: Timestamp) -> Done<SpKey> {
        if let Some(key) = self.made.get() {
            return Ok(key.clone());
        }
        let key = generate(self.id(), now)?;
        Ok(self.made.get_or_init(|| key).clone())
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

impl TryFrom<Map<String, Value>> for WrittenConnection {
    type Error = serde_json::Error;

    fn try_from(keys: Map<String, Value>) -> Result<WrittenConnection, serde_json::Error> {
        let mut id = None;
        let mut given = GivenSettings::default();
        for (name, value) in keys {
            if name == "id" {
                id = Some(String::deserialize(value)?);
                continue;
            }
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            let unknown = || serde_json::Error::custom(format!("unknown field `{name}`"));
            given.take(setting.ok_or_else(unknown)?, value)?;
        }
        let id = id.ok_or_else(|| serde_json::Error::missing_field("id"))?;
        Ok(WrittenConnection { id, given })
    }
}
