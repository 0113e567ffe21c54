//! The expected outcome of a sign-on, now: the judgement of a real one in a transaction that is always undone.

use std::sync::Arc;

use jiff::Timestamp;

use super::Denial;
use super::denial::attribute;
use super::denial::claimed;
use super::judge::Decision;
use super::judge::Judge;
use super::last::Claims;
use super::link;
use super::link::lookup;
use super::sessions::Sessions;
use super::sign_on::SignOnAuthority;
use super::subject::Subject;
use super::transaction::SignOnTransaction;
use super::transaction::transact;
use crate::connection::Connection;
use crate::directory::DirectoryError;
use crate::directory::ID_BYTES;
use crate::directory::Lookup;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::scim::Schemas;

/// A sign-on that is asked about.
#[derive(Clone, Debug)]
pub struct Rehearsal<'a> {
    /// The connection of the sign-on.
    pub connection: &'a Connection,
    /// The one who decides.
    pub authority: SignOnAuthority,
    /// The claims that the identity provider would send.
    pub claims: Claims,
    /// The schemas of the connection's users.
    pub schemas: Arc<Schemas>,
    /// The time of the sign-on.
    pub now: Timestamp,
}

/// The expected outcome of the sign-on.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Expected {
    /// The person would be let in, as nobody in the directory: it does not decide.
    LetInAsNobody,
    /// The person would be let in as this user.
    LetIn(Box<UserRecord>),
    /// The person would be let in as a user that the sign-on makes, with these attributes.
    LetInAsNew(Box<UserRecord>),
    /// The person would be let in as this user, once they have proven anew who they are.
    Reauthenticate(Box<UserRecord>),
    /// The person would be turned away.
    Denied(Denial),
}

/// The values that are compared on the way.
#[derive(Clone, PartialEq, Debug)]
pub struct Compared {
    /// The claim that the rule compares.
    pub claim: &'static str,
    /// Its value there, if there is one.
    pub claimed: Option<String>,
    /// The attribute of the directory that the rule compares.
    pub attribute: &'static str,
    /// The users who have the value: a few at most.
    pub matching: Vec<UserId>,
    /// The identity provider's lasting name for the person, where the rule remembers that.
    pub subject: Option<Subject>,
    /// The user that this is tied to: it counts before anything is compared.
    pub linked: Option<UserId>,
}

impl Rehearsal<'_> {
    /// Goes through a sign-on and undoes it: nothing is kept, neither user nor event.
    ///
    /// Fails where the store does.
    pub async fn run(self, sessions: &dyn Sessions) -> Result<(Expected, Compared), StoreError> {
        let scope = Scope::of(self.connection, self.now);
        let new_user = UserId::from_random([0; ID_BYTES]);
        let decides = self.authority == SignOnAuthority::Directory;
        let judge = Judge {
            claims: self.claims,
            proven_since: None,
            schemas: self.schemas,
            new_user,
            scope: scope.clone(),
        };
        let told = transact(sessions, &scope, TxOutcome::Rollback, move |directory| {
            Box::pin(async move {
                let compared = compare(&judge, directory).await?;
                let expected = match decides {
                    true => expect(&judge, directory).await?,
                    false => Expected::LetInAsNobody,
                };
                Ok((expected, compared))
            })
        });
        told.await
    }
}

async fn expect(
    judge: &Judge,
    directory: &mut SignOnTransaction<'_>,
) -> Result<Expected, DirectoryError> {
    Ok(match judge.decide(directory).await? {
        Decision::Admit(user) if user.id() == judge.new_user => Expected::LetInAsNew(user.into()),
        Decision::Admit(user) => Expected::LetIn(user.into()),
        Decision::Reauthenticate(user) => Expected::Reauthenticate(user.into()),
        Decision::Deny(denial, _) => Expected::Denied(denial),
    })
}

async fn compare(
    judge: &Judge,
    directory: &mut SignOnTransaction<'_>,
) -> Result<Compared, DirectoryError> {
    let rule = judge.scope.rules.link_rule;
    let lookup = lookup(rule, &judge.claims).ok();
    let matching = match &lookup {
        Some(lookup) => directory.directory().users_named(lookup).await?,
        None => Vec::new(),
    };
    let subject = link::remembered(rule, &judge.claims);
    let linked = match &subject {
        Some(subject) => directory.rows.linked(subject, rule).await?,
        None => None,
    };
    Ok(Compared {
        claim: claimed(rule),
        claimed: lookup.map(Lookup::into_value),
        attribute: attribute(rule),
        matching: matching.iter().map(UserRecord::id).collect(),
        subject,
        linked: linked.map(|user| user.id()),
    })
}

/// The subject that a user is tied to.
pub(crate) async fn subject_of(
    sessions: &dyn Sessions,
    scope: &Scope,
    user: UserId,
) -> Result<Option<Subject>, StoreError> {
    let found = transact(sessions, scope, TxOutcome::Rollback, move |directory| {
        Box::pin(async move { directory.rows.subject_of(&user, None).await })
    });
    found.await
}

/// Forgets the subject that a user is tied to, with an event; says whether there was one. The next sign-on finds the user by
/// the rule of the connection, and ties it anew. Sessions stay.
pub(crate) async fn unlink(
    sessions: &dyn Sessions,
    scope: &Scope,
    user: UserId,
) -> Result<bool, StoreError> {
    let done = transact(sessions, scope, TxOutcome::Commit, move |directory| {
        Box::pin(async move { directory.directory().unlink(&user).await })
    });
    done.await
}
