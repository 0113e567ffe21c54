//! The result of a sign-on: a person for whom the identity provider vouches.

use jiff::Timestamp;

use super::assertion::Assertion;
use super::attributes::Attributes;
use super::name_id::NameId;
use crate::text::redacted;

/// A person for whom the identity provider vouches, to us and now. It comes from
/// [`ValidatedAssertion::admit`](super::ValidatedAssertion::admit) alone.
#[derive(Clone)]
pub struct Principal {
    facts: PrincipalFacts,
}

/// The facts of a principal, for those inside the crate who store it or print it.
#[derive(Clone)]
pub(crate) struct PrincipalFacts {
    pub(crate) issuer: String,
    pub(crate) name_id: NameId,
    pub(crate) session_index: Option<String>,
    pub(crate) index_is_assertion_id: bool,
    pub(crate) authn_instant: Timestamp,
    pub(crate) authn_context: Option<String>,
    pub(crate) session_not_on_or_after: Option<Timestamp>,
    pub(crate) not_on_or_after: Option<Timestamp>,
    pub(crate) attributes: Attributes,
}

redacted!(Principal);

impl Principal {
    /// For [`stage`](super::stage) alone, which has judged the assertion.
    pub(super) fn of(assertion: Assertion, now: Timestamp) -> Principal {
        let authn = assertion.authn.as_ref();
        let index = authn.and_then(|statement| statement.session_index.clone());
        let name_id = assertion.name_id.unwrap_or_else(|| NameId {
            value: String::new(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        });
        Principal {
            facts: PrincipalFacts {
                issuer: assertion.issuer,
                name_id,
                index_is_assertion_id: index.as_ref() == Some(&assertion.id),
                session_index: index,
                authn_instant: authn.map_or(now, |statement| statement.instant),
                authn_context: authn.and_then(|statement| statement.context_class.clone()),
                session_not_on_or_after: authn.and_then(|it| it.session_not_on_or_after),
                not_on_or_after: assertion.conditions.and_then(|it| it.not_on_or_after),
                attributes: assertion.attributes,
            },
        }
    }

    /// The identity provider's entity ID.
    pub fn issuer(&self) -> &str {
        &self.facts.issuer
    }

    /// The person's name.
    pub fn name_id(&self) -> &NameId {
        &self.facts.name_id
    }

    /// The identity provider's handle for its own session.
    pub fn session_index(&self) -> Option<&str> {
        self.facts.session_index.as_deref()
    }

    /// The time at which the person proved who they are: the earliest one, if there are several statements.
    pub fn authn_instant(&self) -> Timestamp {
        self.facts.authn_instant
    }

    /// The method by which the person proved it (`AuthnContextClassRef`).
    pub fn authn_context(&self) -> Option<&str> {
        self.facts.authn_context.as_deref()
    }

    /// The time at which the identity provider wants the session to end.
    pub fn session_not_on_or_after(&self) -> Option<Timestamp> {
        self.facts.session_not_on_or_after
    }

    /// The other facts that the identity provider states about the person.
    pub fn attributes(&self) -> &Attributes {
        &self.facts.attributes
    }

    pub(crate) fn into_facts(self) -> PrincipalFacts {
        self.facts
    }
}
