//! Values of others on a line that may go to a terminal.

use std::borrow::Cow;

use crate::text;

/// A value on one line, without what could steer a terminal or pass for a line of ours: control characters, line
/// separators, marks of the direction of writing and what has no width are spelled out.
pub(super) fn printable(value: &str) -> Cow<'_, str> {
    text::spelled_out(value, text::is_hidden)
}
