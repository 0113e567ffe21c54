//! A writer of XML that cannot produce an injection: names are checked, values are escaped, and nothing is inserted as
//! text that is meant as markup.

use super::budget::Budget;
use super::budget::Outside;
use super::c14n::canonicalize_within;
use super::chars::is_char;
use super::chars::is_ncname;
use super::chars::is_qname;
use super::error::XmlError;
use super::escape::escape_attribute;
use super::escape::escape_text;
use super::tree::Document;
use super::tree::Element;

/// Writes one document, element by element. The first error is remembered and comes out of [`Writer::finish`].
///
/// ```
/// use entrada::xml::Writer;
///
/// let mut writer = Writer::new();
/// writer.start("saml:Issuer").namespace("saml", "urn:oasis:names:tc:SAML:2.0:assertion");
/// writer.attribute("NameQualifier", "\"quoted\"").text("a < b").end();
/// assert_eq!(
///     writer.finish()?,
///     r#"<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" NameQualifier="&quot;quoted&quot;">a &lt; b</saml:Issuer>"#,
/// );
/// # Ok::<(), entrada::xml::WriteError>(())
/// ```
#[derive(Default)]
pub struct Writer {
    out: String,
    open: Vec<Open>,
    /// The last start tag still lacks its bracket, so attributes may follow.
    in_tag: bool,
    error: Option<WriteError>,
}

/// An element without its end tag.
struct Open {
    /// The place of its name in the output.
    name: std::ops::Range<usize>,
    /// The default namespace inside it.
    default_namespace: String,
}

/// The reason for which a document could not be written.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The name of an element or attribute is no QName.
    #[error("{name:?} is not a qualified XML name")]
    Name {
        /// The name, which comes from code and not from users.
        name: String,
    },
    /// A prefix to declare is no NCName.
    #[error("{prefix:?} is not a namespace prefix")]
    Prefix {
        /// The prefix.
        prefix: String,
    },
    /// A text or a value holds a character that XML does not allow, not even escaped.
    #[error("U+{code_point:04X} is not allowed in XML")]
    Character {
        /// The character.
        code_point: u32,
    },
    /// An attribute or a namespace came when no start tag was open.
    #[error("the attribute {name:?} does not follow a start tag")]
    Misplaced {
        /// The name of the attribute or the prefix of the declaration.
        name: String,
    },
    /// There were more ends than starts, or at the finish fewer.
    #[error("starts and ends do not match: {open} elements are open")]
    Unbalanced {
        /// Elements open at that moment.
        open: usize,
    },
    /// An element of another document could not be inserted, or the whole is not a document: an undeclared prefix, an
    /// attribute or identifier given twice, text beside the root.
    #[error(transparent)]
    Document(#[from] XmlError),
}
debug_as_sentence!(WriteError);

impl Writer {
    /// An empty document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty document with an XML declaration before the root.
    #[must_use]
    pub fn with_declaration() -> Self {
        Self {
            out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
            ..Self::default()
        }
    }

    /// Starts an element. Attributes and namespace declarations come next, then its content, then [`Writer::end`].
    pub fn start(&mut self, name: &str) -> &mut Self {
        if !self.check_name(name) {
            return self;
        }
        self.close_tag();
        self.out.push('<');
        let at = self.out.len();
        self.out.push_str(name);
        let default_namespace = self.default_namespace().to_owned();
        self.open.push(Open {
            name: at..self.out.len(),
            default_namespace,
        });
        self.in_tag = true;
        self
    }

    /// Declares a namespace on the element just started; the empty prefix is the default namespace.
    pub fn namespace(&mut self, prefix: &str, uri: &str) -> &mut Self {
        if !(prefix.is_empty() || is_ncname(prefix)) {
            return self.fail(WriteError::Prefix {
                prefix: prefix.to_owned(),
            });
        }
        if prefix.is_empty() {
            self.raw_attribute("xmlns", "", uri);
            if let Some(open) = self.open.last_mut() {
                uri.clone_into(&mut open.default_namespace);
            }
        } else {
            self.raw_attribute("xmlns:", prefix, uri);
        }
        self
    }

