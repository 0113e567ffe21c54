//! A sign-on that the directory governs: who the person is there, whether they may, and their session, in one transaction.

use std::sync::Arc;

use jiff::Timestamp;

use super::denial::Denial;
use super::judge::Decision;
use super::judge::Judge;
use super::last::Claims;
use super::last::LastSignOn;
use super::live::Session;
use super::opening::Opening;
use super::opening::open_session_once;
use super::record::Device;
use super::record::SessionRecord;
use super::sessions::Sessions;
use super::transaction::SignOnTransaction;
use super::transaction::transact;
use crate::connection::Connection;
use crate::connection::SignOnPolicy;
use crate::directory::DirectoryError;
use crate::directory::ID_BYTES;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::ports::StoreError;
use crate::saml::Admissible;
use crate::saml::Admission;
use crate::saml::Refusal;
use crate::saml::ReplayKey;
use crate::saml::ValidatedAssertion;
use crate::saml::replayed;
use crate::scim::Schemas;
use crate::token::Token;
use crate::token::TokenHash;

/// The one who decides whether a person may sign on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignOnAuthority {
    /// The identity provider alone: nobody is provisioned, and nobody is remembered.
    IdentityProvider,
    /// The directory.
    Directory,
}

impl SignOnAuthority {
    /// The one who decides for a connection; `is_provisioned` says whether it has users, or has or had a SCIM
    /// credential.
    pub fn of(connection: &Connection, is_provisioned: bool) -> SignOnAuthority {
        match connection.sign_on().policy {
            SignOnPolicy::ProvisionedOnly if !is_provisioned => SignOnAuthority::IdentityProvider,
            _ => SignOnAuthority::Directory,
        }
    }
}

/// A sign-on on the point of being carried out: what is known beside the assertion.
#[derive(Clone, Debug)]
pub(crate) struct SignOn<'a> {
    /// The connection of the sign-on.
    pub connection: &'a Connection,
    /// The token that the browser gets.
    pub token: &'a Token,
    /// The sessions of the same browser that end with it.
    pub replaces: Vec<TokenHash>,
    /// The device that the person signs on from.
    pub device: Device,
    /// The earliest moment for the person's proof of who they are, if a fresh one was asked for; the assertion has been
    /// held to it.
    pub proven_since: Option<Timestamp>,
    /// The schemas of the connection's users.
    pub schemas: Arc<Schemas>,
    /// Random bytes for the id of a user, if one is made.
    pub random: [u8; ID_BYTES],
    /// The time of the sign-on.
    pub now: Timestamp,
}

/// The result of a sign-on.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is returned"
)]
pub(crate) enum SignedOn {
    /// The person has a session.
    Session(Session),
    /// The directory turns the person away.
    Denied(Denial),
    /// The person's groups have changed: they must prove anew who they are.
    Reauthenticate,
}

impl Session {
    /// Admits a validated assertion and opens its session, in one step of the store. Where the directory decides, that is
    /// where the person's user is found, and judged.
    ///
    /// # Errors
    /// An assertion that was used before or has expired since it was validated, or a store that cannot answer.
    pub(crate) async fn sign_on(
        validated: ValidatedAssertion,
        authority: SignOnAuthority,
        sign_on: SignOn<'_>,
        sessions: &dyn Sessions,
    ) -> Result<SignedOn, AdmitError> {
        let admissible = validated.admissible(sign_on.now)?;
        let signed_on = match authority {
            SignOnAuthority::IdentityProvider => {
                let session = Session::admit(admissible, sign_on, sessions).await?;
                session.map(SignedOn::Session)
            }
            SignOnAuthority::Directory => run(admissible, sign_on, sessions).await?,
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
}

/// The reason that nobody was admitted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmitError {
    /// The assertion cannot be used, or not again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of the transaction.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is returned"
)]
enum Outcome {
    Replayed,
    SignedOn(SignedOn),
}

/// Carries a sign-on out. `None` says that the assertion was used before.
async fn run(
    admissible: Admissible,
    sign_on: SignOn<'_>,
    sessions: &dyn Sessions,
) -> Result<Option<SignedOn>, StoreError> {
    let scope = Scope::of(sign_on.connection, sign_on.now);
    let principal = admissible.principal;
    let mut session = Session::open(
        principal.clone(),
        sign_on.connection,
        sign_on.token,
        sign_on.now,
    );
    session.record.device = sign_on.device;
    let attempt = Attempt {
        key: admissible.key,
        until: admissible.until,
        record: session.record,
        replaces: sign_on.replaces,
        judge: Judge {
            claims: Claims::of(&principal),
            proven_since: sign_on.proven_since,
            schemas: sign_on.schemas,
            new_user: UserId::from_random(sign_on.random),
            scope: scope.clone(),
        },
    };
    let outcome = transact(sessions, &scope, move |directory| {
        Box::pin(attempt.carry_out(directory))
    });
    match outcome.await {
        Ok(Outcome::Replayed) => Ok(None),
        Ok(Outcome::SignedOn(signed_on)) => Ok(Some(signed_on)),
        Err(DirectoryError::Store(error)) => Err(error),
        Err(error) => Err(StoreError::new(error)),
    }
}

#[derive(Clone)]
struct Attempt {
    key: ReplayKey,
    until: Timestamp,
    record: SessionRecord,
    replaces: Vec<TokenHash>,
    judge: Judge,
}

impl Attempt {
    async fn carry_out(
        mut self,
        directory: &mut SignOnTransaction<'_>,
    ) -> Result<Outcome, DirectoryError> {
        if directory.admit(self.key, self.until).await? != Admission::First {
            return Ok(Outcome::Replayed);
        }
        let signed_on = match self.judge.decide(directory).await? {
            Decision::Admit(user) => self.let_in(directory, user).await?,
            Decision::Reauthenticate(_) => SignedOn::Reauthenticate,
            Decision::Deny(denial, user) => {
                let user = user.map(|user| user.id());
                self.deny(directory, denial, user).await?
            }
        };
        Ok(Outcome::SignedOn(signed_on))
    }

    async fn let_in(
        &mut self,
        directory: &mut SignOnTransaction<'_>,
        user: UserRecord,
    ) -> Result<SignedOn, DirectoryError> {
        self.record.user = Some(user.id());
        directory.open_session(&self.record, &self.replaces).await?;
        self.note(directory, Some(user.id()), None).await?;
        Ok(SignedOn::Session(Session {
            record: self.record.clone(),
        }))
    }

    async fn deny(
        &self,
        directory: &mut SignOnTransaction<'_>,
        denial: Denial,
        user: Option<UserId>,
    ) -> Result<SignedOn, DirectoryError> {
        directory.refuse(user.as_ref(), denial.code()).await?;
        self.note(directory, user, Some(denial.code())).await?;
        Ok(SignedOn::Denied(denial))
    }

    async fn note(
        &self,
        directory: &mut SignOnTransaction<'_>,
        user: Option<UserId>,
        refused: Option<&str>,
    ) -> Result<(), DirectoryError> {
        let last = LastSignOn {
            at: self.judge.scope.now,
            claims: self.judge.claims.clone(),
            user,
            refused: refused.map(str::to_owned),
        };
        directory.note_sign_on(&last).await
    }
}
