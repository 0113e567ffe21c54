//! The session of a signed-on person, as a request finds it.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::record::Device;
use super::record::SessionId;
use super::record::SessionRecord;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::UserId;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::Principal;
use crate::token::Token;

/// A signed-on person.
///
/// It comes from a verified [`Principal`], or is resumed from the record of one; there is no other way to
/// have one.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) record: SessionRecord,
}

impl Session {
    /// Opens a session for a principal that signed on over `connection`. It ends after the connection's
    /// session lifetime, or when the identity provider's `SessionNotOnOrAfter` passes (SAML 2.0 Core §2.7.2),
    /// whichever comes first. `token` goes to the person's browser; only its hash stays here.
    pub fn open(
        principal: Principal,
        connection: &Connection,
        token: &Token,
        now: Timestamp,
    ) -> Session {
        let lifetime =
            SignedDuration::try_from(connection.session().lifetime).unwrap_or(SignedDuration::ZERO);
        let longest = now.checked_add(lifetime).unwrap_or(now);
        let deadline = principal.session_not_on_or_after();
        let expires = deadline.map_or(longest, |at| at.min(longest));
        let (token, facts) = (token.hash(), principal.into_facts());
        Session {
            record: SessionRecord {
                id: SessionId::of(&token),
                token,
                connection: connection.id().clone(),
                issuer: facts.issuer,
                name_id: facts.name_id,
                session_index: facts.session_index,
                index_is_assertion_id: facts.index_is_assertion_id,
                authn_instant: facts.authn_instant,
                attributes: facts.attributes,
                opened: now,
                expires,
                idle: connection.session().idle,
                seen: now,
                user: None,
                device: Device::default(),
            },
        }
    }

    /// Takes up the session that a store has found; `None` once it has expired.
    pub(crate) fn resume(record: SessionRecord, now: Timestamp) -> Option<Session> {
        (!record.is_over(now)).then_some(Session { record })
    }

    /// The record of it that a store keeps.
    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// The connection that the person signed on over.
    pub fn connection(&self) -> &ConnectionId {
        &self.record.connection
    }

    /// The name of the person, in the identity provider's words.
    pub fn name_id(&self) -> &NameId {
        &self.record.name_id
    }

    /// The other claims of the identity provider about the person.
    pub fn attributes(&self) -> &Attributes {
        &self.record.attributes
    }

    /// The person's user in the directory; `None` where nobody is provisioned.
    pub fn user(&self) -> Option<&UserId> {
        self.record.user.as_ref()
    }

    /// The time at which it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.record.expires
    }
}