    /// Adds an attribute to the element just started.
    pub fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        let is_declaration = name == "xmlns" || name.starts_with("xmlns:");
        if is_declaration {
            return self.fail(WriteError::Name {
                name: name.to_owned(),
            });
        }
        if self.check_name(name) {
            self.raw_attribute(name, "", value);
        }
        self
    }

    /// Adds an attribute if there is a value.
    pub fn optional_attribute(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// Adds text to the element that is open.
    pub fn text(&mut self, text: &str) -> &mut Self {
        if !self.check_characters(text) {
            return self;
        }
        if self.open.is_empty() {
            return self.fail(WriteError::Unbalanced { open: 0 });
        }
        self.close_tag();
        escape_text(text, &mut self.out);
        self
    }

    /// Writes a whole element with text and no attributes.
    pub fn leaf(&mut self, name: &str, text: &str) -> &mut Self {
        self.start(name).text(text).end()
    }

    /// Inserts an element of another document in its exclusive canonical form, so that a signature on it stays good.
    ///
    /// `inclusive_prefixes` names prefixes to declare although only values use them, such as `xs` for `xsi:type`.
    pub fn element(&mut self, element: Element<'_>, inclusive_prefixes: &[&str]) -> &mut Self {
        self.close_tag();
        let outer_default = self.default_namespace().to_owned();
        match canonicalize_within(
            &outer_default,
            element,
            None,
            inclusive_prefixes,
            &mut self.out,
        ) {
            Ok(()) => self,
            Err(error) => self.fail(error.into()),
        }
    }

    /// Ends the element that was started last and has not ended.
    pub fn end(&mut self) -> &mut Self {
        if self.error.is_some() {
            return self;
        }
        let Some(open) = self.open.pop() else {
            return self.fail(WriteError::Unbalanced { open: 0 });
        };
        if self.in_tag {
            self.in_tag = false;
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            let name = self.out[open.name].to_owned();
            self.out.push_str(&name);
            self.out.push('>');
        }
        self
    }

    /// The document.
    ///
    /// Fails with the first error there was. The text is read again with our own reader, which refuses what cannot be
    /// seen element by element: undeclared prefixes, attributes or identifiers given twice.
    pub fn finish(self) -> Result<String, WriteError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.open.is_empty() {
            return Err(WriteError::Unbalanced {
                open: self.open.len(),
            });
        }
        Document::parse(&self.out, &WRITTEN)?;
        Ok(self.out)
    }

    fn raw_attribute(&mut self, name: &str, rest: &str, value: &str) {
        if !self.check_characters(value) {
            return;
        }
        if !self.in_tag {
            self.fail(WriteError::Misplaced {
                name: format!("{name}{rest}"),
            });
            return;
        }
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str(rest);
        self.out.push_str("=\"");
        escape_attribute(value, &mut self.out);
        self.out.push('"');
    }

    fn close_tag(&mut self) {
        if self.in_tag {
            self.out.push('>');
            self.in_tag = false;
        }
    }

    fn default_namespace(&self) -> &str {
        self.open.last().map_or("", |open| &open.default_namespace)
    }

    fn check_name(&mut self, name: &str) -> bool {
        if !is_qname(name) {
            self.fail(WriteError::Name {
                name: name.to_owned(),
            });
        }
        self.error.is_none()
    }

    fn check_characters(&mut self, text: &str) -> bool {
        if let Some(c) = text.chars().find(|&c| !is_char(c)) {
            self.fail(WriteError::Character {
                code_point: u32::from(c),
            });
        }
        self.error.is_none()
    }

    fn fail(&mut self, error: WriteError) -> &mut Self {
        self.error.get_or_insert(error);
        self
    }
}

/// The budget to read our own text with: the widest.
const WRITTEN: Budget = Budget {
    outside: Outside::WhitespaceOnly,
    ..Budget::AGGREGATE
};
