//! JSON without a name twice in one object: nobody can say which of the two counts, so the last must not win in silence.
//! Lists and objects in one another are read to 128 levels, where the library stops.

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

/// The part that letter case has in the names of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NameCase {
    /// Two names that differ in it are two: JSON as most of its users read it.
    Counts,
    /// Two names that differ in it are the same: SCIM's have no case (RFC 7643 §2.1).
    Ignored,
}

/// The reason that a text is refused.
#[derive(Debug)]
pub(crate) struct JsonError {
    /// The library's error, with the place.
    pub(crate) error: serde_json::Error,
    /// The name that is there twice, where that is the reason.
    pub(crate) twice: Option<String>,
}

/// Reads a text as JSON.
pub(crate) fn read(text: &[u8], case: NameCase) -> Result<Value, JsonError> {
    let twice = RefCell::new(None);
    let reader = Reader {
        case,
        twice: &twice,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = reader.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| JsonError {
        error,
        twice: twice.take(),
    })
}

/// A name that is in an object twice but for its case.
pub(crate) fn twice_in_any_case(object: &Map<String, Value>) -> Option<&str> {
    let mut seen = Names::new(NameCase::Ignored);
    object
        .keys()
        .find(|name| !seen.insert(name))
        .map(String::as_str)
}

/// The names of an object so far. Few are compared one by one: a group has tens of thousands of members with two or three.
struct Names {
    case: NameCase,
    few: Vec<String>,
    many: HashSet<String>,
}

impl Names {
    fn new(case: NameCase) -> Names {
        Names {
            case,
            few: Vec::new(),
            many: HashSet::new(),
        }
    }

    /// Adds a name; true if it is new.
    fn insert(&mut self, name: &str) -> bool {
        let is_it = |known: &String| match self.case {
            NameCase::Counts => known == name,
            NameCase::Ignored => known.eq_ignore_ascii_case(name),
        };
        if self.few.iter().any(is_it) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(name.to_owned());
            return true;
        }
        self.many.insert(match self.case {
            NameCase::Counts => name.to_owned(),
            NameCase::Ignored => name.to_ascii_lowercase(),
        })
    }
}

const FEW: usize = 8;

/// Reads a value, and says which name it met twice.
#[derive(Clone, Copy)]
struct Reader<'a> {
    case: NameCase,
    twice: &'a RefCell<Option<String>>,
}

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
        let (mut values, mut seen) = (Map::new(), Names::new(self.case));
        while let Some(name) = parts.next_key::<String>()? {
            if !seen.insert(&name) {
                *self.twice.borrow_mut() = Some(name);
                return Err(A::Error::custom("a name is there twice"));
            }
            values.insert(name, parts.next_value_seed(self)?);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_twice_is_refused_at_every_depth() {
        let many: String = (0..FEW * 2).map(|n| format!("\"n{n}\": 1, ")).collect();
        let same = format!("{{{many}\"n{}\": 2}}", FEW + 1);
        let in_another_case = format!("{{{many}\"N{}\": 2}}", FEW + 1);
        for (text, exact, ignored) in [
            (r#"{"a": 1, "b": 2}"#, None, None),
            (r#"{"a": 1, "a": 2}"#, Some("a"), Some("a")),
            (r#"{"a": 1, "\u0061": 2}"#, Some("a"), Some("a")),
            (r#"{"a": 1, "A": 2}"#, None, Some("A")),
            (r#"[{"x": {"b": 1, "b": 1}}]"#, Some("b"), Some("b")),
            (r#"[{"a": 1}, {"a": 1}]"#, None, None),
            (&same, Some("n9"), Some("n9")),
            (&in_another_case, None, Some("N9")),
        ] {
            for (case, expected) in [(NameCase::Counts, exact), (NameCase::Ignored, ignored)] {
                let found = read(text.as_bytes(), case)
                    .err()
                    .and_then(|error| error.twice);
                assert_eq!(found.as_deref(), expected, "{text} {case:?}");
            }
        }
    }

    #[test]
    fn what_is_no_json_is_refused_and_so_is_more_than_one_value() {
        let deep = "[".repeat(128) + &"]".repeat(128);
        for text in ["", "{", "{} {}", "{'a': 1}", "nan", &deep] {
            assert!(read(text.as_bytes(), NameCase::Counts).is_err(), "{text}");
        }
        let control = "[".repeat(127) + &"]".repeat(127);
        assert!(read(control.as_bytes(), NameCase::Counts).is_ok());
    }
}
