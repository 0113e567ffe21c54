//! The directory's decision on a person's claims: which user they are, and whether that one may sign on. A sign-on acts
//! on the decision; a rehearsal only tells it. Both come through here, so that they cannot disagree.

use std::sync::Arc;

use jiff::Timestamp;

use super::denial::Denial;
use super::denial::attribute;
use super::just_in_time;
use super::last::Claims;
use super::link;
use super::link::UserMatch;
use super::transaction::SignOnTransaction;
use crate::directory::DirectoryError;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

/// A sign-on as far as the directory judges it.
#[derive(Clone)]
pub(super) struct Judge {
    pub(super) claims: Claims,
    pub(super) proven_since: Option<Timestamp>,
    pub(super) schemas: Arc<Schemas>,
    pub(super) new_user: UserId,
    pub(super) scope: Scope,
}

pub(super) enum Decision {
    /// The person is this user, and may sign on.
    Admit(UserRecord),
    /// The person is this user, and must prove anew who they are.
    Reauthenticate(UserRecord),
    /// The person is turned away; perhaps they are this user.
    Deny(Denial, Option<UserRecord>),
}

impl Judge {
    /// Judges, and makes or ties or updates the user on the way, where sign-on does that.
    pub(super) async fn decide(
        &self,
        directory: &mut SignOnTransaction<'_>,
    ) -> Result<Decision, DirectoryError> {
        let rules = &self.scope.rules;
        let (user, is_known) = match link::find(directory, rules.link_rule, &self.claims).await? {
            UserMatch::User(user) => (self.kept(directory, user).await?, true),
            UserMatch::Named(user) => (self.kept(directory, user).await?, false),
            UserMatch::Nobody if rules.sign_on.creates_users() => {
                match self.created(directory).await? {
                    Ok(user) => (user, false),
                    Err(denial) => return Ok(Decision::Deny(denial, None)),
                }
            }
            UserMatch::Nobody => return Ok(Decision::Deny(self.unprovisioned(), None)),
            UserMatch::Denied(denial) => return Ok(Decision::Deny(denial, None)),
        };
        if !user.record().resource.is_active() {
            return Ok(Decision::Deny(Denial::Inactive, Some(user)));
        }
        if !self.admits(user.origin) {
            return Ok(Decision::Deny(self.unprovisioned(), Some(user)));
        }
        if !is_known {
            link::tie(directory, rules.link_rule, &self.claims, &user).await?;
        }
        let since = directory.rows.authn_since(&user.id()).await?;
        if since.is_some_and(|since| !self.is_proven(since)) {
            return Ok(Decision::Reauthenticate(user));
        }
        Ok(Decision::Admit(user))
    }

    /// True if users of this origin may sign on. One whom a sign-on made was not provisioned, whatever the policy was
    /// then.
    fn admits(&self, origin: Origin) -> bool {
        origin == Origin::Provisioned || self.scope.rules.sign_on.creates_users()
    }

    /// True if the person has proven who they are since a moment: by the identity provider's word and clock, or because
    /// this sign-on asked for that, and the assertion has been held to it. A moment ahead of our clock comes from a
    /// clock that was set back since. Then this is as much as anybody can prove.
    fn is_proven(&self, since: Timestamp) -> bool {
        let asked = self.proven_since;
        asked.is_some_and(|asked| asked >= since || since > self.scope.now)
            || self.claims.authn_instant >= since
    }

    fn unprovisioned(&self) -> Denial {
        Denial::Unprovisioned(attribute(self.scope.rules.link_rule))
    }

    /// A user for a person who has none.
    async fn created(
        &self,
        directory: &mut SignOnTransaction<'_>,
    ) -> Result<Result<UserRecord, Denial>, DirectoryError> {
        let of = self.schemas.resource_type(ResourceKind::User);
        let (directory, id) = (&mut directory.directory(), self.new_user.clone());
        just_in_time::create(directory, &self.scope, &self.claims, of, id).await
    }

    /// The user, brought up to date if that is for sign-ons to do.
    async fn kept(
        &self,
        directory: &mut SignOnTransaction<'_>,
        user: UserRecord,
    ) -> Result<UserRecord, DirectoryError> {
        if !self.keeps(&user) {
            return Ok(user);
        }
        let of = self.schemas.resource_type(ResourceKind::User);
        let (rule, now) = (self.scope.rules.link_rule, self.scope.now);
        let directory = &mut directory.directory();
        just_in_time::update(directory, rule, &self.claims, of, user, now).await
    }

    /// True if sign-ons keep this user up to date: it came by one, and may sign on.
    fn keeps(&self, user: &UserRecord) -> bool {
        self.scope.rules.sign_on.creates_users()
            && user.origin == Origin::JustInTime
            && user.record().resource.is_active()
    }
}
