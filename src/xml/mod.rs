//! Bounded XML: a strict reader, a tree with literal prefixes, Exclusive XML Canonicalization and a writer.
//!
//! Everything that reads or writes markup in this crate goes through here. The reader checks every rule of XML 1.0 and
//! Namespaces in XML 1.0 that a document without a DTD can break, on the raw bytes. It refuses with a stable code what
//! it cannot vouch for. It knows nothing of SAML and does no I/O: callers bring the bytes and the [`Budget`].
//!
//! ```
//! use entrada::xml::{Budget, Document, canonicalize};
//!
//! let document = Document::parse("<a:b xmlns:a='urn:a' z='1' y='2'/>", &Budget::MESSAGE)?;
//! assert!(document.root().is("urn:a", "b"));
//!
//! let mut bytes = String::new();
//! canonicalize(document.root(), None, &[], &mut bytes)?;
//! assert_eq!(bytes, r#"<a:b xmlns:a="urn:a" y="2" z="1"></a:b>"#);
//! # Ok::<(), entrada::xml::XmlError>(())
//! ```

mod arena;
mod budget;
mod builder;
mod c14n;
mod chars;
mod context;
#[cfg(test)]
pub(crate) mod counted;
mod datatypes;
mod error;
mod escape;
mod in_scope;
mod reader;
mod references;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod writer;

pub use budget::Budget;
pub use budget::Outside;
pub use c14n::canonicalize;
pub use datatypes::collapsed;
pub use error::Position;
pub use error::XmlError;
pub use error::XmlErrorKind;
pub use reader::decode_utf8;
pub(crate) use reader::without_utf_16;
pub use tree::Attribute;
pub use tree::Document;
pub use tree::Element;
pub use writer::WriteError;
pub use writer::Writer;

pub(crate) use context::start_tag as context_start_tag;
pub(crate) use datatypes::base64_binary;

/// The namespace that the prefix `xml` always stands for ([Namespaces in XML 1.0, §3](https://www.w3.org/TR/xml-names/#ns-decl)).
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// The namespace that the prefix `xmlns` always stands for; no document may declare it.
pub(crate) const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
