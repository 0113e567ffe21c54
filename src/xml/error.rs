//! The reason for which a document was refused, and the place; never the text that stands there.

use std::fmt;

/// A refusal: what rule was broken, and where in the document.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (line {}, column {})", position.line, position.column)]
pub struct XmlError {
    kind: XmlErrorKind,
    position: Position,
    offset: usize,
}
debug_as_sentence!(XmlError);

impl XmlError {
    /// The rule that was broken.
    #[must_use]
    pub fn kind(&self) -> XmlErrorKind {
        self.kind
    }

    /// The place where the document breaks it.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The offset of the same place in bytes.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// A stable kebab-case code for logs, tests and support.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// A place in a document. Both numbers count from one; a column is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted by line feeds.
    pub line: usize,
    /// The character in its line.
    pub column: usize,
}

impl Position {
    /// The place of the byte at `offset`; past the end it is the end.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A refusal before its offset was turned into a line and a column.
#[derive(Debug)]
pub(super) struct Fault {
    kind: XmlErrorKind,
    offset: usize,
}

impl Fault {
    pub(super) fn at(offset: usize, kind: XmlErrorKind) -> Self {
        Self { kind, offset }
    }

    /// The public error, with the place looked up in the text.
    pub(super) fn locate(self, text: &str) -> XmlError {
        XmlError {
            kind: self.kind,
            position: Position::of(text, self.offset),
            offset: self.offset,
        }
    }
}

/// Declares the kinds with their codes and sentences, so that none can be without.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),+ })? = $code:literal, $text:literal;)+) => {
        /// The rule that a document broke, or the budget that it ran out of.
        #[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum XmlErrorKind {
            $($(#[$doc])* #[error($text)] $name $({ $($(#[$field_doc])* $field: $type),+ })?,)+
        }
        debug_as_sentence!(XmlErrorKind);

        impl XmlErrorKind {
            /// A stable kebab-case code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)+ }
            }
        }
    };
}

kinds! {
    /// A document type declaration. SAML messages never need one, and XXE starts with one.
    Dtd = "xml-dtd", "a document type declaration is not allowed";
    /// A processing instruction.
    ProcessingInstruction = "xml-processing-instruction", "a processing instruction is not allowed";
    /// An XML declaration that is not at the very start.
    LateDeclaration = "xml-processing-instruction", "something stands before the XML declaration (<?xml), which must come first: remove the blank lines or the text before it";
    /// A reference other than the five predefined entities and well-formed character references.
    Entity = "xml-entity", "a reference is neither one of the five predefined entities nor a character reference";
    /// Two attributes of an element have the same name once prefixes are resolved, or two declarations the same prefix.
    DuplicateAttribute = "xml-duplicate-attribute", "an element has the same attribute twice";
    /// Two identifiers of the document are the same.
    DuplicateId = "xml-duplicate-id", "an identifier occurs a second time";
    /// A prefix that no declaration in scope binds.
    UndeclaredPrefix = "xml-undeclared-prefix", "a prefix is not declared";
    /// A name that is no QName.
    Name = "xml-name", "a name is not a qualified XML name";
    /// A character outside the `Char` production of XML 1.0, literally or by reference.
    Character = "xml-character", "a character is not allowed in XML";
    /// Bytes that are not UTF-8, or a declaration of another encoding.
    Encoding = "xml-encoding", "the document is not encoded in UTF-8, or says so";
    /// An XML declaration with a version other than 1.0.
    Version = "xml-version", "the XML version is not 1.0";
    /// Something beside the root element that may not stand there.
    OutsideRoot = "xml-outside-root", "something that is not allowed stands outside the root element";
    /// Markup that breaks another rule of XML 1.0.
    NotWellFormed = "xml-not-well-formed", "the markup is not well-formed";
    /// A declaration that gives a prefix no namespace, or rebinds `xml` or `xmlns`.
    NamespaceDeclaration = "xml-namespace-declaration", "a namespace declaration is not allowed";
    /// A namespace name without a scheme. Canonicalization is not defined for it and implementations differ.
    RelativeNamespace = "xml-relative-namespace", "a namespace name is not an absolute URI";
    /// More bytes than the budget.
    TooLarge {
        /// The budget in bytes.
        limit: usize,
        /// The bytes of the document.
        found: usize
    } = "xml-too-large", "the document has {found} bytes, the limit is {limit}";
    /// More elements open at once than the budget.
    TooDeep {
        /// The budget in elements.
        limit: usize
    } = "xml-too-deep", "elements are nested more than {limit} deep";
    /// More nodes than the budget.
    TooManyNodes {
        /// The budget in elements and runs of text.
        limit: usize
    } = "xml-too-many-nodes", "there are more than {limit} nodes";
    /// More attributes than the budget.
    TooManyAttributes {
        /// The budget for the document.
        limit: usize
    } = "xml-too-many-attributes", "the document has more than {limit} attributes";
    /// More attributes on one element than the budget.
    TooManyAttributesOnElement {
        /// The budget for one element.
        limit: usize
    } = "xml-too-many-attributes", "an element has more than {limit} attributes";
    /// More namespace declarations than the budget.
    TooManyNamespaces {
        /// The budget for the document.
        limit: usize
    } = "xml-too-many-namespaces", "the document has more than {limit} namespace declarations";
    /// More namespace declarations in scope than the budget.
    TooManyNamespacesInScope {
        /// The budget for the path to one element.
        limit: usize
    } = "xml-too-many-namespaces", "more than {limit} namespace declarations are in scope";
    /// A namespace name longer than the budget.
    NamespaceTooLong {
        /// The budget in bytes.
        limit: usize
    } = "xml-namespace-too-long", "a namespace name is longer than {limit} bytes";
    /// An InclusiveNamespaces list longer than the number of namespaces that can be in scope.
    TooManyInclusivePrefixes {
        /// The budget in prefixes.
        limit: usize
    } = "xml-too-many-inclusive-prefixes", "an inclusive prefix list has more than {limit} entries";
    /// A canonical form with more bytes than the budget.
    CanonicalTooLarge {
        /// The budget in bytes.
        limit: usize
    } = "xml-canonical-too-large", "the canonical form has more than {limit} bytes";
    /// Canonicalization was asked to leave out an element that is not below the one to canonicalise.
    Omission = "xml-omission", "the element to leave out is not inside the element to canonicalise";
}
