//! Making enveloped signatures: for our own metadata, and for the practice identity provider.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ENVELOPED;
use super::EXCLUSIVE_C14N;
use super::NAMESPACE;
use crate::crypto::Certificate;
use crate::crypto::KeyError;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::WriteError;
use crate::xml::Writer;
use crate::xml::XmlError;
use crate::xml::canonicalize;

/// A key, the certificate that announces it, and the algorithm to sign with.
#[derive(Clone, Debug)]
pub struct Signer {
    key: SigningKey,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
}

impl Signer {
    /// Puts key and certificate together.
    ///
    /// # Errors
    /// [`SignError::OtherKey`] if the certificate announces another key; [`SignError::Algorithm`] if the key is
    /// not of the algorithm's type.
    pub fn new(
        key: SigningKey,
        certificate: Certificate,
        algorithm: SignatureAlgorithm,
    ) -> Result<Signer, SignError> {
        if key.verifying_key() != *certificate.key() {
            return Err(SignError::OtherKey);
        }
        if !certificate.key().accepts(algorithm) {
            return Err(SignError::Algorithm);
        }
        Ok(Signer {
            key,
            certificate,
            algorithm,
        })
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// A signature over bytes that stand elsewhere.
    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.key.sign(self.algorithm, bytes)?)
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// Signs the element of the document whose un-namespaced `ID` is `id`, and returns the document with the
/// signature in it: right after the element's `saml:Issuer` where it has one, else as its first child, as the
/// SAML schemas demand. The rest of the text stays as it was, byte for byte.
///
/// # Errors
/// A document that does not parse, an ID that is not there, or a key that fails.
pub fn sign(xml: &str, id: &str, signer: &Signer) -> Result<String, SignError> {
    let document = Document::parse(xml, &Budget::AGGREGATE)?;
    let element = document
        .root()
        .descendants()
        .find(|element| element.attribute("ID") == Some(id))
        .ok_or(SignError::NoSuchId)?;
    let digest_algorithm = signer.algorithm.digest();
    let mut bytes = String::new();
    canonicalize(element, None, &[], &mut bytes)?;
    let digest = digest_algorithm.digest(bytes.as_bytes());
    let unsigned = signature(signer, id, digest.as_ref(), None)?;
    let value = signer
        .key
        .sign(signer.algorithm, signed_info(&unsigned)?.as_bytes())?;
    let signature = signature(signer, id, digest.as_ref(), Some(&value))?;
    let at = insertion_point(xml, element).ok_or(SignError::Empty)?;
    let mut signed = String::with_capacity(xml.len() + signature.len());
    signed.push_str(&xml[..at]);
    signed.push_str(&signature);
    signed.push_str(&xml[at..]);
    Ok(signed)
}

/// The place for the signature: in front of the first child that is no issuer, or behind an issuer that is alone.
fn insertion_point(xml: &str, element: Element<'_>) -> Option<usize> {
    let mut last = None;
    for child in element.children() {
        if !child.is(ASSERTION, "Issuer") {
            return Some(child.offset());
        }
        last = Some(child);
    }
    leaf_end(xml, last?)
}

/// The end of an element that has text in it and nothing else; `None` for any other.
fn leaf_end(xml: &str, leaf: Element<'_>) -> Option<usize> {
    let text = &xml[leaf.offset()..];
    let (content, end) = text.split_once("</")?;
    let name = content[1..].split([' ', '\t', '\r', '\n', '>']).next()?;
    let rest = end
        .strip_prefix(name)?
        .trim_start_matches([' ', '\t', '\r', '\n']);
    let plain = rest.starts_with('>') && !content[1..].contains('<');
    plain.then(|| xml.len() - rest.len() + 1)
}

/// The canonical `SignedInfo` of a signature text.
fn signed_info(signature: &str) -> Result<String, SignError> {
    let document = Document::parse(signature, &Budget::METADATA)?;
    let signed_info = document
        .root()
        .children()
        .next()
        .ok_or(SignError::NoSuchId)?;
    let mut bytes = String::new();
    canonicalize(signed_info, None, &[], &mut bytes)?;
    Ok(bytes)
}

/// The text of `ds:Signature`; without a value for the round that makes one.
fn signature(
    signer: &Signer,
    id: &str,
    digest: &[u8],
    value: Option<&[u8]>,
) -> Result<String, WriteError> {
    let mut w = Writer::new();
    w.start("ds:Signature").namespace("ds", NAMESPACE);
    w.start("ds:SignedInfo");
    write_algorithm(&mut w, "ds:CanonicalizationMethod", EXCLUSIVE_C14N);
    write_algorithm(&mut w, "ds:SignatureMethod", signer.algorithm.uri());
    w.start("ds:Reference").attribute("URI", &format!("#{id}"));
    w.start("ds:Transforms");
    write_algorithm(&mut w, "ds:Transform", ENVELOPED);
    write_algorithm(&mut w, "ds:Transform", EXCLUSIVE_C14N);
    w.end();
    write_algorithm(&mut w, "ds:DigestMethod", signer.algorithm.digest().uri());
    w.leaf("ds:DigestValue", &STANDARD.encode(digest));
    w.end();
    w.end();
    let value = value.map(|value| STANDARD.encode(value));
    w.leaf("ds:SignatureValue", &value.unwrap_or_default());
    write_key_info(&mut w, &signer.certificate);
    w.end();
    w.finish()
}

fn write_algorithm(w: &mut Writer, name: &str, uri: &str) {
    w.start(name).attribute("Algorithm", uri).end();
}

pub(crate) fn write_key_info(w: &mut Writer, certificate: &Certificate) {
    w.start("ds:KeyInfo").namespace("ds", NAMESPACE);
    w.start("ds:X509Data")
        .leaf("ds:X509Certificate", &STANDARD.encode(certificate.der()))
        .end();
    w.end();
}

/// The namespace whose `Issuer` a signature stands behind.
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// The reason for which nothing was signed.
#[derive(thiserror::Error)]
pub enum SignError {
    /// The certificate announces another key.
    #[error("the certificate belongs to another key")]
    OtherKey,
    /// The key is not of the algorithm's type.
    #[error("the algorithm does not fit the type of the key")]
    Algorithm,
    /// No element has the ID.
    #[error("no element has the ID that is to be signed")]
    NoSuchId,
    /// The element has no children, so there is nothing worth a signature.
    #[error("the element that is to be signed is empty")]
    Empty,
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The document does not parse.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The signature could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
debug_as_sentence!(SignError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsig::TrustedKeys;
    use crate::dsig::verify;

    #[test]
    fn an_element_with_nothing_but_its_issuer_is_signed_behind_that() {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (from, to) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let certificate = Certificate::self_signed(&key, "ours", 1, from, to).unwrap();
        let trust = TrustedKeys::keys(vec![certificate.key().clone()]).unwrap();
        let signer = Signer::new(key, certificate, SignatureAlgorithm::RsaSha256).unwrap();
        let message = |issuer: &str| format!(r#"<a ID="_a" xmlns:s="{ASSERTION}">{issuer}</a>"#);
        for issuer in ["<s:Issuer>us</s:Issuer>", "<s:Issuer A='>'>us</s:Issuer\n>"] {
            let signed = sign(&message(issuer), "_a", &signer).unwrap();
            let (before, _) = signed.split_once("<ds:Signature ").unwrap();
            assert!(before.ends_with(issuer), "{signed}");
            let document = Document::parse(&signed, &Budget::MESSAGE).unwrap();
            verify(document.root(), &trust).unwrap();
        }
        for hard in [
            "",
            "<s:Issuer/>",
            "<s:Issuer><!-- </s:Issuer> --></s:Issuer>",
        ] {
            let refused = sign(&message(hard), "_a", &signer);
            assert!(matches!(refused, Err(SignError::Empty)), "{hard}");
        }
    }
}
