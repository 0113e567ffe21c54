//! Many rows in one statement.

use std::iter;

/// Splits rows into runs whose lengths are powers of two: SQLite keeps statements prepared by their text, and so few
/// lengths make few texts. It takes 32,766 parameters in one statement (`SQLITE_MAX_VARIABLE_NUMBER`); a batch of the
/// writer stays far below.
pub(super) fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    iter::from_fn(move || {
        let length = 1 << rows.len().checked_ilog2()?;
        let (run, rest) = rows.split_at(length);
        rows = rest;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_powers_of_two_and_leave_nothing_out() {
        for (count, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (64, vec![64]),
            (255, vec![128, 64, 32, 16, 8, 4, 2, 1]),
        ] {
            let rows: Vec<usize> = (0..count).collect();
            let lengths: Vec<usize> = runs(&rows).map(<[usize]>::len).collect();
            assert_eq!(lengths, expected);
            assert!(runs(&rows).flatten().eq(&rows));
        }
    }
}
