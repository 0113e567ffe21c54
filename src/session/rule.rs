//! What a door asks of a person: groups, roles, connections, and combinations of these.
//!
//! A group or a role is a word of one identity provider: another customer's may use the same for other people. So a rule judges
//! nobody before each of its parts says of which connection it speaks: [`Rule::bind`] makes the [`BoundRule`] that does.

use std::fmt;

use super::Session;
use super::groups::Group;
use super::groups::same_object;
use crate::connection::ConnectionId;
use crate::directory::GroupId;
use crate::directory::is_guid;
use crate::saml::claim;

/// What is asked of a person who is signed on.
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

/// A rule that says of each of its parts which connection it means. [`Rule::bind`] makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoundRule(Rule);

impl BoundRule {
    /// The names of groups in it, which a guard turns into ids.
    pub fn names(&self) -> Vec<&str> {
        self.0.names()
    }

    /// Whether a person passes, as far as that can be said without their groups; `None` if it depends on these.
    pub fn without_groups(&self, session: &Session) -> Option<bool> {
        self.0.judge(session, &|_| None)
    }

    /// Whether a person with these groups passes. `named` says which group a name of the rule stands for.
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

/// Why a rule cannot be bound.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::session::Standing;

    const OBJECT: &str = "0aaaaaaa-0000-4000-8000-00000000000b";

    /// Somebody with the role `Auditor`, over `acme`.
    fn session() -> Session {
        let record = json!({
            "id": "0123456789abcdef", "token": vec![0; 32], "connection": "acme", "issuer": "i",
            "name_id": {"value": "ada", "format": null, "name_qualifier": null, "sp_name_qualifier": null},
            "session_index": null, "authn_instant": "2026-11-22T10:00:00Z",
            "attributes": [{"name": claim::ROLE, "values": ["Reader", "Auditor"]}],
            "opened": "2026-11-22T10:00:00Z", "expires": "2026-11-22T20:00:00Z",
        });
        Session {
            record: serde_json::from_value(record).unwrap(),
        }
    }

    fn id(number: u8) -> GroupId {
        GroupId::from_random([number; 16])
    }

    fn group(id: Option<GroupId>, object_id: &str) -> Group {
        Group {
            standing: match id {
                Some(_) => Standing::Direct,
                None => Standing::Claimed,
            },
            id,
            object_id: Some(object_id.to_owned()),
            display_name: None,
        }
    }

    /// The rule on a site with `acme` alone.
    fn bound(rule: Rule) -> BoundRule {
        rule.bind(&["acme".parse().unwrap()]).unwrap()
    }

    fn yes() -> Rule {
        Rule::role("Auditor")
    }

    fn no() -> Rule {
        Rule::role("auditor")
    }

    fn open() -> Rule {
        Rule::group("Board")
    }

    #[test]
    fn what_no_group_decides_needs_no_groups() {
        for (rule, expected) in [
            (yes(), Some(true)),
            (no(), Some(false)),
            (Rule::connection("acme"), Some(true)),
            (Rule::connection("second"), Some(false)),
            (open(), None),
            (Rule::group(OBJECT), None),
            (open().or(yes()), Some(true)),
            (yes().or(open()), Some(true)),
            (open().or(no()), None),
            (open().and(no()), Some(false)),
            (no().and(open()), Some(false)),
            (open().and(yes()), None),
            (Rule::any([]), Some(false)),
            (Rule::all([]), Some(false)),
            (Rule::all([yes(), Rule::all([])]), Some(false)),
            (Rule::any([no(), no(), yes()]), Some(true)),
            (Rule::all([yes(), yes(), no()]), Some(false)),
        ] {
            let shown = rule.to_string();
            assert_eq!(bound(rule).without_groups(&session()), expected, "{shown}");
        }
    }

    #[test]
    fn a_name_is_the_group_that_it_stands_for_and_never_a_claim() {
        let held = [group(Some(id(1)), OBJECT)];
        let permits = |groups: &[Group], stands_for: Option<GroupId>| {
            bound(open()).permits(&session(), groups, |name| {
                assert_eq!(name, "Board");
                stands_for.clone()
            })
        };
        assert!(permits(&held, Some(id(1))));
        assert!(!permits(&held, Some(id(2))));
        assert!(!permits(&held, None));
        assert!(!permits(&[group(None, "Board")], None));
        assert!(!permits(&[group(None, "Board")], Some(id(1))));
    }

    #[test]
    fn an_object_id_is_that_of_a_group_or_of_a_claim() {
        for (groups, expected) in [
            (vec![group(Some(id(1)), OBJECT)], true),
            (vec![group(Some(id(1)), &OBJECT.to_uppercase())], true),
            (vec![group(None, OBJECT)], true),
            (vec![group(None, "other")], false),
            (vec![], false),
        ] {
            let permits = |rule| bound(rule).permits(&session(), &groups, |_| None);
            let rule = Rule::group(OBJECT);
            assert_eq!(permits(rule.clone()), expected);
            assert_eq!(permits(rule.clone().and(yes())), expected);
            assert!(!permits(rule.and(no())));
        }
        for (claimed, expected) in [("staff", true), ("Staff", false)] {
            let rule = bound(Rule::group_object("staff"));
            let groups = [group(None, claimed)];
            assert_eq!(rule.permits(&session(), &groups, |_| None), expected);
        }
    }

    #[test]
    fn the_names_of_a_rule_are_those_of_all_its_parts() {
        let rule = Rule::all([
            open(),
            Rule::group(OBJECT),
            yes().or(Rule::group_named(OBJECT)),
        ]);
        assert_eq!(bound(rule).names(), ["Board", OBJECT]);
    }

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
