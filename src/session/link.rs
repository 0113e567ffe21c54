//! Tying a person who signs on to their user. By object id, the directory says who is who, now: provisioning keeps
//! `externalId`, and nothing is remembered beside it. By any other rule a name leads to the user the first time; from then on the person's [`Subject`] does, so that
//! a changed name is followed, and one given to somebody else reaches nothing. A tie that another rule has made counts for
//! nothing. Who has no subject is found by name each time, and never reaches a user who is tied to a subject.

use super::denial::Denial;
use super::denial::attribute;
use super::denial::claimed;
use super::last::Claims;
use super::subject::Subject;
use super::transaction::SignOnTransaction;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::Lookup;
use crate::directory::UserRecord;
use crate::saml::claim;
use crate::saml::namespace::TRANSIENT;

/// The look-up that a rule makes for this person.
pub(super) fn lookup(rule: LinkRule, claims: &Claims) -> Result<Lookup, Denial> {
    let name = &claims.name_id;
    let lasting = name.format.as_deref() != Some(TRANSIENT);
    let (value, lookup): (_, fn(String) -> Lookup) = match rule {
        LinkRule::ObjectId => (claims.only(claim::OBJECT_ID), Lookup::ExternalId),
        LinkRule::UserPrincipalName => (claims.only(claim::NAME), Lookup::UserName),
        LinkRule::NameId => (lasting.then_some(name.value.as_str()), Lookup::UserName),
        LinkRule::Email => (claims.only(claim::EMAIL), Lookup::Email),
    };
    let value = value.filter(|value| !value.trim().is_empty());
    let value = value.ok_or(Denial::ClaimMissing(claimed(rule)))?;
    Ok(lookup(value.to_owned()))
}

pub(super) enum UserMatch {
    User(UserRecord),
    /// This is the user by name; once the person is let in, they are tied to it.
    Named(UserRecord),
    /// There is none; whoever makes one for the person ties it to the subject.
    Nobody,
    Denied(Denial),
}

/// Finds the user of a person, and remembers the tie.
pub(super) async fn find(
    directory: &mut SignOnTransaction<'_>,
    rule: LinkRule,
    claims: &Claims,
) -> Result<UserMatch, DirectoryError> {
    let subject = remembered(rule, claims);
    if let Some(subject) = &subject
        && let Some(user) = directory.rows.linked(subject, rule).await?
    {
        return Ok(UserMatch::User(user));
    }
    let lookup = match lookup(rule, claims) {
        Ok(lookup) => lookup,
        Err(denial) => return Ok(UserMatch::Denied(denial)),
    };
    let mut found = directory.directory().users_named(&lookup).await?;
    let Some(user) = found.pop() else {
        return Ok(UserMatch::Nobody);
    };
    if !found.is_empty() {
        return Ok(UserMatch::Denied(Denial::Ambiguous(attribute(rule))));
    }
    if rule == LinkRule::ObjectId {
        return Ok(UserMatch::User(user));
    }
    let tied = directory.rows.subject_of(&user.id(), Some(rule)).await?;
    if tied.is_some() {
        return Ok(UserMatch::Denied(Denial::LinkedToAnother));
    }
    Ok(UserMatch::Named(user))
}

/// Remembers who a user is, where the rule does.
pub(super) async fn tie(
    directory: &mut SignOnTransaction<'_>,
    rule: LinkRule,
    claims: &Claims,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    match remembered(rule, claims) {
        Some(subject) => directory.link(&subject, &user.id(), rule).await,
        None => Ok(()),
    }
}

/// The subject, where the rule remembers one.
pub(super) fn remembered(rule: LinkRule, claims: &Claims) -> Option<Subject> {
    match rule {
        LinkRule::ObjectId => None,
        _ => Subject::of(claims),
    }
}
