//! Filters (RFC 7644 §3.4.2.2): read within hard budgets, resolved against the schemas at once, evaluated in memory, and
//! taken apart for a store that has indexes.

mod case;
mod evaluate;
mod expected;
mod literal;
mod node;
mod operator;
mod parser;
mod patch_path;
mod plan;
#[cfg(test)]
mod tests;
mod token;

use serde_json::Map;
use serde_json::Value;

pub use self::case::fold;
pub(super) use self::evaluate::holds_for_element;
pub(super) use self::expected::Expected;
pub(super) use self::literal::Literal;
pub(super) use self::literal::TextKey;
pub(super) use self::literal::order;
pub(super) use self::node::Comparison;
pub(super) use self::node::Node;
pub use self::operator::Operator;
pub(super) use self::parser::Parser;
pub(super) use self::patch_path::PatchPath;
pub use self::plan::Indexed;
pub use self::plan::Plan;
pub use self::plan::Term;
pub use self::plan::TermValue;
use super::ScimError;
use super::schema::ResourceType;

/// A filter whose names and values fit the schemas of one resource type.
///
/// ```
/// use entrada::scim::{Filter, ResourceKind, Schemas};
///
/// let schemas = Schemas::standard();
/// let user = schemas.resource_type(ResourceKind::User);
/// let filter = Filter::parse(r#"userName eq "ADA@example.com" and active eq "True""#, user)?;
///
/// let document = serde_json::json!({"userName": "ada@example.com", "active": true});
/// assert!(document.as_object().is_some_and(|document| filter.matches(document)));
/// # Ok::<(), entrada::scim::ScimError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    pub(super) root: Node,
}

impl Filter {
    /// Reads a filter. An attribute that nobody has is no error, but one that no schema has is: whoever looks for users by
    /// it would make each of them again and again.
    ///
    /// # Errors
    /// `invalidFilter` for what does not parse, for a name that no schema has, for a value of another type than the
    /// attribute's, for an order of booleans or bytes, and for more than `limits` allows.
    pub fn parse(text: &str, of: &ResourceType) -> Result<Filter, ScimError> {
        Filter::parse_among(text, of, &[])
    }

    /// As [`Filter::parse`], for a filter that is asked of other types of resources too: an attribute that one of those has is
    /// no error, and has no value here.
    pub fn parse_among(
        text: &str,
        of: &ResourceType,
        others: &[&ResourceType],
    ) -> Result<Filter, ScimError> {
        let mut parser = Parser::new(text, of).among(others);
        let parsed = parser.filter();
        let root = parsed.map_err(|error| error.in_filter(text))?;
        Ok(Filter { root })
    }

    /// True if a resource meets the filter. The document spells names as the schemas do, as
    /// [`Record::document`](super::Record::document) makes it, and holds every attribute that the filter mentions.
    pub fn matches(&self, document: &Map<String, Value>) -> bool {
        evaluate::holds(&self.root, document)
    }

    /// True if an attribute of the resource's own schema occurs, such as `members`.
    pub fn mentions(&self, attribute: &str) -> bool {
        self.root.mentions(attribute)
    }
}
