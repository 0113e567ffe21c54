//! JSON as clients of SCIM send it. SCIM's names have no case (RFC 7643 §2.1): the same name in another case is the same.

use std::borrow::Cow;

use serde_json::Map;
use serde_json::Value;
use serde_json::error::Category;

use super::ScimError;
use super::error::excerpt;
use crate::json;
use crate::json::JsonError;
use crate::json::NameCase;

/// Reads a text as JSON; `invalidSyntax` with the place for what is none, or has a name twice in one object, in whatever case.
pub(crate) fn read(text: &[u8]) -> Result<Value, ScimError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(ScimError::syntax("JSON in the body, found nothing"));
    }
    json::read(text, NameCase::Ignored).map_err(|refused| ScimError::InvalidJson {
        line: refused.error.line(),
        column: character(&refused.error, text),
        expected: expected(&refused, text),
    })
}

/// The JSON in a text that may as well be none: `None` then. The error is the name that is twice in one object.
pub(super) fn inner(text: &[u8]) -> Result<Option<Value>, String> {
    match json::read(text, NameCase::Ignored) {
        Ok(value) => Ok(Some(value)),
        Err(JsonError { twice, .. }) => twice.map_or(Ok(None), |name| Err(excerpt(&name))),
    }
}

/// The number of the character in its line, from 1: the library counts bytes.
fn character(error: &serde_json::Error, text: &[u8]) -> usize {
    let line = text
        .split(|byte| *byte == b'\n')
        .nth(error.line().saturating_sub(1));
    let line = line.and_then(|line| line.get(..error.column()));
    let characters = String::from_utf8_lossy(line.unwrap_or_default());
    characters.chars().count().max(1)
}

/// The words for what should have stood at the place of an error. The library's own words stay inside.
fn expected(refused: &JsonError, text: &[u8]) -> Cow<'static, str> {
    if let Some(name) = &refused.twice {
        let name = excerpt(name);
        return format!("each name once in an object, in whatever case, found {name:?} again")
            .into();
    }
    if std::str::from_utf8(text).is_err() {
        return "JSON in UTF-8".into();
    }
    match refused.error.classify() {
        Category::Eof => "more, since the JSON breaks off".into(),
        _ if refused.error.to_string().starts_with("recursion limit") => {
            "JSON of at most 32 levels".into()
        }
        _ => "JSON".into(),
    }
}

/// Some programs begin UTF-8 with it; RFC 8259 §8.1 lets a reader overlook it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The value of this name, in any case.
pub(crate) fn named<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut entries = body.iter();
    let found = entries.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// Takes the value of this name out, in any case.
pub(super) fn take(body: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = body.keys().find(|key| key.eq_ignore_ascii_case(name))?;
    let key = key.clone();
    body.remove(&key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_the_library_reads_it() {
        for text in [
            "{}",
            "[]",
            "null",
            "true",
            " 5 ",
            "-7",
            "1.5e300",
            "18446744073709551615",
            "\"a\\u0000\\n\"",
            r#"{"a": [{"b": null}, {"b": {"a": 1}}], "c": ""}"#,
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()), Ok(expected), "{text}");
        }
        assert_eq!(read("\u{feff}{\"a\": 1}".as_bytes()), Ok(json!({"a": 1})));
    }

    #[test]
    fn a_name_twice_is_refused_at_every_depth_and_in_every_case() {
        for (text, name) in [
            (r#"{"a": 1, "a": 1}"#, "a"),
            (r#"{"a": 1, "A": 2}"#, "A"),
            (
                r#"{"x": {"userName": 1, "b": 2, "USERNAME": 3}}"#,
                "USERNAME",
            ),
            (r#"[[{"op": "add", "\u006fP": "remove"}]]"#, "oP"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert_eq!(error.scim_type(), Some("invalidSyntax"), "{text}");
            let said = format!("found {name:?} again");
            assert!(error.to_string().ends_with(&said), "{error}");
        }
        // Letters that fold to ASCII elsewhere are other letters.
        assert!(read("{\"k\": 1, \"\u{212a}\": 2}".as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_json_says_where_and_why() {
        for (text, line, column, expected) in [
            ("{\"a\": 1,\n", 2, 1, "more, since the JSON breaks off"),
            ("{\"é\" 2}", 1, 6, "JSON"),
            ("{\"a\": 1,\n \"b\" 2}", 2, 6, "JSON"),
            ("{\"a\": 1", 1, 7, "more, since the JSON breaks off"),
            ("{} {}", 1, 4, "JSON"),
            ("{'a': 1}", 1, 2, "JSON"),
            (&"[".repeat(200), 1, 128, "JSON of at most 32 levels"),
        ] {
            let expected = ScimError::InvalidJson {
                line,
                column,
                expected: expected.into(),
            };
            assert_eq!(read(text.as_bytes()), Err(expected), "{text}");
        }
        for text in ["", "  \n"] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, "expected JSON in the body, found nothing");
        }
        let latin = b"{\"a\": \"caf\xe9\"}";
        let error = read(latin).unwrap_err().to_string();
        assert!(error.ends_with("expected JSON in UTF-8"), "{error}");
    }
}
