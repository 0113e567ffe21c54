//! The record that a store keeps of a session.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::connection::ConnectionId;
use crate::directory::UserId;
use crate::ports::StoreError;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::text::hex;
use crate::text::is_hex;
use crate::token::TokenHash;

/// The handle of a session for people and commands: it names a session and opens nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SessionId(String);

impl SessionId {
    /// Derives the handle from the token's hash: 64 bits of it, in hex.
    pub(super) fn of(token: &TokenHash) -> SessionId {
        SessionId(hex(&token.as_bytes()[..8]))
    }

    /// The handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<SessionId, &'static str> {
        match is_hex(text, 16) {
            true => Ok(SessionId(text.to_owned())),
            false => Err("a session id is 16 lower-case hexadecimal digits"),
        }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The record of one session.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The handle for people.
    pub id: SessionId,
    /// The hash of the token in the person's cookie.
    pub token: TokenHash,
    /// The connection that the person signed on over.
    pub connection: ConnectionId,
    /// The identity provider's entity ID.
    pub issuer: String,
    /// The name of the person, in the identity provider's words.
    pub name_id: NameId,
    /// The identity provider's own handle for its session, which a logout names.
    pub session_index: Option<String>,
    /// True if that handle is the ID of the assertion, as in Entra: unique and impossible to guess, so that it names
    /// the session by itself. Others count from 1.
    #[serde(default)]
    pub index_is_assertion_id: bool,
    /// The time at which the person proved who they are.
    pub authn_instant: Timestamp,
    /// The other claims of the identity provider.
    pub attributes: Attributes,
    /// The time at which the session was opened.
    pub opened: Timestamp,
    /// The time at which it ends by itself.
    pub expires: Timestamp,
    /// The time that it lasts without a request; `None` for as long as its lifetime.
    #[serde(default)]
    pub idle: Option<Duration>,
    /// The latest request that was noted.
    #[serde(default, skip_serializing)]
    pub seen: Timestamp,
    /// The user in the directory; `None` where nobody is provisioned.
    #[serde(default)]
    pub user: Option<UserId>,
    /// The device that the person signed on from.
    #[serde(default)]
    pub device: Device,
}

/// The device that a person signed on from, as they may recognise it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Device {
    /// The address of the client, where the server was told.
    pub address: Option<String>,
    /// The browser's name for itself, at most [`Device::AGENT`] characters of it.
    pub agent: Option<String>,
}

impl Device {
    /// Characters of a browser's own name that are kept.
    pub const AGENT: usize = 200;

    /// A client at this address that calls itself so.
    pub fn new(address: Option<String>, agent: Option<&str>) -> Device {
        let short = |agent: &str| agent.chars().take(Device::AGENT).collect();
        Device {
            address,
            agent: agent.map(short),
        }
    }
}

impl SessionRecord {
    /// True if it is over at `now`, by its lifetime or for want of a request.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let idle = self
            .idle
            .and_then(|idle| SignedDuration::try_from(idle).ok());
        now >= self.expires || idle.is_some_and(|idle| now.duration_since(self.seen) >= idle)
    }

    /// True if a request at `now` needs a note: a write for each would cost more than the request.
    pub fn is_unnoted(&self, now: Timestamp) -> bool {
        let idle = self.idle.map(|idle| idle / NOTES_IN_IDLE);
        let often = idle.map_or(NOTE_EVERY, |idle| idle.min(NOTE_EVERY));
        let often = SignedDuration::try_from(often).unwrap_or(SignedDuration::MAX);
        now.duration_since(self.seen) >= often
    }
}

/// A request is noted once in a sixteenth of the idle time, if that is shorter than [`NOTE_EVERY`].
const NOTES_IN_IDLE: u32 = 16;

/// A list of sessions that says when each was last used need not be more exact.
const NOTE_EVERY: Duration = Duration::from_secs(15 * 60);

/// A session with its text as stores keep it. The text is made before a transaction begins, so that nobody waits for it.
#[derive(Clone, PartialEq, Debug)]
pub struct EncodedSession {
    record: SessionRecord,
    json: String,
}

impl EncodedSession {
    /// Encodes a session; fails where JSON cannot hold it.
    pub fn of(record: SessionRecord) -> Result<EncodedSession, StoreError> {
        let json = serde_json::to_string(&record).map_err(StoreError::new)?;
        Ok(EncodedSession { record, json })
    }

    /// The session.
    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// Its JSON, which holds all but the latest request.
    pub fn json(&self) -> &str {
        &self.json
    }
}
