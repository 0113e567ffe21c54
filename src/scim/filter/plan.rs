//! The part of a filter that a store's indexes can answer, and the part that is left to evaluate in memory.

use jiff::Timestamp;

use super::Comparison;
use super::Filter;
use super::Literal;
use super::Node;
use super::Operator;
use crate::scim::path::AttributePath;

/// A filter, taken apart. Every term must hold, and what is left too.
///
/// A term is exact: a store that applies it need not evaluate it again. Applied together, the terms and what is left say
/// the same as the filter, so `left: None` means that the store's own query is the whole answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plan {
    /// Lookups for a store. Empty if every resource has to be looked at.
    pub terms: Vec<Term>,
    /// The part to evaluate on each resource that meets the terms.
    pub left: Option<Filter>,
}

/// One lookup.
#[derive(Clone, PartialEq, Debug)]
pub struct Term {
    /// The column.
    pub attribute: Indexed,
    /// The relation: `Eq` for all, `Sw` for texts, an order for times.
    pub operator: Operator,
    /// The value to compare with.
    pub value: TermValue,
}

/// The value that a store keeps an index on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Indexed {
    /// `id`, exactly.
    Id,
    /// `externalId`, exactly.
    ExternalId,
    /// `userName`, by its [key](crate::scim::user_name_key).
    UserName,
    /// `displayName`, folded.
    DisplayName,
    /// `active`.
    Active,
    /// One of `emails.value`, folded.
    Email,
    /// One of the ids in a group's `members`, exactly.
    Member,
    /// One of the ids in a user's `groups`, exactly; direct or through another group.
    Group,
    /// `meta.created`, to the millisecond.
    Created,
    /// `meta.lastModified`, to the millisecond.
    LastModified,
}

impl Indexed {
    /// The index on an attribute; `None` if stores have none.
    pub(crate) fn of(path: &AttributePath) -> Option<Indexed> {
        let part = path.sub_attribute().map(|part| part.name.as_str());
        let mut all = INDEXED.into_iter();
        let found = all.find(|(name, sub, _)| path.is_of(name) && part == *sub);
        found.map(|(_, _, indexed)| indexed)
    }

    /// True if a resource may have several values of it: they give its kind no order, and stores keep them in tables of their
    /// own.
    pub(crate) fn has_several(self) -> bool {
        matches!(self, Indexed::Email | Indexed::Member | Indexed::Group)
    }
}

/// The value that a lookup compares with.
#[derive(Clone, PartialEq, Debug)]
pub enum TermValue {
    /// A text: as it stands, or as [`fold`](super::fold) makes it where the attribute does not distinguish case.
    Text(String),
    /// A boolean.
    Boolean(bool),
    /// A time.
    Instant(Timestamp),
}

const INDEXED: [(&str, Option<&str>, Indexed); 10] = [
    ("id", None, Indexed::Id),
    ("externalId", None, Indexed::ExternalId),
    ("userName", None, Indexed::UserName),
    ("displayName", None, Indexed::DisplayName),
    ("active", None, Indexed::Active),
    ("emails", Some("value"), Indexed::Email),
    ("members", Some("value"), Indexed::Member),
    ("groups", Some("value"), Indexed::Group),
    ("meta", Some("created"), Indexed::Created),
    ("meta", Some("lastModified"), Indexed::LastModified),
];

impl Filter {
    /// Takes the filter apart for a store; see [`Plan`].
    pub fn plan(&self) -> Plan {
        plan(self)
    }
}

fn plan(filter: &Filter) -> Plan {
    let mut terms = Vec::new();
    let mut left = Vec::new();
    for node in conjuncts(&filter.root) {
        match exact(node) {
            Some(term) => terms.push(term),
            None => {
                terms.extend(necessary(node));
                left.push(node.clone());
            }
        }
    }
    let left = match left.len() {
        0 => None,
        1 => left.pop().map(|root| Filter { root }),
        _ => Some(Filter {
            root: Node::And(left),
        }),
    };
    Plan { terms, left }
}

/// The parts that must all hold. Parentheses around a conjunction change nothing.
fn conjuncts(node: &Node) -> Vec<&Node> {
    match node {
        Node::And(nodes) => nodes.iter().flat_map(conjuncts).collect(),
        node => vec![node],
    }
}

/// The term that says the same as a part of the filter.
fn exact(node: &Node) -> Option<Term> {
    match node {
        Node::Compare(comparison) => term(comparison),
        Node::Element(_, inner) => match inner.as_ref() {
            Node::Compare(comparison) => term(comparison),
            _ => None,
        },
        _ => None,
    }
}

/// A term that holds wherever a part of the filter does: `emails[type eq "work" and value eq "x"]` needs the address.
fn necessary(node: &Node) -> Option<Term> {
    match node {
        Node::Element(_, inner) => conjuncts(inner).into_iter().find_map(exact),
        _ => None,
    }
}

fn term(comparison: &Comparison) -> Option<Term> {
    let attribute = Indexed::of(&comparison.path)?;
    let operator = comparison.operator;
    let value = match &comparison.literal {
        Literal::Exact(text) | Literal::Folded { folded: text, .. } => {
            TermValue::Text(text.clone())
        }
        Literal::Boolean(value) => TermValue::Boolean(*value),
        Literal::Instant(instant) => TermValue::Instant(*instant),
        Literal::Null | Literal::Number(_) => return None,
    };
    let fits = match (&value, operator) {
        (_, Operator::Eq) => true,
        (TermValue::Text(_), Operator::Sw) => {
            !matches!(attribute, Indexed::Created | Indexed::LastModified)
        }
        (TermValue::Instant(_), operator) => operator != Operator::Ne,
        _ => false,
    };
    fits.then_some(Term {
        attribute,
        operator,
        value,
    })
}
