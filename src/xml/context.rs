//! Reading a piece of XML that was taken out of its place: its prefixes may be declared by what it stood in.

use super::arena::in_scope;
use super::budget::Budget;
use super::error::XmlError;
use super::escape::escape_attribute;
use super::tree::Document;
use super::tree::Element;

impl Document<'static> {
    /// Reads `content` as if it stood in `context`: the root is an element of no meaning that declares every namespace in scope
    /// there, and below it is what was read. Only declarations are inherited.
    ///
    /// Fails as [`Document::parse`] does. Content that closes the root itself is not well-formed, and neither may it start
    /// with an XML declaration. Positions count from the start of the root.
    pub fn parse_in_context(
        content: &str,
        context: Element<'_>,
        budget: &Budget,
    ) -> Result<Self, XmlError> {
        let mut text = start_tag(context);
        text.reserve(content.len() + END_TAG.len());
        text.push_str(content);
        text.push_str(END_TAG);
        Self::parse(text, budget)
    }
}

/// The start tag that [`Document::parse_in_context`] lays around content.
pub(crate) fn start_tag(context: Element<'_>) -> String {
    let mut tag = String::from("<context");
    let mut written: Vec<&str> = Vec::new();
    let document = context.document;
    for declaration in in_scope(&document.arena.declarations, context.data().scope) {
        let prefix = declaration.prefix.of(&document.text);
        // From the inside out, so the first of a prefix counts.
        if written.contains(&prefix) {
            continue;
        }
        written.push(prefix);
        tag.push_str(if prefix.is_empty() {
            " xmlns"
        } else {
            " xmlns:"
        });
        tag.push_str(prefix);
        tag.push_str("=\"");
        escape_attribute(document.value(declaration.uri), &mut tag);
        tag.push('"');
    }
    tag.push('>');
    tag
}

const END_TAG: &str = "</context>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::XmlErrorKind;

    const OUTER: &str = r#"<a:r xmlns:a="urn:a" xmlns="urn:d" xmlns:q="urn:&quot;q&quot;"><a:s xmlns:a="urn:a2" xmlns:b="urn:b"/></a:r>"#;

    fn read(content: &str) -> Result<Document<'static>, XmlError> {
        let outer = Document::parse(OUTER, &Budget::MESSAGE).unwrap();
        let context = outer.root().children().next().unwrap();
        Document::parse_in_context(content, context, &Budget::MESSAGE)
    }

    #[test]
    fn the_innermost_declarations_of_the_context_count() {
        let document = read("<x b:y='1'><a:z/><q:z/></x>").unwrap();
        let x = document.root().children().next().unwrap();
        let names: Vec<_> = x.descendants().map(Element::namespace).collect();
        assert_eq!(names, ["urn:d", "urn:a2", "urn:\"q\""]);
        assert_eq!(x.attribute_ns("urn:b", "y"), Some("1"));
    }

    #[test]
    fn a_prefix_that_nobody_declares_is_refused() {
        let kind = read("<c:x/>").unwrap_err().kind();
        assert_eq!(kind, XmlErrorKind::UndeclaredPrefix);
    }

    #[test]
    fn content_cannot_leave_its_context() {
        for content in [
            "<x/></context><context>",
            "</context><x/>",
            "<x/></context>",
            "<x/></context><!--",
            "<x/><!--",
            "<x>",
            "</x>",
            "<?xml version='1.0'?><x/>",
            "<![CDATA[",
        ] {
            assert!(read(content).is_err(), "{content}");
        }
    }
}
