//! Counting the operations of a Bulk request before anything is read of them: what it costs is known before it is begun.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

/// The number of operations in a body; `None` if it cannot be read as a Bulk request. No operation is kept in memory.
pub(super) fn count(body: &[u8]) -> Option<usize> {
    let body: Body = serde_json::from_slice(body).ok()?;
    Some(body.0)
}

struct Body(usize);

struct Operations(usize);

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Body, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Operations, D::Error> {
        deserializer.deserialize_seq(OperationsVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// Names are compared without case (RFC 7643 §2.1); of two that are the same the larger counts.
    fn visit_map<A: MapAccess<'de>>(self, mut body: A) -> Result<Body, A::Error> {
        let mut most = 0;
        while let Some(name) = body.next_key::<String>()? {
            if name.eq_ignore_ascii_case("Operations") {
                most = most.max(body.next_value::<Operations>()?.0);
            } else {
                body.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Body(most))
    }
}

struct OperationsVisitor;

impl<'de> Visitor<'de> for OperationsVisitor {
    type Value = Operations;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut operations: A) -> Result<Operations, A::Error> {
        let mut count = 0;
        while operations.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Operations(count))
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
