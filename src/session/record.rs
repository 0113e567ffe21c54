//! What a store keeps of a session.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::logout::Ended;
use super::logout::Ending;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::Principal;
use crate::saml::ReplayKey;
use crate::token::TokenHash;

/// The handle of a session for people and commands: it names a session and opens nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SessionId(String);

impl SessionId {
    /// Derives the handle from the token's hash: 64 bits of it, in hex.
    fn of(token: &TokenHash) -> SessionId {
        SessionId(
            token.as_octets()[..8]
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect(),
        )
    }

    /// The handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<SessionId, &'static str> {
        let hex = text.len() == 16
            && text
                .bytes()
                .all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        if hex {
            Ok(SessionId(text.to_owned()))
        } else {
            Err("a session id is 16 lower-case hexadecimal digits")
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
    /// Who the person is, in the identity provider's words.
    pub name_id: NameId,
    /// The identity provider's own handle for its session, which a logout names.
    pub session_index: Option<String>,
    /// Whether that handle is the ID of the assertion, as Entra does it: unique and not to be guessed, so that it names
    /// the session by itself. Others count from 1.
    #[serde(default)]
    pub index_is_assertion_id: bool,
    /// When the person proved who they are.
    pub authn_instant: Timestamp,
    /// What else the identity provider said.
    pub attributes: Attributes,
    /// When the session was opened.
    pub opened: Timestamp,
    /// When it ends by itself.
    pub expires: Timestamp,
}

impl SessionRecord {
    pub(super) fn of(
        principal: Principal,
        connection: &ConnectionId,
        token: TokenHash,
        opened: Timestamp,
        expires: Timestamp,
    ) -> SessionRecord {
        let facts = principal.into_facts();
        SessionRecord {
            id: SessionId::of(&token),
            token,
            connection: connection.clone(),
            issuer: facts.issuer,
            name_id: facts.name_id,
            session_index: facts.session_index,
            index_is_assertion_id: facts.index_is_assertion_id,
            authn_instant: facts.authn_instant,
            attributes: facts.attributes,
            opened,
            expires,
        }
    }
}

/// A session on the point of being opened.
#[derive(Clone, PartialEq, Debug)]
pub struct Opening {
    /// The assertion that leads to it; it may be used once.
    pub assertion: ReplayKey,
    /// Until when the assertion must be remembered.
    pub until: Timestamp,
    /// The session.
    pub record: SessionRecord,
    /// The sessions of the same browser that it takes the place of.
    pub replaces: Vec<TokenHash>,
}

/// Which sessions a list asks for. The default asks for all live ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SessionFilter {
    /// Only those of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those of the person with this NameID value.
    pub name_id: Option<String>,
    /// At most so many, newest first; all if `None`.
    pub limit: Option<u32>,
}

/// Keeps sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps a session; when this returns, the session survives a crash.
    ///
    /// # Errors
    /// A store that cannot answer, or that does not hold the connection, perhaps because it was removed while
    /// the person signed in; the person is then not signed on.
    async fn open_session(&self, record: &SessionRecord) -> Result<(), StoreError>;

    /// Admits an assertion and opens the session that it leads to, in one atomic and durable step: the disk is asked once.
    /// Of an assertion that was used before, nothing is opened and nothing ended.
    ///
    /// # Errors
    /// A store that cannot answer, or that does not hold the connection; the person is then not signed on, and the
    /// assertion not used.
    async fn open_session_once(
        &self,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<Admission, StoreError>;

    /// The session of a token, if it is live at `now`.
    ///
    /// # Errors
    /// A store that cannot answer; the person then counts as not signed on.
    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends the session of a token; says whether there was one.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn end_session(&self, token: &TokenHash) -> Result<bool, StoreError>;

    /// Ends the session of a handle; says whether there was one.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn revoke_session(&self, id: &SessionId) -> Result<bool, StoreError>;

    /// Admits a logout request and ends the sessions that it means, in one atomic and durable step: a crash leaves both
    /// done or neither. Of a request that was used before, nothing is ended.
    ///
    /// # Errors
    /// A store that cannot answer; then none has ended, and the request is not used.
    async fn end_sessions_once(&self, ending: &Ending, now: Timestamp)
    -> Result<Ended, StoreError>;

    /// Live sessions, newest first.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError>;
}
