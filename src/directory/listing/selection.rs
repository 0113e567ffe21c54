//! The rows that a list asks a store for, and their order.

use crate::scim::Indexed;
use crate::scim::Term;

/// Rows of users or groups that meet terms.
#[derive(Clone, Copy, Debug)]
pub struct RowSelection<'a> {
    /// The terms; a row must meet each of them.
    pub terms: &'a [Term],
    /// The place where they begin, and their order.
    pub place: RowPlace<'a>,
    /// Rows at most.
    pub count: usize,
}

/// The place where rows begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowPlace<'a> {
    /// In the order of ids: behind this one, or at the first.
    Behind(Option<&'a str>),
    /// After so many others.
    At {
        /// Their number.
        offset: u64,
        /// The order; that of ids if there is none.
        order: Option<RowOrder>,
    },
}

/// An order of rows by a column, and then by id. Rows without a value come last, or first where it is descending.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowOrder {
    /// The column.
    pub column: Indexed,
    /// True from the greatest value to the least.
    pub descending: bool,
}
