//! The parts of a filter, once it is read.

use super::literal::Literal;
use super::operator::Operator;
use crate::scim::path::AttributePath;

#[derive(Clone, PartialEq, Debug)]
pub(in crate::scim) enum Node {
    /// All hold; an empty one holds.
    And(Vec<Node>),
    /// One holds; an empty one does not hold.
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(AttributePath),
    Compare(Comparison),
    /// One value of a multi-valued attribute meets the inner filter, whose paths are of that attribute.
    Element(AttributePath, Box<Node>),
}

#[derive(Clone, PartialEq, Debug)]
pub(in crate::scim) struct Comparison {
    pub(in crate::scim) path: AttributePath,
    pub(in crate::scim) operator: Operator,
    pub(in crate::scim) literal: Literal,
}

impl Node {
    pub(super) fn mentions(&self, attribute: &str) -> bool {
        match self {
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(|node| node.mentions(attribute)),
            Node::Not(node) => node.mentions(attribute),
            Node::Present(path) | Node::Element(path, _) => path.is_of(attribute),
            Node::Compare(comparison) => comparison.path.is_of(attribute),
        }
    }
}
