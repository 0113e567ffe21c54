//! A [`Session`] is what a person holds after a sign-on; a [`PendingRequest`] is a sign-on under way. Here a
//! verified principal, the policy of its connection and the directory meet: [`Session::sign_on`] decides who may come in, and
//! as whom. Storing is the adapters' work.

mod browser;
mod denial;
mod ending;
mod groups;
mod judge;
mod just_in_time;
mod last;
mod link;
mod logout;
mod opening;
mod pending;
mod record;
mod rehearsal;
mod rows;
mod rule;
mod sign_on;
mod subject;
mod transaction;

use jiff::SignedDuration;
use jiff::Timestamp;

pub use self::denial::Denial;
pub use self::ending::SessionDoor;
pub use self::ending::expire;
pub use self::ending::log_out;
pub use self::ending::revoke;
pub use self::ending::revoke_all_of;
pub use self::ending::sign_out;
pub use self::groups::Group;
pub use self::groups::Standing;
pub use self::groups::claimed;
pub use self::groups::groups;
pub use self::groups::same_object;
pub use self::last::Claims;
pub use self::last::LastSignOn;
pub use self::last::LastSignOnOf;
pub use self::logout::Ended;
pub use self::logout::Ending;
pub use self::logout::LogoutScope;
pub use self::opening::Opening;
pub use self::opening::open_session;
pub use self::opening::open_session_once;
pub use self::pending::PendingRequest;
pub use self::pending::RequestAnswer;
pub use self::pending::RequestStore;
pub use self::pending::TakenRequest;
pub use self::pending::Vouched;
pub use self::record::Device;
pub use self::record::EncodedSession;
pub use self::record::SessionFilter;
pub use self::record::SessionId;
pub use self::record::SessionRecord;
pub use self::record::Sessions;
pub use self::rehearsal::Compared;
pub use self::rehearsal::Expected;
pub use self::rehearsal::Rehearsal;
pub use self::rehearsal::subject_of;
pub use self::rehearsal::unlink;
pub use self::rows::SessionRows;
pub use self::rows::SignOnRows;
pub use self::rule::BoundRule;
pub use self::rule::Rule;
pub use self::rule::UnboundRule;
pub use self::sign_on::Admittance;
pub use self::sign_on::SignOn;
pub use self::sign_on::SignedOn;
pub use self::subject::Subject;
pub use self::transaction::SignOnDoor;
pub use self::transaction::SignOnTransaction;
pub use self::transaction::opened;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::UserId;
use crate::ports::StoreError;
use crate::saml::Admissible;
use crate::saml::Admission;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::Principal;
use crate::saml::Refusal;
use crate::saml::ValidatedAssertion;
use crate::saml::replayed;
use crate::token::Token;

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
        let expires = deadline.map_or(longest, |at| at.min(longest));
        let record = SessionRecord::of(principal, connection.id(), token.hash(), now, expires);
        Session {
            record: SessionRecord {
                idle: connection.session_idle(),
                ..record
            },
        }
    }

    /// Admits a validated assertion and opens its session, in one step of the store. Where the directory decides, that is
    /// where the person's user is found, and judged.
    ///
    /// # Errors
    /// An assertion that was used before or has expired since it was validated, or a store that cannot answer.
    pub async fn sign_on(
        validated: ValidatedAssertion,
        admittance: Admittance,
        sign_on: SignOn<'_>,
        sessions: &dyn Sessions,
    ) -> Result<SignedOn, AdmitError> {
        let admissible = validated.admissible(sign_on.now)?;
        let signed_on = match admittance {
            Admittance::Everybody => {
                let session = Session::admit(admissible, sign_on, sessions).await?;
                session.map(SignedOn::Session)
            }
            Admittance::Directory => sign_on::run(admissible, sign_on, sessions).await?,
        };
        signed_on.ok_or_else(|| replayed().into())
    }

    /// A session of somebody who is not provisioned; `None` says that the assertion was used before.
    async fn admit(
        admissible: Admissible,
        sign_on: SignOn<'_>,
        sessions: &dyn Sessions,
    ) -> Result<Option<Session>, StoreError> {
        let now = sign_on.now;
        let principal = admissible.principal;
        let mut session = Session::open(principal, sign_on.connection, sign_on.token, now);
        session.record.device = sign_on.device;
        let opening = Opening {
            assertion: admissible.key,
            until: admissible.until,
            record: session.record.clone(),
            replaces: sign_on.replaces,
        };
        let admission = open_session_once(sessions, opening, now).await?;
        Ok((admission == Admission::First).then_some(session))
    }

    /// Takes up the session that a store has found; `None` once it has expired.
    #[cfg_attr(
        not(feature = "server"),
        expect(dead_code, reason = "only the edge resumes sessions")
    )]
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

/// The reason that nobody was admitted.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The assertion cannot be used, or not again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
