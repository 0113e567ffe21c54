//! The fixtures on which Entrada and samael 0.0.22 disagree, and the reasons. A difference that is not here fails the
//! test, and so does one that is here and gone.

/// The kind of a difference.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Kind {
    /// We let in, samael refuses.
    TheyRefuse,
    /// We refuse, samael lets in.
    WeRefuse,
    /// Both let in, and do not say the same of the person.
    AnotherPerson,
}

/// Fixtures on which the two differ for one reason.
pub(crate) struct Class {
    pub(crate) kind: Kind,
    pub(crate) reason: &'static str,
    pub(crate) fixtures: &'static [&'static str],
}

pub(crate) const DIFFERENCES: &[Class] = &[
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael looks for a signature before it decrypts; Entra signs, then encrypts, so there is none to see.",
        fixtures: &[
            "responses/encrypted/assertion-signed.xml",
            "responses/encrypted/aes128-cbc.xml",
            "responses/encrypted/aes192-cbc.xml",
            "responses/encrypted/aes128-gcm.xml",
            "responses/encrypted/aes192-gcm.xml",
            "responses/encrypted/aes256-gcm.xml",
            "responses/encrypted/oaep-sha256.xml",
            "responses/encrypted/oaep-sha384.xml",
            "responses/encrypted/oaep-sha512.xml",
            "responses/encrypted/oaep-sha256-mgf1-sha1.xml",
            "responses/encrypted/key-retrieved.xml",
            "responses/encrypted/key-beside.xml",
            "responses/encrypted/two-recipients.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael decrypts AES-128 alone; these are AES-256.",
        fixtures: &[
            "responses/encrypted/response-signed.xml",
            "responses/encrypted/both-signed.xml",
        ],
    },
    Class {
        kind: Kind::AnotherPerson,
        reason: "samael knows neither EncryptedID nor EncryptedAttribute: it leaves them out.",
        fixtures: &[
            "responses/encrypted/name-id.xml",
            "responses/encrypted/attribute.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "libxmlsec1 1.2 has no RSA-PSS.",
        fixtures: &[
            "responses/randomised-rsa-pss-sha256.xml",
            "responses/randomised-rsa-pss-sha384.xml",
            "responses/randomised-rsa-pss-sha512.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "This metadata lists keys of several kinds; samael gives up at the first that is not of the signature's kind.",
        fixtures: &[
            "responses/randomised-ecdsa-p256-sha256.xml",
            "responses/randomised-ecdsa-p384-sha384.xml",
            "responses/randomised-ecdsa-p521-sha512.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael looks for the canonical bytes in the document as it was posted, and does not find them where comments or CDATA sections were.",
        fixtures: &[
            "responses/cdata.xml",
            "responses/comments.xml",
            "responses/attacks/a04-comment-in-name.xml",
            "responses/attacks/a04-comment-in-attribute.xml",
            "responses/attacks/a04-cdata-in-name.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael takes no ID with an apostrophe in it; here an ID is compared and hashed, and never part of an expression.",
        fixtures: &["responses/attacks/a35-hostile-id.xml"],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael reads neither a year of five digits nor 24:00:00.",
        fixtures: &[
            "responses/year-of-five-digits.xml",
            "responses/end-of-a-day.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael compares a Destination with the white space around it.",
        fixtures: &["responses/addresses-in-white-space.xml"],
    },
    Class {
        kind: Kind::AnotherPerson,
        reason: "To samael a null (xsi:nil) is an empty value; to Core §2.7.3.1.1 it is none.",
        fixtures: &[
            "responses/null-value.xml",
            "responses/null-value-1.xml",
            "responses/null-value-between.xml",
            "responses/null-groups.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael reads a null name as an empty one.",
        fixtures: &["responses/checks/assertion-malformed-null.xml"],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael does not ask for the issuer that Profiles §4.1.4.2 requires of a signed response.",
        fixtures: &[
            "responses/checks/response-issuer-missing.xml",
            "responses/checks/response-issuer-missing-in-both.xml",
        ],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael compares an issuer with the white space around it.",
        fixtures: &["responses/issuer-format.xml"],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael does not parse a value that is an element (eduPersonTargetedID).",
        fixtures: &["responses/targeted-id.xml"],
    },
    Class {
        kind: Kind::TheyRefuse,
        reason: "samael does not decode base64 in lines of 76 characters, as Bindings §3.5.4 has it.",
        fixtures: &["responses/form-field-in-lines.txt"],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "What the attacker added is unsigned, and samael cuts it away and reads the signed element; we refuse a message that has more than one assertion, or one out of its place.",
        fixtures: &[
            "responses/attacks/a01-xsw2.xml",
            "responses/attacks/a01-extensions.xml",
            "responses/attacks/a01-response-in-response.xml",
            "responses/attacks/a02-xsw3.xml",
            "responses/attacks/a02-xsw4.xml",
            "responses/attacks/a02-xsw5.xml",
            "responses/attacks/a02-xsw7.xml",
            "responses/attacks/a02-in-claim.xml",
            "responses/attacks/a02-deeper.xml",
            "responses/attacks/a03-unsigned-after.xml",
            "responses/attacks/a03-encrypted-beside.xml",
            "responses/attacks/a27-encrypted-before-signed.xml",
            "responses/attacks/a48-assertion-alone.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael takes a signature anywhere; here it stands where the schema has it and refers to its parent.",
        fixtures: &[
            "responses/attacks/a14-in-subject.xml",
            "responses/attacks/a14-in-status.xml",
            "responses/attacks/a14-on-response.xml",
            "responses/attacks/a14-out-of-order.xml",
            "responses/checks/signature-misplaced.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "libxmlsec1 verifies whatever XML Signature can say; here one profile is taken: one reference by ID, two transforms, no Object.",
        fixtures: &[
            "responses/attacks/a29-object.xml",
            "responses/attacks/a24-xpointer.xml",
            "responses/attacks/a11-digest-in-object.xml",
            "responses/attacks/a13-two-references.xml",
            "responses/attacks/a13-manifest.xml",
            "responses/attacks/a24-with-comments.xml",
            "responses/attacks/a24-parameter.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "libxml2 reads more than we do: it mends broken XML and goes on, and has its own budgets alone.",
        fixtures: &[
            "responses/attacks/a09-attribute-twice.xml",
            "responses/attacks/a07-two-colons.xml",
            "responses/attacks/a07-colon-first.xml",
            "responses/attacks/a06-mismatched-tags.xml",
            "responses/attacks/a26-deep.xml",
            "responses/attacks/a47-two-roots.xml",
            "responses/attacks/a47-comment-before-root.xml",
            "responses/attacks/a47-cdata-after-root.xml",
            "responses/attacks/a47-zero-after-root.xml",
            "responses/checks/xml-not-well-formed.xml",
            "responses/checks/xml-encoding.xml",
            "responses/checks/xml-outside-root.xml",
            "responses/checks/xml-name.xml",
            "responses/checks/xml-version.xml",
            "responses/checks/xml-duplicate-attribute.xml",
            "responses/checks/xml-undeclared-prefix.xml",
            "responses/checks/xml-namespace-declaration.xml",
            "responses/checks/xml-namespace-too-long.xml",
            "responses/checks/xml-too-deep.xml",
            "responses/checks/xml-too-many-attributes.xml",
            "responses/checks/xml-too-many-namespaces.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "libxml2 reads document type declarations and processing instructions.",
        fixtures: &[
            "responses/attacks/a25-entity-in-id.xml",
            "responses/attacks/a25-id-attribute-type.xml",
            "responses/attacks/a25-parameter-entity.xml",
            "responses/checks/xml-dtd.xml",
            "responses/checks/xml-processing-instruction.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "IDs count once here, in whichever spelling of the attribute and in whichever element.",
        fixtures: &[
            "responses/attacks/a10-duplicate-in-other-case.xml",
            "responses/checks/xml-duplicate-id.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael reads nothing of an unsigned envelope: neither its kind, version, status, issuer nor time can refuse.",
        fixtures: &[
            "responses/attacks/a48-without-status.xml",
            "responses/attacks/a48-empty-status.xml",
            "responses/attacks/a16-outer-issuer-other.xml",
            "responses/attacks/a29-error-around-assertion.xml",
            "responses/checks/not-a-response.xml",
            "responses/checks/response-malformed.xml",
            "responses/checks/issued-in-the-future.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael passes over what it does not know; here the schema is held to.",
        fixtures: &[
            "responses/attacks/a21-version.xml",
            "responses/attacks/a21-unknown-statement.xml",
            "responses/attacks/a21-text-between.xml",
            "responses/attacks/a21-issuer-format.xml",
            "responses/attacks/a21-stranger-in-restriction.xml",
            "responses/attacks/a21-attribute-without-name.xml",
            "responses/attacks/a21-name-and-encrypted-name.xml",
            "responses/checks/condition-unknown.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael needs neither a name, nor conditions, nor an audience, nor that somebody signed in.",
        fixtures: &[
            "responses/attacks/a31-no-audience-restriction.xml",
            "responses/attacks/a31-no-conditions.xml",
            "responses/checks/conditions-missing.xml",
            "responses/checks/name-id-missing.xml",
            "responses/checks/authn-statement-missing.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "To samael one audience restriction of several is enough; to Core §2.5.1.4 each counts.",
        fixtures: &["responses/attacks/a30-two-restrictions.xml"],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "Where unsolicited responses are allowed, samael takes answers to requests that nobody made, and confirmations that name one.",
        fixtures: &[
            "responses/attacks/a33-answer-as-unsolicited.xml",
            "responses/attacks/a33-request-removed.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael has no replay cache.",
        fixtures: &[
            "responses/attacks/a34-posted-again.xml",
            "responses/attacks/a34-one-time-use.xml",
            "responses/checks/replayed.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael knows nothing of tenants.",
        fixtures: &[
            "responses/attacks/a38-guest-of-another-tenant.xml",
            "responses/attacks/a38-two-tenants.xml",
            "responses/checks/tenant-mismatch.xml",
            "responses/checks/tenant-mismatch-twice.xml",
            "responses/checks/tenant-mismatch-empty.xml",
            "responses/checks/tenant-mismatch-in-braces.xml",
            "responses/checks/tenant-mismatch-absent.xml",
            "responses/checks/tenant-mismatch-absent-elsewhere.xml",
            "responses/checks/tenant-pinned.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael asks for no fresh proof.",
        fixtures: &[
            "responses/checks/authn-too-old.xml",
            "responses/checks/authn-too-old-in-the-first-statement.xml",
            "responses/checks/authn-too-old-in-the-second-statement.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael's clock is switched off in this comparison, since it cannot be set: the fresh responses are judged by it.",
        fixtures: &[
            "responses/attacks/a32-halves.xml",
            "responses/attacks/a32-halves-swapped.xml",
            "responses/attacks/a34-after-the-deadline.xml",
            "responses/checks/confirmation-expired.xml",
            "responses/checks/confirmation-not-yet-valid.xml",
            "responses/checks/not-yet-valid.xml",
            "responses/checks/expired.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael looks at neither AuthnInstant nor SessionNotOnOrAfter.",
        fixtures: &[
            "responses/checks/authn-instant-in-the-future.xml",
            "responses/checks/authn-instant-in-the-future-beside-another.xml",
            "responses/checks/session-expired.xml",
        ],
    },
    Class {
        kind: Kind::WeRefuse,
        reason: "samael cuts the signature away too, so that a signed response counts as an unsigned one, which may lack a Destination.",
        fixtures: &["responses/attacks/a30-no-destination.xml"],
    },
];
