//! The paths of PATCH operations (RFC 7644 §3.5.2, figure 7).

use std::sync::Arc;

use super::Node;
use super::expected::Expected;
use super::expected::expected_at;
use super::expected::unknown;
use super::parser::Parser;
use crate::scim::path::AttributePath;
use crate::scim::path::Resolved;
use crate::scim::path::resolve;

#[derive(Clone, PartialEq, Debug)]
pub(in crate::scim) enum PatchPath {
    /// An attribute or sub-attribute, of the values that meet the filter where there is one.
    Attribute(AttributePath, Option<Node>),
    /// The URN of the resource's own schema: the resource itself.
    Core,
    Extension(Arc<str>),
    Unknown(String),
}

impl Parser<'_> {
    /// A whole path: `name`, `name.sub`, `name[filter]` or `name[filter].sub`.
    pub(in crate::scim) fn path(&mut self) -> Result<PatchPath, Expected> {
        match self.known_path() {
            Err(Expected {
                unknown: Some(name),
                ..
            }) => Ok(PatchPath::Unknown(name)),
            path => path,
        }
    }

    fn known_path(&mut self) -> Result<PatchPath, Expected> {
        self.skip_space();
        let (at, name) = match self.rest().is_empty() {
            true => self.name()?,
            false => self.any_name(),
        };
        let resolved = resolve(name, self.of);
        if resolved == Resolved::Unknown {
            // Nobody can read what stands behind a name that is not known.
            return Err(unknown(at, self.text));
        }
        self.check_length()?;
        let path = match resolved {
            Resolved::Attribute(path) => path,
            Resolved::Malformed | Resolved::Unknown => {
                return Err(expected_at(at, "the name of an attribute"));
            }
            Resolved::Core => return self.end().map(|()| PatchPath::Core),
            Resolved::Extension(urn) => return self.end().map(|()| PatchPath::Extension(urn)),
        };
        if !self.eat('[') {
            self.end()?;
            return Ok(PatchPath::Attribute(path, None));
        }
        if !path.attribute().multi_valued {
            return Err(expected_at(at, "an attribute with several values"));
        }
        let node = self.element(&path, at)?;
        let path = match self.eat('.') {
            true => self.sub_attribute(&path)?,
            false => path,
        };
        self.end()?;
        Ok(PatchPath::Attribute(path, Some(node)))
    }
}
