//! Demands of a door on a person: groups, roles, connections, and combinations of these. A group or a role is a word of one
//! identity provider: another customer's may use the same for other people. So a rule judges nobody before each of its parts
//! says of which connection it speaks: [`Rule::bind`] makes the [`BoundRule`] that does.

mod bound;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::bound::BoundRule;
pub use self::bound::UnboundRule;
use super::Session;
use crate::directory::is_guid;
use crate::saml::claim;

/// A demand on a person who is signed on.
///
/// Parts that name no connection are asked of the only connection that the site has when a guard is built; on a
/// site with several, a rule must say which one it means, or [`Rule::any_connection`].
///
/// ```
/// use entrada::session::Rule;
///
/// let board = Rule::group("Board").or(Rule::role("Auditor"));
/// let acme_board = Rule::connection("acme").and(board);
/// assert_eq!(acme_board.to_string(), "(connection \"acme\" and (group \"Board\" or role \"Auditor\"))");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule(Term);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Term {
    Name(String),
    Object(String),
    Role(String),
    Connection(String),
    AnyConnection,
    Any(Vec<Rule>),
    All(Vec<Rule>),
}

impl Rule {
    /// A group: by its object id if the text has the form of a GUID, by its name otherwise. See [`Rule::group_object`] and
    /// [`Rule::group_named`] for the difference.
    pub fn group(text: impl Into<String>) -> Rule {
        let text = text.into();
        match is_guid(&text) {
            true => Rule::group_object(text),
            false => Rule::group_named(text),
        }
    }

    /// The group that has this `displayName` when the guard is built, but for the case of ASCII letters. The guard follows that group from
    /// then on, and not the name. A claim never matches: the directory alone knows names.
    pub fn group_named(name: impl Into<String>) -> Rule {
        Rule(Term::Name(name.into()))
    }

    /// The group that has this `externalId`, a GUID in whatever case and anything else to the letter. Where the directory
    /// has no such group, a claim of sign-on matches. Should several groups have it, they count as one.
    pub fn group_object(id: impl Into<String>) -> Rule {
        Rule(Term::Object(id.into()))
    }

    /// An app role, as the identity provider claimed it at sign-on (the claim `role`), to the letter.
    pub fn role(value: impl Into<String>) -> Rule {
        Rule(Term::Role(value.into()))
    }

    /// A sign-on over this connection.
    pub fn connection(id: impl Into<String>) -> Rule {
        Rule(Term::Connection(id.into()))
    }

    /// A sign-on over any connection, also over one that is added later. `Rule::any_connection().and(Rule::role("Auditor"))` is
    /// for those whom any customer's identity provider calls an auditor: each customer decides who that is.
    pub fn any_connection() -> Rule {
        Rule(Term::AnyConnection)
    }

    /// One of these at least. Of none, nobody passes.
    pub fn any(rules: impl IntoIterator<Item = Rule>) -> Rule {
        Rule(Term::Any(rules.into_iter().collect()))
    }

    /// All of these. Of none, nobody passes: a list that came out empty is a mistake, and opens no door.
    pub fn all(rules: impl IntoIterator<Item = Rule>) -> Rule {
        Rule(Term::All(rules.into_iter().collect()))
    }

    /// This or the other.
    #[must_use]
    pub fn or(self, other: Rule) -> Rule {
        Rule::any([self, other])
    }

    /// This and the other.
    #[must_use]
    pub fn and(self, other: Rule) -> Rule {
        Rule::all([self, other])
    }

    fn names(&self) -> Vec<&str> {
        match &self.0 {
            Term::Name(name) => vec![name],
            Term::Any(rules) | Term::All(rules) => rules.iter().flat_map(Rule::names).collect(),
            Term::Object(_) | Term::Role(_) | Term::Connection(_) | Term::AnyConnection => {
                Vec::new()
            }
        }
    }

    fn judge(&self, session: &Session, group: &dyn Fn(&Term) -> Option<bool>) -> Option<bool> {
        match &self.0 {
            Term::Name(_) | Term::Object(_) => group(&self.0),
            Term::Role(role) => Some(session.attributes().values(claim::ROLE).contains(role)),
            Term::Connection(id) => Some(session.connection().as_str() == id),
            Term::AnyConnection => Some(true),
            Term::All(rules) if rules.is_empty() => Some(false),
            Term::All(rules) => fold(false, rules, session, group),
            Term::Any(rules) => fold(true, rules, session, group),
        }
    }
}

/// One rule that comes to `decisive` decides; else one that is open leaves all open.
fn fold(
    decisive: bool,
    rules: &[Rule],
    session: &Session,
    group: &dyn Fn(&Term) -> Option<bool>,
) -> Option<bool> {
    let mut open = false;
    for rule in rules {
        match rule.judge(session, group) {
            Some(judged) if judged == decisive => return Some(decisive),
            judged => open |= judged.is_none(),
        }
    }
    (!open).then_some(!decisive)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (joint, rules) = match &self.0 {
            Term::Name(name) => return write!(f, "group {name:?}"),
            Term::Object(id) => return write!(f, "group object {id:?}"),
            Term::Role(role) => return write!(f, "role {role:?}"),
            Term::Connection(id) => return write!(f, "connection {id:?}"),
            Term::AnyConnection => return f.write_str("any connection"),
            Term::Any(rules) => (" or ", rules),
            Term::All(rules) => (" and ", rules),
        };
        let rules: Vec<String> = rules.iter().map(Rule::to_string).collect();
        write!(f, "({})", rules.join(joint))
    }
}
