//! Names that a request uses and no schema has. The rest of the request is done without them, and the log names them.

use super::error::excerpt;
use super::limits;
use super::path::AttributePath;
use super::schema::AttributeType;

use serde_json::Value;

/// Names that were overlooked, each once, as the client wrote them, and so many at most as
/// [`limits::OVERLOOKED`](super::limits::OVERLOOKED) says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Overlooked(Vec<String>);

impl Overlooked {
    /// Keeps a name. What stands between brackets is about somebody, and is left out.
    pub(super) fn note(&mut self, name: &str) {
        let name = excerpt(&without_filter(name));
        let is_new = !self.0.iter().any(|known| known.eq_ignore_ascii_case(&name));
        if is_new && self.0.len() < limits::OVERLOOKED {
            self.0.push(name);
        }
    }

    /// Keeps the parts of a value that the attribute does not have.
    pub(super) fn note_parts(&mut self, path: &AttributePath, value: &Value) {
        let leaf = path.leaf();
        match value {
            Value::Array(elements) => {
                for element in elements {
                    self.note_parts(path, element);
                }
            }
            Value::Object(parts) if leaf.kind == AttributeType::Complex => {
                for name in parts.keys() {
                    if leaf.sub_attribute(name).is_none() {
                        self.note(&format!("{path}.{name}"));
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.0
    }
}

/// `emails[type eq "work"].x` as `emails.x`.
fn without_filter(name: &str) -> String {
    let Some((before, filter)) = name.split_once('[') else {
        return name.to_owned();
    };
    let behind = filter.rsplit_once(']').map_or("", |(_, behind)| behind);
    format!("{before}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_once_in_bounds_and_without_what_they_are_about() {
        let mut overlooked = Overlooked::default();
        for name in [
            "shoeSize",
            "SHOESIZE",
            "emails[value eq \"ada]\"].x",
            "a[b eq \"ada\"",
            "a\nb",
        ] {
            overlooked.note(name);
        }
        assert_eq!(overlooked.0, ["shoeSize", "emails.x", "a", "a b"]);
        for number in 0..100 {
            overlooked.note(&format!("{number}{}", "x".repeat(1000)));
        }
        assert_eq!(overlooked.0.len(), limits::OVERLOOKED);
        assert!(overlooked.0.iter().all(|name| name.chars().count() < 210));
    }
}
