//! The faults of an identity provider's metadata, now or soon, in the words of whoever has to fix them. [`LINTS`] holds every
//! finding there is; nothing here decides about trust.

mod context;
mod document;
mod endpoints;
mod entity;
mod finding;
mod keys;
mod kind;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use self::context::Context;
pub use self::finding::Finding;
use self::finding::Findings;
pub use self::kind::Lint;
pub use self::kind::Severity;
pub use self::table::LINTS;

/// Looks for everything in [`LINTS`]. Findings come in the order of the document; a document that cannot be read is
/// a finding too.
///
/// ```
/// use entrada::metadata::lint::Context;
/// use entrada::metadata::lint::lint;
///
/// let found = lint(b"<html/>", &Context::new("acme.xml", "2026-01-01T00:00:00Z".parse().unwrap()));
/// assert_eq!(found[0].lint.code, "metadata-unreadable");
/// ```
pub fn lint(document: &[u8], context: &Context<'_>) -> Vec<Finding> {
    let mut found = Findings::default();
    document::look(document, context, &mut found);
    found.list
}
