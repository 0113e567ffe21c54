//! XML for people: one element a line, indented. It shows what our reader reads: comments are left out, CDATA
//! and references are resolved, and what could steer a terminal is written as a reference.

use crate::text::steers_a_terminal;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::canonicalize;

/// Writes a document with two spaces of indentation for each level.
pub(super) fn print(document: &Document<'_>) -> String {
    let mut text = String::new();
    print_element(document.root(), 0, &mut text);
    text
}

/// Depth is bounded by the budget that the document was read with.
fn print_element(element: Element<'_>, level: usize, out: &mut String) {
    for _ in 0..level {
        out.push_str("  ");
    }
    match element.text() {
        Some("") => {
            push_tag(element, out);
            out.push_str("/>\n");
        }
        Some(text) => {
            push_tag(element, out);
            out.push('>');
            push_escaped(text, out);
            push_end(element, out);
        }
        None if element.has_only_whitespace_text() => {
            push_tag(element, out);
            out.push_str(">\n");
            for child in element.children() {
                print_element(child, level + 1, out);
            }
            for _ in 0..level {
                out.push_str("  ");
            }
            push_end(element, out);
        }
        None => print_mixed(element, out),
    }
}

/// Text and elements side by side stay as they are, since a line break more would change the text.
fn print_mixed(element: Element<'_>, out: &mut String) {
    let mut canonical = String::new();
    match canonicalize(element, None, &[], &mut canonical) {
        Ok(()) => canonical.chars().for_each(|c| push_char(c, out)),
        Err(error) => out.push_str(&format!("<!-- not shown: {error} -->")),
    }
    out.push('\n');
}

/// Writes the start tag without its bracket as the document has it, declarations included, on one line.
fn push_tag(element: Element<'_>, out: &mut String) {
    let tag = &element.document().source()[element.offset()..];
    let mut quote = None;
    let mut blank = false;
    for c in tag.chars() {
        match (quote, c) {
            (None, '>') => break,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            _ => {}
        }
        // Between attributes, white space is layout; within a value, the reader takes each for a space.
        match (c.is_ascii_whitespace(), quote) {
            (true, None) => blank = true,
            (true, Some(_)) => out.push(' '),
            (false, _) => {
                if std::mem::take(&mut blank) {
                    out.push(' ');
                }
                push_char(c, out);
            }
        }
    }
    // An empty element closes its own tag; the caller decides how the element ends. A value ends in a quote, so
    // this slash belongs to none.
    if out.ends_with('/') {
        out.pop();
        out.truncate(out.trim_end().len());
    }
}

fn push_end(element: Element<'_>, out: &mut String) {
    out.push_str("</");
    out.push_str(element.qualified_name());
    out.push_str(">\n");
}

fn push_escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => push_char(c, out),
        }
    }
}

fn push_char(c: char, out: &mut String) {
    if steers_a_terminal(c) {
        out.push_str(&format!("&#x{:X};", u32::from(c)));
    } else {
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Budget;

    fn pretty(xml: &str) -> String {
        print(&Document::parse(xml, &Budget::MESSAGE).unwrap())
    }

    #[test]
    fn elements_are_indented_and_declarations_kept() {
        assert_eq!(
            pretty("<p:a xmlns:p='urn:p'\n   x=\"1>2\"><b/><c >t &amp; u</c ><d><e /></d></p:a>"),
            "<p:a xmlns:p='urn:p' x=\"1>2\">\n  <b/>\n  <c>t &amp; u</c>\n  <d>\n    <e/>\n  </d>\n</p:a>\n"
        );
    }

    #[test]
    fn mixed_content_keeps_its_text() {
        assert_eq!(pretty("<a>one<b/>two</a>"), "<a>one<b></b>two</a>\n");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let shown = pretty("<a b='\u{9b}2J'>\u{202e}evil&#xD;</a>");
        assert_eq!(shown, "<a b='&#x9B;2J'>&#x202E;evil&#xD;</a>\n");
    }

    #[test]
    fn what_is_printed_reads_the_same() {
        let xml = "<a><b c='/'/><d>x</d><e f=\"'/>\">&lt;</e></a>";
        let text = pretty(xml);
        let again = Document::parse(&text, &Budget::MESSAGE).unwrap();
        let leaf = again.root().children().nth(2).unwrap();
        assert_eq!((leaf.attribute("f"), leaf.text()), (Some("'/>"), Some("<")));
    }
}
