//! Verifying, and the only door to verified bytes.

use super::NAMESPACE;
use super::SignatureError;
use super::SignedBy;
use super::TrustedKeys;
use super::profile::Profile;
use super::profile::key_info_certificate;
use crate::crypto::Fingerprint;
use crate::crypto::VerifyingKey;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::XmlError;
use crate::xml::canonicalize;

/// The canonical bytes of an element whose signature holds: exactly what was hashed, the signature left out; and the
/// key that made the signature.
#[derive(Clone)]
pub struct Signed {
    pub(super) bytes: String,
    pub(super) by: SignedBy,
}

impl Signed {
    /// The trusted key that signed the bytes.
    pub(crate) fn by(&self) -> SignedBy {
        self.by
    }

    /// Parses the bytes that were hashed.
    ///
    /// # Errors
    /// A valid canonicalisation causes none. An error is a refusal all the same.
    pub fn document(&self) -> Result<VerifiedDocument<'_>, XmlError> {
        self.document_within(&Budget::MESSAGE)
    }

    /// Parses the bytes that were hashed, if the signed text was read with another budget than a message's.
    pub(crate) fn document_within(
        &self,
        budget: &Budget,
    ) -> Result<VerifiedDocument<'_>, XmlError> {
        let document = Document::parse(&self.bytes, &budget.for_canonical_form())?;
        Ok(VerifiedDocument {
            document,
            by: self.by,
        })
    }
}

/// A document made of signed bytes alone. Only [`Signed::document`] makes one.
pub struct VerifiedDocument<'a> {
    document: Document<'a>,
    pub(super) by: SignedBy,
}

impl VerifiedDocument<'_> {
    /// The element that was signed.
    pub fn root(&self) -> Element<'_> {
        self.document.root()
    }
}

/// The signature that is a direct child of `element`; `None` if there is none, an error if there are several.
pub(crate) fn signature_of(element: Element<'_>) -> Result<Option<Element<'_>>, SignatureError> {
    let mut signatures = element
        .children()
        .filter(|child| child.is(NAMESPACE, "Signature"));
    match (signatures.next(), signatures.next()) {
        (_, Some(_)) => Err(SignatureError::Malformed(
            "the element has several signatures",
        )),
        (first, None) => Ok(first),
    }
}

/// The fingerprint of the certificate that the signature of `element` claims to be made with. A hint for
/// people; it proves nothing.
pub(crate) fn claimed_certificate(element: Element<'_>) -> Option<Fingerprint> {
    let signature = signature_of(element).ok().flatten()?;
    key_info_certificate(signature).map(|der| Fingerprint::of_der(&der))
}

/// Verifies the signature that is a direct child of `element` over that element (SAML 2.0 Core §5.4).
///
/// The signature must refer to `element` by its `ID`, which [`Document::parse`] has proven unique. First a
/// trusted key must have made the signature over `SignedInfo`; then the digest in `SignedInfo` must be that
/// of the element's canonical bytes; and those bytes are what the caller gets.
///
/// # Errors
/// The reason for which the signature does not hold.
pub fn verify(element: Element<'_>, trust: &TrustedKeys) -> Result<Signed, SignatureError> {
    let signature = signature_of(element)?.ok_or(SignatureError::Missing)?;
    let profile = Profile::read(signature)?;
    let id = element
        .attribute("ID")
        .filter(|id| !id.is_empty())
        .ok_or(SignatureError::Reference)?;
    if profile.reference.strip_prefix('#') != Some(id) {
        return Err(SignatureError::Reference);
    }
    let by = check_signature(signature, &profile, trust)?;
    // The canonical form is about as long as the text: of a large document, doubling would leave half the room unused.
    let mut bytes = String::with_capacity(element.document().source().len());
    canonicalize(
        element,
        Some(signature),
        &profile.reference_prefixes,
        &mut bytes,
    )
    .map_err(SignatureError::Canonical)?;
    if profile.digest_algorithm.digest(bytes.as_bytes()).as_ref() != profile.digest {
        return Err(SignatureError::Digest);
    }
    Ok(Signed { bytes, by })
}

fn check_signature(
    signature: Element<'_>,
    profile: &Profile<'_>,
    trust: &TrustedKeys,
) -> Result<SignedBy, SignatureError> {
    let mut bytes = String::with_capacity(SIGNED_INFO_CAPACITY);
    canonicalize(
        profile.signed_info,
        None,
        &profile.signed_info_prefixes,
        &mut bytes,
    )
    .map_err(SignatureError::Canonical)?;
    if bytes.len() > SIGNED_INFO_MAX {
        return Err(SignatureError::Malformed("SignedInfo is too long"));
    }
    let holds = |key: &VerifyingKey| {
        key.accepts(profile.algorithm)
            && key
                .verify(profile.algorithm, bytes.as_bytes(), &profile.signature)
                .is_ok()
    };
    if let Some(keys) = trust.configured() {
        return match keys.iter().position(holds) {
            Some(place) => Ok(SignedBy(place)),
            None => Err(SignatureError::Invalid {
                claimed: key_info_certificate(signature).map(|der| Fingerprint::of_der(&der)),
            }),
        };
    }
    let der = key_info_certificate(signature).ok_or(SignatureError::NoCertificate)?;
    let found = Fingerprint::of_der(&der);
    let (by, key) = trust
        .of_certificate(&der)
        .ok_or(SignatureError::NotPinned { found })?;
    if holds(key) {
        Ok(by)
    } else {
        Err(SignatureError::Invalid {
            claimed: Some(found),
        })
    }
}

/// Room for the canonical form of `SignedInfo`: about 800 bytes.
const SIGNED_INFO_CAPACITY: usize = 1024;
/// Bytes of a canonical `SignedInfo` at most: twenty times a common one. It is hashed once for each trusted key
/// before anybody has vouched for it, so a long one would cost a stranger little and us much.
const SIGNED_INFO_MAX: usize = 16 * 1024;
