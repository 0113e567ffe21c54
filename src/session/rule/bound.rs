//! Binding a rule to the connections of a site, and judging people by it then.

use std::fmt;

use super::Rule;
use super::Term;
use crate::connection::ConnectionId;
use crate::directory::GroupId;
use crate::directory::same_object;
use crate::session::Session;
use crate::session::groups::Group;

impl Rule {
    /// The rule of a site that has these connections. Each part that names no connection asks from now on for the only one that
    /// there is.
    ///
    /// # Errors
    /// A rule with such a part, on a site with no connection or with several.
    pub fn bind(self, connections: &[ConnectionId]) -> Result<BoundRule, UnboundRule> {
        match connections {
            _ if self.says_where() => Ok(BoundRule(self)),
            [only] => Ok(BoundRule(self.bound_to(only))),
            [] => Err(UnboundRule::NoConnection {
                rule: self.to_string(),
            }),
            several => Err(UnboundRule::SeveralConnections {
                rule: self.to_string(),
                connections: several.to_vec(),
            }),
        }
    }

    /// True if people pass only by a part that names a connection, or says that any will do.
    fn says_where(&self) -> bool {
        match &self.0 {
            Term::Name(_) | Term::Object(_) | Term::Role(_) => false,
            Term::Connection(_) | Term::AnyConnection => true,
            Term::Any(rules) => rules.iter().all(Rule::says_where),
            Term::All(rules) => rules.is_empty() || rules.iter().any(Rule::says_where),
        }
    }

    fn bound_to(self, connection: &ConnectionId) -> Rule {
        match self.0 {
            Term::Any(rules) => Rule::any(rules.into_iter().map(|rule| rule.bound_to(connection))),
            term if Rule::says_where(&Rule(term.clone())) => Rule(term),
            term => Rule::connection(connection.as_str()).and(Rule(term)),
        }
    }
}

/// A rule that says of each of its parts which connection it means. [`Rule::bind`] makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoundRule(Rule);

impl BoundRule {
    /// The names of groups in it, which a guard turns into ids.
    pub fn names(&self) -> Vec<&str> {
        self.0.names()
    }

    /// True if a person passes, as far as that can be said without their groups; `None` if it depends on these.
    pub fn without_groups(&self, session: &Session) -> Option<bool> {
        self.0.judge(session, &|_| None)
    }

    /// True if a person with these groups passes. `named` says which group a name of the rule stands for.
    pub fn permits(
        &self,
        session: &Session,
        groups: &[Group],
        named: impl Fn(&str) -> Option<GroupId>,
    ) -> bool {
        let holds = |term: &Term| match term {
            Term::Name(name) => {
                let id = named(name);
                Some(id.is_some() && groups.iter().any(|group| group.id == id))
            }
            Term::Object(wanted) => {
                let ids = groups.iter().filter_map(|group| group.object_id.as_deref());
                let mut same = ids.filter(|id| same_object(wanted, id));
                Some(same.next().is_some())
            }
            _ => None,
        };
        self.0.judge(session, &holds) == Some(true)
    }
}

impl fmt::Display for BoundRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The reason that a rule cannot be bound.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnboundRule {
    /// There is no connection to bind it to.
    #[error(
        "the rule {rule} names no connection, and the site has none: add the connection first, or name it by Rule::connection(id).and(…)"
    )]
    NoConnection {
        /// The rule.
        rule: String,
    },
    /// There are several connections, and nobody knows which one is meant.
    #[error(
        "the rule {rule} names no connection, and the site has several ({}): name one by Rule::connection(id).and(…), or say Rule::any_connection().and(…) if each customer may decide who passes",
        listed(.connections)
    )]
    SeveralConnections {
        /// The rule.
        rule: String,
        /// The connections.
        connections: Vec<ConnectionId>,
    },
}
debug_as_sentence!(UnboundRule);

/// The first few, so that a site with a thousand customers gets a line that can be read.
fn listed(connections: &[ConnectionId]) -> String {
    let first = connections.iter().take(SHOWN).map(ConnectionId::as_str);
    let mut text = first.collect::<Vec<_>>().join(", ");
    if connections.len() > SHOWN {
        text.push_str(&format!(" and {} more", connections.len() - SHOWN));
    }
    text
}

const SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use super::super::tests::OBJECT;
    use super::super::tests::bound;
    use super::super::tests::no;
    use super::super::tests::open;
    use super::super::tests::yes;
    use super::*;

    #[test]
    fn what_names_no_connection_is_bound_to_the_only_one() {
        let acme = || Rule::connection("acme");
        let any = Rule::any_connection;
        for (rule, expected) in [
            (yes(), acme().and(yes())),
            (open(), acme().and(open())),
            (Rule::group(OBJECT), acme().and(Rule::group(OBJECT))),
            (yes().and(no()), acme().and(yes().and(no()))),
            (
                yes().or(Rule::connection("bolt")),
                acme().and(yes()).or(Rule::connection("bolt")),
            ),
            (any().or(yes()), any().or(acme().and(yes()))),
            (
                acme().and(yes()).or(open()),
                acme().and(yes()).or(acme().and(open())),
            ),
            (
                Rule::all([yes().or(acme()), open()]),
                acme().and(Rule::all([yes().or(acme()), open()])),
            ),
        ] {
            assert_eq!(bound(rule), BoundRule(expected));
        }
    }

    #[test]
    fn what_names_no_connection_is_refused_where_there_are_none_or_several() {
        let acme = || Rule::connection("acme");
        let ids: Vec<ConnectionId> = ["acme", "bolt"].map(|id| id.parse().unwrap()).into();
        for rule in [
            yes(),
            open(),
            Rule::group(OBJECT),
            yes().and(open()),
            acme().or(yes()),
            Rule::any([Rule::any([acme(), Rule::all([open(), yes()])])]),
        ] {
            let shown = rule.to_string();
            let none = UnboundRule::NoConnection {
                rule: shown.clone(),
            };
            assert_eq!(rule.clone().bind(&[]), Err(none));
            let several = UnboundRule::SeveralConnections {
                rule: shown,
                connections: ids.clone(),
            };
            assert_eq!(rule.bind(&ids), Err(several));
        }
        for rule in [
            acme(),
            Rule::any_connection(),
            Rule::any_connection().and(yes()),
            acme().and(yes().or(open())),
            Rule::all([open(), acme().or(Rule::connection("bolt"))]),
            acme().and(yes()).or(Rule::connection("bolt").and(open())),
            Rule::any([]),
            Rule::all([]),
        ] {
            for known in [&ids[..], &[]] {
                assert_eq!(rule.clone().bind(known), Ok(BoundRule(rule.clone())));
            }
        }
    }
}
