//! The end of a test where something does not go as it should.

use std::fmt::Display;

/// The value, or the end of the test with the reason.
pub(super) fn done<T, E: Display>(result: Result<T, E>, otherwise: &str) -> T {
    result.unwrap_or_else(|error| panic!("{otherwise}: {error}"))
}
