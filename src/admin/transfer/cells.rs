//! Cells of a table that a spreadsheet may open. One that begins with `=`, `+`, `-` or `@`, after tabs and line breaks or not,
//! would be run as a formula there ("CSV injection"), so it gets an apostrophe in front, which an import takes away again. So
//! that nothing is lost, a cell that begins with an apostrophe gets another.

use std::borrow::Cow;

pub(super) fn escaped(value: &str) -> Cow<'_, str> {
    match value.starts_with(is_guarded) {
        true => Cow::Owned(format!("'{value}")),
        false => Cow::Borrowed(value),
    }
}

pub(super) fn unescaped(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(value) if value.starts_with(is_guarded) => value,
        _ => cell,
    }
}

fn is_guarded(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_a_formula_and_every_value_comes_back() {
        for value in [
            "",
            "Ada",
            "=1+1",
            "+44 20 7946 0000",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "'t Hart",
            "'=1",
            "''",
            "a=b",
        ] {
            let cell = escaped(value);
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            assert_eq!(unescaped(&cell), value);
        }
    }

    #[test]
    fn a_cell_that_nobody_escaped_is_its_value() {
        for cell in ["'t Hart", "+44", "'"] {
            assert_eq!(unescaped(cell), cell);
        }
    }
}
