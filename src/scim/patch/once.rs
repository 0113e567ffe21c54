//! An attribute under two names in one object: `department` and its URN, `name.givenName` and `name`. Nobody can say which
//! of two values counts, so none may win in silence.

use std::collections::HashMap;

use super::operation::PatchAction;
use super::operation::Target;
use crate::scim::ScimError;
use crate::scim::error::excerpt;

/// Everything that the names of one operation have written so far.
#[derive(Default)]
pub(super) struct Once {
    /// The number of the present name, and the name; nothing where a path says what is written.
    name: Option<(usize, String)>,
    written: HashMap<String, Written>,
    /// Attributes and extensions with parts that are written, and the name that writes them.
    parted: HashMap<String, (usize, String)>,
}

struct Written {
    number: usize,
    name: String,
    change: PatchAction,
}

impl Once {
    /// Goes on to the next name.
    pub(super) fn next(&mut self, name: &str) {
        let number = self.name.as_ref().map_or(0, |(number, _)| number + 1);
        self.name = Some((number, excerpt(name)));
    }

    /// Notes what a name writes; `invalidValue` where another name has written something else there.
    pub(super) fn write(&mut self, target: &Target, change: &PatchAction) -> Result<(), ScimError> {
        let Some((number, name)) = &self.name else {
            return Ok(());
        };
        let key = key(target);
        let wholes = wholes(target);
        let other = |written: &&Written| written.number != *number;
        let same = self.written.get(&key).filter(other);
        let twice = same.filter(|written| written.change != *change);
        let clearing = |whole: &String| self.written.get(whole).filter(other);
        let mut cleared = wholes.iter().filter_map(clearing);
        let cleared = cleared.find(|written| clears(&written.change));
        let parted = self.parted.get(&key).filter(|_| clears(change));
        let parted = parted.filter(|(by, _)| by != number).map(|(_, name)| name);
        let found = twice.or(cleared).map(|written| &written.name).or(parted);
        if let Some(found) = found {
            let expected = format!("one value, found others under {found:?} and {name:?}");
            return Err(ScimError::value(attribute(target), expected));
        }
        for whole in wholes {
            let by = (*number, name.clone());
            self.parted.entry(whole).or_insert(by);
        }
        let written = Written {
            number: *number,
            name: name.clone(),
            change: change.clone(),
        };
        self.written.entry(key).or_insert(written);
        Ok(())
    }
}

fn clears(change: &PatchAction) -> bool {
    matches!(change, PatchAction::Clear | PatchAction::Remove)
}

fn attribute(target: &Target) -> String {
    match target {
        Target::Attribute(path, _) => path.to_string(),
        Target::Extension(urn) => urn.to_string(),
    }
}

fn key(target: &Target) -> String {
    match target {
        Target::Attribute(path, Some(filter)) => format!("{path} {filter:?}"),
        other => attribute(other),
    }
}

/// The attribute and the extension that the target is a part of.
fn wholes(target: &Target) -> Vec<String> {
    let Target::Attribute(path, filter) = target else {
        return Vec::new();
    };
    let extension = path.extension().map(str::to_owned);
    let has_whole = path.sub_attribute().is_some() && filter.is_none();
    let whole = has_whole.then(|| path.whole().to_string());
    extension.into_iter().chain(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;
    use crate::scim::filter::Parser;
    use crate::scim::filter::PatchPath;

    /// A key held all that the schema says about each attribute of the filter: 400 kB for a path of 2 kB.
    #[test]
    fn a_key_is_not_much_longer_than_the_path() {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let path = format!("emails[{}]", vec!["type eq \"work\""; 100].join(" or "));
        let Ok(PatchPath::Attribute(attribute, filter)) = Parser::new(&path, of).path() else {
            panic!("{path}");
        };
        let key = key(&Target::Attribute(attribute, filter));
        assert!(key.len() < 15 * path.len(), "{} {}", key.len(), path.len());
    }
}
