//! JSON without a name twice in one object: nobody can say which of the two counts, so the last must not win in silence.
//! SCIM's names have no case (RFC 7643 §2.1), and neither have they here.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Number;
use serde_json::Value;
use serde_json::error::Category;

use super::ScimError;
use super::error::excerpt;

/// Reads a text as JSON; `invalidSyntax` with the place for what is none, or has a name twice in one object, in whatever case.
pub(crate) fn read(text: &[u8]) -> Result<Value, ScimError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(ScimError::syntax("JSON in the body, found nothing"));
    }
    let (value, twice) = parsed(text);
    value.map_err(|error| ScimError::InvalidJson {
        line: error.line(),
        column: character(&error, text),
        expected: expected(&error, twice, text),
    })
}

/// The JSON in a text that may as well be none: `None` then. The error is the name that is twice in one object.
pub(super) fn inner(text: &[u8]) -> Result<Option<Value>, String> {
    match parsed(text) {
        (_, Some(name)) => Err(name),
        (value, None) => Ok(value.ok()),
    }
}

/// A text as JSON, and the name that is twice in one object.
fn parsed(text: &[u8]) -> (serde_json::Result<Value>, Option<String>) {
    let twice = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Reader(&twice).deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    (value, twice.take())
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
fn expected(error: &serde_json::Error, twice: Option<String>, text: &[u8]) -> Cow<'static, str> {
    if let Some(name) = twice {
        return format!("each name once in an object, in whatever case, found {name:?} again")
            .into();
    }
    if std::str::from_utf8(text).is_err() {
        return "JSON in UTF-8".into();
    }
    match error.classify() {
        Category::Eof => "more, since the JSON breaks off".into(),
        _ if error.to_string().starts_with("recursion limit") => "JSON of at most 32 levels".into(),
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

/// A name that is there twice but for its case.
pub(super) fn twice(object: &Map<String, Value>) -> Option<&str> {
    let mut seen = Names::default();
    object
        .keys()
        .find(|name| !seen.insert(name))
        .map(String::as_str)
}

/// The names of an object so far. Few are compared one by one: a group has tens of thousands of members with two or three.
#[derive(Default)]
struct Names {
    few: Vec<String>,
    many: HashSet<String>,
}

impl Names {
    /// Adds a name; true if it is new.
    fn insert(&mut self, name: &str) -> bool {
        if self
            .few
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
        {
            return false;
        }
        match self.few.len() < FEW {
            true => {
                self.few.push(name.to_owned());
                true
            }
            false => self.many.insert(name.to_ascii_lowercase()),
        }
    }
}

const FEW: usize = 8;

/// Reads a value, and says which name it met twice.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Value, A::Error> {
        let (mut values, mut seen) = (Map::new(), Names::default());
        while let Some(name) = parts.next_key::<String>()? {
            if !seen.insert(&name) {
                *self.0.borrow_mut() = Some(excerpt(&name));
                return Err(A::Error::custom("a name is there twice"));
            }
            values.insert(name, parts.next_value_seed(self)?);
        }
        Ok(Value::Object(values))
    }
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
