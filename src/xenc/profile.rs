//! Reading what surrounds a ciphertext, by the restricted profile. All of it is public, so reading may stop at the first thing
//! that is not admitted. Hints as to whose key it is (`KeyName`, `X509Data`, `Recipient`) are not read: every key of ours is tried.

use super::ELEMENT;
use super::ENCRYPTED_KEY;
use super::NAMESPACE;
use super::NAMESPACE_1_1;
use super::RSA_OAEP;
use super::RSA_OAEP_MGF1P;
use crate::crypto::ContentEncryption;
use crate::crypto::Oaep;
use crate::crypto::OaepDigest;
use crate::dsig;
use crate::xml;
use crate::xml::Element;

pub(super) struct Profile {
    pub(super) content: ContentEncryption,
    pub(super) ciphertext: Vec<u8>,
    pub(super) recipients: Vec<Recipient>,
}

pub(super) struct Recipient {
    pub(super) oaep: Oaep,
    pub(super) wrapped: Vec<u8>,
}

impl Profile {
    /// Reads a `saml:EncryptedElementType`: one `EncryptedData`, and beside it perhaps its keys. `None` for anything else.
    pub(super) fn read(container: Element<'_>) -> Option<Profile> {
        let mut keys = Vec::new();
        let mut data = Vec::new();
        for child in children(container)? {
            if child.is(NAMESPACE, "EncryptedKey") {
                push_key(&mut keys, child)?;
            } else {
                data.push(child);
            }
        }
        let [data] = data[..] else { return None };
        if !data.is(NAMESPACE, "EncryptedData") {
            return None;
        }
        has_type(data, ELEMENT)?;
        let mut parts = children(data)?;
        let content = ContentEncryption::from_uri(content_method(parts.next()?)?)?;
        let mut cipher_data = parts.next()?;
        if cipher_data.is(dsig::NAMESPACE, "KeyInfo") {
            read_key_info(cipher_data, &mut keys)?;
            cipher_data = parts.next()?;
        }
        let ciphertext = cipher_value(cipher_data)?;
        if parts.next().is_some() || keys.is_empty() {
            return None;
        }
        let recipients = keys.into_iter().map(Recipient::read);
        Some(Profile {
            content,
            ciphertext,
            recipients: recipients.collect::<Option<_>>()?,
        })
    }
}

impl Recipient {
    /// Reads an `EncryptedKey` (XML Encryption §3.5.1).
    fn read(key: Element<'_>) -> Option<Recipient> {
        has_type(key, ENCRYPTED_KEY)?;
        let mut parts = children(key)?;
        let oaep = key_transport(parts.next()?)?;
        let mut cipher_data = parts.next()?;
        if cipher_data.is(dsig::NAMESPACE, "KeyInfo") {
            cipher_data = parts.next()?;
        }
        let wrapped = cipher_value(cipher_data)?;
        let is_hint = |part: Element<'_>| {
            part.is(NAMESPACE, "ReferenceList") || part.is(NAMESPACE, "CarriedKeyName")
        };
        parts.all(is_hint).then_some(Recipient { oaep, wrapped })
    }
}

/// Collects the keys in the `KeyInfo` of the data. Those beside the data are in `keys` already, so a `RetrievalMethod` brings nothing
/// new, but it must mean one of them.
fn read_key_info<'d>(key_info: Element<'d>, keys: &mut Vec<Element<'d>>) -> Option<()> {
    let beside = keys.len();
    for child in children(key_info)? {
        if child.is(NAMESPACE, "EncryptedKey") {
            push_key(keys, child)?;
        } else if child.is(dsig::NAMESPACE, "RetrievalMethod") {
            let id = retrieved_id(child)?;
            keys[..beside]
                .iter()
                .find(|key| key.attribute("Id") == Some(id))?;
        } else if child.namespace() == NAMESPACE || child.namespace() == NAMESPACE_1_1 {
            // AgreementMethod, DerivedKey: other ways to a key.
            return None;
        }
    }
    Some(())
}

fn push_key<'d>(keys: &mut Vec<Element<'d>>, key: Element<'d>) -> Option<()> {
    keys.push(key);
    (keys.len() <= RECIPIENTS).then_some(())
}

/// The ID that a `RetrievalMethod` refers to: in the same document, an `EncryptedKey`, without transforms.
fn retrieved_id(method: Element<'_>) -> Option<&str> {
    let to_key = method.attribute("Type") == Some(ENCRYPTED_KEY);
    let plain = children(method)?.next().is_none();
    let id = method.attribute("URI")?.strip_prefix('#')?;
    (to_key && plain && !id.is_empty()).then_some(id)
}

/// The algorithm of the content, which has no parameters.
fn content_method(method: Element<'_>) -> Option<&str> {
    let algorithm = encryption_method(method)?;
    children(method)?.next().is_none().then_some(algorithm)
}

/// RSA-OAEP with its parameters, each at most once (XML Encryption 1.1 §5.5.2). A missing digest or mask
/// generation function is that of SHA-1. A missing label is empty.
fn key_transport(method: Element<'_>) -> Option<Oaep> {
    let names_mgf = match encryption_method(method)? {
        RSA_OAEP => true,
        RSA_OAEP_MGF1P => false,
        _ => return None,
    };
    let (mut digest, mut mgf, mut label) = (None, None, None);
    for parameter in children(method)? {
        let repeated = if parameter.is(dsig::NAMESPACE, "DigestMethod") {
            digest
                .replace(OaepDigest::from_uri(parameter.attribute("Algorithm")?)?)
                .is_some()
        } else if parameter.is(NAMESPACE_1_1, "MGF") && names_mgf {
            mgf.replace(OaepDigest::from_mgf_uri(parameter.attribute("Algorithm")?)?)
                .is_some()
        } else if parameter.is(NAMESPACE, "OAEPparams") {
            label.replace(bytes(parameter)?).is_some()
        } else {
            return None;
        };
        if repeated {
            return None;
        }
    }
    Some(Oaep {
        digest: digest.unwrap_or(OaepDigest::Sha1),
        mgf: mgf.unwrap_or(OaepDigest::Sha1),
        label: label.unwrap_or_default(),
    })
}

fn encryption_method(method: Element<'_>) -> Option<&str> {
    method
        .is(NAMESPACE, "EncryptionMethod")
        .then(|| method.attribute("Algorithm"))
        .flatten()
}

/// `Type` may be left out; said, it must be this.
fn has_type(element: Element<'_>, wanted: &str) -> Option<()> {
    let found = element.attribute("Type").unwrap_or(wanted);
    (found == wanted).then_some(())
}

/// `CipherData/CipherValue`; ciphertext that is elsewhere (`CipherReference`) is not fetched.
fn cipher_value(data: Element<'_>) -> Option<Vec<u8>> {
    let mut values = children(data)?;
    let value = values.next()?;
    let sole = data.is(NAMESPACE, "CipherData")
        && value.is(NAMESPACE, "CipherValue")
        && values.next().is_none();
    sole.then(|| bytes(value)).flatten()
}

/// The child elements; `None` if text stands between them.
fn children<'d>(parent: Element<'d>) -> Option<impl Iterator<Item = Element<'d>>> {
    parent.has_only_whitespace_text().then(|| parent.children())
}

fn bytes(element: Element<'_>) -> Option<Vec<u8>> {
    xml::base64_binary(element.text()?)
}

/// Keys in one message. One is common; an identity provider that writes one for each encryption key in our metadata comes
/// to [`DecryptionKeys::MAX`](super::DecryptionKeys::MAX). Twice that leaves room for a recipient that is not us.
const RECIPIENTS: usize = 8;
