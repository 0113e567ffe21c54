//! Counting the operations of a Bulk request before anything is read of them: what it costs is known before it is begun.

use std::fmt;

use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;

/// The number of operations in a body; `None` if it cannot be read as a Bulk request. No operation is kept in memory.
pub(super) fn count(body: &[u8]) -> Option<usize> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let count = deserializer.deserialize_map(Body).ok()?;
    deserializer.end().ok().map(|()| count)
}

struct Body;

impl<'de> Visitor<'de> for Body {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// Names are compared without case (RFC 7643 §2.1); of two that are the same the larger counts.
    fn visit_map<A: MapAccess<'de>>(self, mut body: A) -> Result<usize, A::Error> {
        let mut most = 0;
        while let Some(name) = body.next_key::<String>()? {
            if name.eq_ignore_ascii_case("Operations") {
                // Values without a size: the vector takes no memory.
                most = most.max(body.next_value::<Vec<IgnoredAny>>()?.len());
            } else {
                body.next_value::<IgnoredAny>()?;
            }
        }
        Ok(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_counted_under_any_spelling_of_their_name() {
        for (body, expected) in [
            (r#"{"Operations": [{}, [], 3]}"#, Some(3)),
            (
                r#"{"schemas": ["x"], "OPERATIONS": [{"a": [1, 2]}]}"#,
                Some(1),
            ),
            (r#"{"Operations": [1, 2], "Operations": [1]}"#, Some(2)),
            (r#"{"\u004fperations": [1, 2]}"#, Some(2)),
            ("{}", Some(0)),
            (r#"{"Operations": {}}"#, None),
            (r#"{"Operations": [1"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(count(body.as_bytes()), expected, "{body}");
        }
    }
}
