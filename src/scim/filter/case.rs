//! Texts that do not distinguish case.

/// The form in which values are compared that do not distinguish case. A store that keeps a column for an index on such
/// an attribute keeps this form in it.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}
