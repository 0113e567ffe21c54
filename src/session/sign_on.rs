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
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::saml::Admission;
use crate::saml::Refusal;
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

impl Session {
    /// Admits a validated assertion and opens its session, in one step of the store. Where the directory decides, that is
    /// where the person's user is found, and judged. `None` where the person's groups have changed: they must prove anew who
    /// they are.
    pub(crate) async fn sign_on(
        validated: ValidatedAssertion,
        authority: SignOnAuthority,
        sign_on: SignOn<'_>,
        sessions: &dyn Sessions,
    ) -> Result<Option<Session>, AdmitError> {
        let now = sign_on.now;
        let admissible = validated.admissible(now)?;
        let claims = match authority {
            SignOnAuthority::Directory => Some(Claims::of(&admissible.principal)),
            SignOnAuthority::IdentityProvider => None,
        };
        let session = Session::open(admissible.principal, sign_on.connection, sign_on.token, now);
        let opening = Opening {
            assertion: admissible.key,
            until: admissible.until,
            record: SessionRecord {
                device: sign_on.device,
                ..session.record
            },
            replaces: sign_on.replaces,
        };
        let Some(claims) = claims else {
            let record = opening.record.clone();
            return match open_session_once(sessions, opening, now).await? {
                Admission::First => Ok(Some(Session { record })),
                _ => Err(replayed().into()),
            };
        };
        let scope = Scope::of(sign_on.connection, now);
        let judge = Judge {
            claims,
            proven_since: sign_on.proven_since,
            schemas: sign_on.schemas,
            new_user: UserId::from_random(sign_on.random),
            scope: scope.clone(),
        };
        let done = transact(sessions, &scope, TxOutcome::Commit, move |directory| {
            Box::pin(judged(judge, opening, directory))
        });
        done.await?
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmitError {
    /// The assertion cannot be used, or not again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries out what the directory decides on a sign-on. Whoever is turned away leaves an event and a note.
async fn judged(
    judge: Judge,
    opening: Opening,
    directory: &mut SignOnTransaction<'_>,
) -> Result<Result<Option<Session>, AdmitError>, DirectoryError> {
    let now = judge.scope.now;
    let admission = directory.rows.admit(opening.assertion, opening.until, now);
    if admission.await? != Admission::First {
        return Ok(Err(replayed().into()));
    }
    let (user, result) = match judge.decide(directory).await? {
        Decision::Admit(user) => {
            let mut record = opening.record;
            record.user = Some(user.id());
            directory.open_session(&record, &opening.replaces).await?;
            (Some(user), Ok(Some(Session { record })))
        }
        Decision::Reauthenticate(_) => return Ok(Ok(None)),
        Decision::Deny(denial, user) => (user, Err(denial)),
    };
    let user = user.map(|user| user.id());
    let refused = result.as_ref().err().map(|denial| denial.code());
    if let Some(code) = refused {
        directory.refuse(user.as_ref(), code).await?;
    }
    let last = LastSignOn {
        at: now,
        claims: judge.claims,
        user,
        refused: refused.map(str::to_owned),
    };
    directory.rows.note_sign_on(&last).await?;
    Ok(result.map_err(AdmitError::from))
}
