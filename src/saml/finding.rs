//! The reason of a refusal in words: a stable code, and both sides of the comparison.

use crate::text::shown;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    pub(super) code: &'static str,
    pub(super) expected: String,
    pub(super) found: String,
    /// The values that were compared, as they came: for hints alone, since they are not fit to be shown. Bounded.
    compared: Box<[String]>,
}

impl Finding {
    pub(super) fn new(
        code: &'static str,
        expected: impl Into<String>,
        found: impl AsRef<str>,
    ) -> Finding {
        Finding {
            code,
            expected: expected.into(),
            found: shown(found.as_ref()),
            compared: Box::default(),
        }
    }

    /// The finding that none of several values is the expected one.
    pub(super) fn of_several(
        code: &'static str,
        expected: &str,
        found: &[impl AsRef<str>],
    ) -> Finding {
        let all: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
        let short = all.iter().filter(|one| one.len() <= COMPARED_LENGTH);
        let compared = short.take(COMPARED).map(|one| (*one).to_owned());
        Finding {
            compared: compared.collect(),
            ..Finding::new(code, expected, all.join(", "))
        }
    }

    /// The values that were found where one value was expected, as they came.
    pub(super) fn compared(&self) -> &[String] {
        &self.compared
    }
}

/// Values that are kept to be compared: an assertion has one audience, rarely two.
const COMPARED: usize = 8;
/// Bytes of such a value at most: an entity ID has at most 1024 characters (Core §8.3.6).
const COMPARED_LENGTH: usize = 4096;
