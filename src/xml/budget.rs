//! The limits on what is read of a hostile document before it is refused, with the source of each number.

/// Limits for one document. Running out of any is a fatal error of its own kind.
///
/// There is no default: a caller says what it reads by taking [`Budget::MESSAGE`], [`Budget::METADATA`] or
/// [`Budget::AGGREGATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Bytes of a canonical form made from the document, which repeats namespace declarations and so can be longer.
    pub canonical_bytes: usize,
    /// Elements open at once; the root counts as one.
    pub depth: usize,
    /// Elements and runs of text, white space between elements included.
    pub nodes: usize,
    /// Attributes in the whole document, namespace declarations not counted.
    pub attributes: usize,
    /// Attributes of one element, namespace declarations not counted.
    pub attributes_per_element: usize,
    /// Namespace declarations in the whole document.
    pub namespaces: usize,
    /// Namespace declarations on the path from the root to any element, masked ones included.
    pub namespaces_in_scope: usize,
    /// Bytes of one namespace name.
    pub namespace_bytes: usize,
    /// The content that may stand beside the root element.
    pub outside: Outside,
}

/// The content that may stand before and after the root element, besides the XML declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// White space and nothing else: SAML messages.
    WhitespaceOnly,
    /// White space and comments: metadata, which many federations open with a comment on its terms of use.
    Comments,
}

impl Budget {
    /// One SAML message, plain or decrypted.
    pub const MESSAGE: Self = Self {
        // Twice the 1 MB response of our scale figures. Entra itself stops at 150 groups, about 20 kB.
        bytes: 2 * MIB,
        // A value with `xsi:type` repeats one declaration of 50 bytes; the shortest value in use, a group's GUID,
        // takes 90. So real messages grow less than twofold.
        canonical_bytes: 8 * MIB,
        // The deepest path of the SAML and XML Encryption schemas in use, EncryptedAssertion down to the certificate
        // of an EncryptedKey's recipient, has 11 steps; three times that.
        depth: 32,
        // 2 MiB of group GUIDs, 69 bytes each with the tags, is 30,000 values: element, text and white space between.
        nodes: 131_072,
        // Each of those values may carry an `xsi:type`.
        attributes: 65_536,
        // The SAML schemas define at most 6 attributes on an element; ten times that.
        attributes_per_element: 64,
        // Each of those values may declare both `xs` and `xsi`, as many Java identity providers do.
        namespaces: 65_536,
        // Messages use up to 9 namespaces. A path that declares the same 9 anew at seven levels still passes.
        namespaces_in_scope: 64,
        // The longest namespace name in SAML, XML Signature and XML Encryption has 62 bytes.
        namespace_bytes: 1024,
        outside: Outside::WhitespaceOnly,
    };

    /// The metadata of one entity.
    pub const METADATA: Self = Self {
        // Entra's federation metadata has 30 to 100 kB, with logos as data URLs others reach 1 MB; ten times that.
        bytes: 10 * MIB,
        canonical_bytes: 20 * MIB,
        // EntitiesDescriptor may nest by hierarchies of federations; below it 9 levels suffice.
        depth: 64,
        // One node in 20 bytes. Metadata in the wild has one in 40.
        nodes: 524_288,
        attributes: 262_144,
        attributes_per_element: 64,
        namespaces: 131_072,
        namespaces_in_scope: 64,
        namespace_bytes: 1024,
        outside: Outside::Comments,
    };

    /// The metadata of a whole federation in one file.
    pub const AGGREGATE: Self = Self {
        // National federations publish 5 to 60 MB; the interfederation aggregate above that is not for a web app.
        bytes: 64 * MIB,
        canonical_bytes: 128 * MIB,
        nodes: 3_355_443,
        attributes: 1_677_721,
        namespaces: 838_860,
        ..Self::METADATA
    };

    /// The budget for reading again what was canonicalised from a document read with this one.
    ///
    /// A canonical form has no more nodes and attributes than its source, but is longer, and an element may repeat a
    /// declaration for each of its names.
    #[must_use]
    pub const fn for_canonical_form(self) -> Self {
        Self {
            bytes: self.canonical_bytes,
            namespaces: self.namespaces + self.nodes + self.attributes,
            namespaces_in_scope: 2 * self.namespaces_in_scope,
            ..self
        }
    }
}

const MIB: usize = 1024 * 1024;
