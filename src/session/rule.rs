//! What a door asks of a person: groups, roles, connections, and combinations of these.

use std::fmt;

use super::Session;
use super::groups::Group;
use super::groups::same_object;
use crate::directory::GroupId;
use crate::directory::is_guid;
use crate::saml::claim;

/// What is asked of a person who is signed on.
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

    /// The names of groups in it, which a guard turns into ids.
    pub fn names(&self) -> Vec<&str> {
        match &self.0 {
            Term::Name(name) => vec![name],
            Term::Any(rules) | Term::All(rules) => rules.iter().flat_map(Rule::names).collect(),
            Term::Object(_) | Term::Role(_) | Term::Connection(_) => Vec::new(),
        }
    }

    /// Whether a person passes, as far as that can be said without their groups; `None` if it depends on these.
    pub fn without_groups(&self, session: &Session) -> Option<bool> {
        self.judge(session, &|_| None)
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
        self.judge(session, &holds) == Some(true)
    }

    fn judge(&self, session: &Session, group: &dyn Fn(&Term) -> Option<bool>) -> Option<bool> {
        match &self.0 {
            Term::Name(_) | Term::Object(_) => group(&self.0),
            Term::Role(role) => Some(session.attributes().values(claim::ROLE).contains(role)),
            Term::Connection(id) => Some(session.connection().as_str() == id),
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
            assert_eq!(rule.without_groups(&session()), expected, "{rule}");
        }
    }

    #[test]
    fn a_name_is_the_group_that_it_stands_for_and_never_a_claim() {
        let held = [group(Some(id(1)), OBJECT)];
        let permits = |groups: &[Group], stands_for: Option<GroupId>| {
            open().permits(&session(), groups, |name| {
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
            let rule = Rule::group(OBJECT);
            assert_eq!(rule.permits(&session(), &groups, |_| None), expected);
            assert_eq!(
                rule.clone()
                    .and(yes())
                    .permits(&session(), &groups, |_| None),
                expected
            );
            assert!(!rule.and(no()).permits(&session(), &groups, |_| None));
        }
        assert!(Rule::group_object("staff").permits(&session(), &[group(None, "staff")], |_| None));
        assert!(
            !Rule::group_object("staff").permits(&session(), &[group(None, "Staff")], |_| None)
        );
    }

    #[test]
    fn the_names_of_a_rule_are_those_of_all_its_parts() {
        let rule = Rule::all([
            open(),
            Rule::group(OBJECT),
            yes().or(Rule::group_named(OBJECT)),
        ]);
        assert_eq!(rule.names(), ["Board", OBJECT]);
    }
}
