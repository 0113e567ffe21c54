//! A [`Session`] is what a person holds after a sign-on; a [`PendingRequest`] is a sign-on under way. Here a
//! verified principal and the policy of its connection meet; storing both is the adapters' work.

mod logout;
mod pending;
mod record;

use jiff::SignedDuration;
use jiff::Timestamp;

pub use self::logout::Ended;
pub use self::logout::Ending;
pub use self::logout::LogoutScope;
pub use self::pending::PassiveAnswer;
pub use self::pending::PendingRequest;
pub use self::pending::RequestStore;
pub use self::pending::TakenRequest;
pub use self::record::Opening;
pub use self::record::SessionFilter;
pub use self::record::SessionId;
pub use self::record::SessionRecord;
pub use self::record::Sessions;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::Principal;
use crate::saml::Refusal;
use crate::saml::ValidatedAssertion;
use crate::saml::replayed;
use crate::token::Token;
use crate::token::TokenHash;

/// A signed-on person.
///
/// It comes from a verified [`Principal`], or is resumed from the record of one; there is no other way to
/// have one.
#[derive(Clone, Debug)]
pub struct Session {
    record: SessionRecord,
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
            SignedDuration::try_from(connection.session_lifetime()).unwrap_or(SignedDuration::ZERO);
        let longest = now.checked_add(lifetime).unwrap_or(now);
        let deadline = principal.session_not_on_or_after();
        Session {
            record: SessionRecord::of(
                principal,
                connection.id(),
                token.hash(),
                now,
                deadline.map_or(longest, |at| at.min(longest)),
            ),
        }
    }

    /// Admits a validated assertion and opens its session, in one step of the store. The sessions that it `replaces` end
    /// with it.
    ///
    /// # Errors
    /// An assertion that was used before or has expired since it was validated, or a store that cannot answer.
    pub async fn admit(
        validated: ValidatedAssertion,
        connection: &Connection,
        token: &Token,
        replaces: Vec<TokenHash>,
        sessions: &dyn Sessions,
        now: Timestamp,
    ) -> Result<Session, AdmitError> {
        let admissible = validated.admissible(now)?;
        let session = Session::open(admissible.principal, connection, token, now);
        let opening = Opening {
            assertion: admissible.key,
            until: admissible.until,
            record: session.record.clone(),
            replaces,
        };
        match sessions.open_session_once(&opening, now).await? {
            Admission::First => Ok(session),
            Admission::Replayed => Err(replayed().into()),
        }
    }

    /// Takes up the session that a store has found; `None` once it has expired.
    #[cfg_attr(
        not(feature = "server"),
        expect(dead_code, reason = "only the edge resumes sessions")
    )]
    pub(crate) fn resume(record: SessionRecord, now: Timestamp) -> Option<Session> {
        (now < record.expires).then_some(Session { record })
    }

    /// What a store keeps of it.
    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// The connection that the person signed on over.
    pub fn connection(&self) -> &ConnectionId {
        &self.record.connection
    }

    /// Who the person is, in the identity provider's words.
    pub fn name_id(&self) -> &NameId {
        &self.record.name_id
    }

    /// What else the identity provider said of the person.
    pub fn attributes(&self) -> &Attributes {
        &self.record.attributes
    }

    /// When it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.record.expires
    }
}

/// Why nobody was admitted.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The assertion cannot be used, or not again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
