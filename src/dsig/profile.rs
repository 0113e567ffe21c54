//! Reading `ds:Signature` by the restricted profile: exactly the children that the profile needs, each once,
//! in schema order (XML Signature §4).

use super::ENVELOPED;
use super::EXCLUSIVE_C14N;
use super::NAMESPACE;
use super::SignatureError;
use crate::crypto::DigestAlgorithm;
use crate::crypto::SignatureAlgorithm;
use crate::xml;
use crate::xml::Element;

pub(super) struct Profile<'d> {
    pub(super) signed_info: Element<'d>,
    pub(super) signed_info_prefixes: Vec<&'d str>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) reference: &'d str,
    pub(super) reference_prefixes: Vec<&'d str>,
    pub(super) digest_algorithm: DigestAlgorithm,
    pub(super) digest: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl<'d> Profile<'d> {
    pub(super) fn read(signature: Element<'d>) -> Result<Profile<'d>, SignatureError> {
        let [signed_info, value, rest @ ..] = &children::<3>(signature)?[..] else {
            return malformed("Signature lacks SignedInfo or SignatureValue");
        };
        expect(*signed_info, "SignedInfo")?;
        expect(*value, "SignatureValue")?;
        match rest {
            [] => {}
            [key_info] => expect(*key_info, "KeyInfo")?,
            _ => {
                return malformed("Signature has more than SignedInfo, SignatureValue and KeyInfo");
            }
        }
        let [canonicalization, method, reference] = children::<3>(*signed_info)?[..] else {
            return malformed("SignedInfo has not exactly one Reference");
        };
        expect(canonicalization, "CanonicalizationMethod")?;
        expect(method, "SignatureMethod")?;
        expect(reference, "Reference")?;
        let [transforms, digest_method, digest_value] = children::<3>(reference)?[..] else {
            return malformed("Reference lacks Transforms, DigestMethod or DigestValue");
        };
        expect(transforms, "Transforms")?;
        expect(digest_method, "DigestMethod")?;
        expect(digest_value, "DigestValue")?;
        let [enveloped, exclusive] = children::<2>(transforms)?[..] else {
            return malformed("Transforms are not enveloped-signature and exclusive C14N");
        };
        transform(enveloped, "Transform", ENVELOPED)?;
        empty(enveloped)?;
        empty(method)?;
        empty(digest_method)?;
        Ok(Profile {
            signed_info: *signed_info,
            signed_info_prefixes: exclusive_c14n(canonicalization, "CanonicalizationMethod")?,
            algorithm: SignatureAlgorithm::from_uri(algorithm(method)?)?,
            reference: reference
                .attribute("URI")
                .ok_or(SignatureError::Reference)?,
            reference_prefixes: exclusive_c14n(exclusive, "Transform")?,
            digest_algorithm: DigestAlgorithm::from_uri(algorithm(digest_method)?)?,
            digest: bytes(digest_value)?,
            signature: bytes(*value)?,
        })
    }
}

/// The bytes of the certificate that `KeyInfo` brings first, whatever they may be.
pub(super) fn key_info_certificate(signature: Element<'_>) -> Option<Vec<u8>> {
    let certificate = ["KeyInfo", "X509Data", "X509Certificate"]
        .iter()
        .try_fold(signature, |parent, name| {
            parent.children().find(|child| child.is(NAMESPACE, name))
        })?;
    bytes(certificate).ok()
}

/// The element children, at most `MAX` of them; text between them must be blank.
fn children<const MAX: usize>(parent: Element<'_>) -> Result<Vec<Element<'_>>, SignatureError> {
    if !parent.has_only_whitespace_text() {
        return malformed("text stands between the elements of a signature");
    }
    let found: Vec<_> = parent.children().take(MAX + 1).collect();
    if found.len() > MAX {
        return malformed("an element of the signature has children beyond the profile");
    }
    Ok(found)
}

fn expect(element: Element<'_>, local: &'static str) -> Result<(), SignatureError> {
    if element.is(NAMESPACE, local) {
        Ok(())
    } else {
        malformed("an element of the signature is missing or out of place")
    }
}

fn empty(element: Element<'_>) -> Result<(), SignatureError> {
    match element.text() {
        Some(text) if xml::collapsed(text).is_empty() => Ok(()),
        _ => malformed("an algorithm of the signature has parameters"),
    }
}

fn algorithm(element: Element<'_>) -> Result<&str, SignatureError> {
    element
        .attribute("Algorithm")
        .ok_or(SignatureError::Malformed(
            "an algorithm of the signature is not named",
        ))
}

fn transform(element: Element<'_>, what: &'static str, wanted: &str) -> Result<(), SignatureError> {
    expect(element, what)?;
    let found = algorithm(element)?;
    if found == wanted {
        Ok(())
    } else {
        Err(SignatureError::Transform {
            what,
            found: found.chars().take(URI_SHOWN).collect(),
        })
    }
}

/// An algorithm that must be exclusive C14N, and its `InclusiveNamespaces/@PrefixList` (Exclusive C14N §4).
fn exclusive_c14n<'d>(
    element: Element<'d>,
    what: &'static str,
) -> Result<Vec<&'d str>, SignatureError> {
    transform(element, what, EXCLUSIVE_C14N)?;
    let parameters = children::<1>(element)?;
    let Some(inclusive) = parameters.first() else {
        return Ok(Vec::new());
    };
    if !inclusive.is(EXCLUSIVE_C14N, "InclusiveNamespaces") {
        return malformed("exclusive C14N has a parameter other than InclusiveNamespaces");
    }
    empty(*inclusive)?;
    let list = inclusive.attribute("PrefixList").unwrap_or_default();
    let prefixes: Vec<&str> = list.split_ascii_whitespace().take(PREFIXES + 1).collect();
    if prefixes.len() > PREFIXES {
        malformed("PrefixList is too long")
    } else {
        Ok(prefixes)
    }
}

/// `xs:base64Binary` that is not empty.
fn bytes(element: Element<'_>) -> Result<Vec<u8>, SignatureError> {
    let text = element.text().ok_or(SignatureError::Malformed(
        "a value of the signature has child elements",
    ))?;
    let value = xml::base64_binary(text);
    let value = value.ok_or(SignatureError::Malformed(
        "a value of the signature is not base64",
    ))?;
    if value.is_empty() {
        malformed("a value of the signature is empty")
    } else {
        Ok(value)
    }
}

fn malformed<T>(what: &'static str) -> Result<T, SignatureError> {
    Err(SignatureError::Malformed(what))
}

/// Characters of a foreign URI that an error repeats at most; every URI of the allow-list is shorter.
const URI_SHOWN: usize = 80;
/// Prefixes in one list. Each is looked up for each element, so the list is short: samples have one or two
/// (`xs`, `xsd`), WS-* stacks up to a dozen.
const PREFIXES: usize = 16;
