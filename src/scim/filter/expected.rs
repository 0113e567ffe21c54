//! The error of the parser: what was expected, and where.

use std::borrow::Cow;

use crate::scim::ScimError;
use crate::scim::error::excerpt;

/// The position at which a text does not parse, and what should have stood there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::scim) struct Expected {
    /// The bytes before the place.
    position: usize,
    expected: Cow<'static, str>,
    /// The name that no schema has, if that is what is wrong.
    pub(super) unknown: Option<String>,
}

impl Expected {
    pub(in crate::scim) fn in_filter(self, filter: &str) -> ScimError {
        ScimError::InvalidFilter {
            position: self.character(filter),
            expected: self.expected,
        }
    }

    /// The error of a path that is the name of a value.
    pub(in crate::scim) fn in_name(self, name: &str) -> ScimError {
        ScimError::InvalidPath {
            position: self.character(name),
            expected: format!("{}, in the name {:?}", self.expected, excerpt(name)).into(),
        }
    }

    pub(in crate::scim) fn in_path(self, path: &str) -> ScimError {
        ScimError::InvalidPath {
            position: self.character(path),
            expected: self.expected,
        }
    }

    /// The number of the character at the place, from 1; `None` in a text of spaces or nothing, where it would tell nothing.
    fn character(&self, text: &str) -> Option<usize> {
        let starts = text.char_indices().map(|(start, _)| start);
        let before = starts.take_while(|start| *start < self.position).count();
        (!text.trim().is_empty()).then_some(before + 1)
    }
}

pub(super) fn expected_at(position: usize, expected: &'static str) -> Expected {
    Expected {
        position,
        expected: expected.into(),
        unknown: None,
    }
}

/// No schema has this name, which is one that can be shown.
pub(super) fn unknown(position: usize, name: &str) -> Expected {
    Expected {
        position,
        expected: format!("an attribute that a schema has, found {name}").into(),
        unknown: Some(name.to_owned()),
    }
}
