//! Encrypting what the practice identity provider says: assertions, names and attributes, with every algorithm that
//! [`crate::xenc`] reads, and with the key in each of the places where senders put it. OpenSSL pads and draws the random numbers.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rand::rand_bytes;
use openssl::rsa::Padding;
use openssl::symm::Crypter;
use openssl::symm::Mode;

use crate::crypto::ContentEncryption;
use crate::crypto::Oaep;
use crate::crypto::OaepDigest;
use crate::crypto::VerifyingKey;
use crate::dsig;
use crate::saml::namespace::ASSERTION;
use crate::xenc;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::WriteError;
use crate::xml::Writer;
use crate::xml::XmlError;
use crate::xml::canonicalize;

/// An element that can be encrypted (SAML 2.0 Core §2.3.4, §2.2.4, §2.7.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encrypt {
    /// `Assertion`, into an `EncryptedAssertion`.
    Assertion,
    /// `NameID`, into an `EncryptedID`.
    NameId,
    /// `Attribute`, into an `EncryptedAttribute`.
    Attribute,
}

impl Encrypt {
    /// The element, by its local name.
    pub const fn plain(self) -> &'static str {
        match self {
            Encrypt::Assertion => "Assertion",
            Encrypt::NameId => "NameID",
            Encrypt::Attribute => "Attribute",
        }
    }

    /// The local name of the element that takes its place.
    pub const fn encrypted(self) -> &'static str {
        match self {
            Encrypt::Assertion => "EncryptedAssertion",
            Encrypt::NameId => "EncryptedID",
            Encrypt::Attribute => "EncryptedAttribute",
        }
    }
}

/// The place of the `EncryptedKey`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyPlace {
    /// In the `KeyInfo` of the `EncryptedData`, as .NET and xmlsec put it.
    Inside,
    /// Beside the `EncryptedData`, with a `RetrievalMethod` that refers to it, as Shibboleth puts it.
    Retrieved,
    /// Beside the `EncryptedData`, and nothing says so.
    Beside,
}

/// The algorithms, and the place of the keys. [`Encryption::default`] is what most identity providers do: AES-256-CBC,
/// `rsa-oaep-mgf1p`, the key inside.
///
/// ```
/// use entrada::crypto::{DecryptionKey, SigningKey};
/// use entrada::practice::{Encrypt, Encryption};
/// use entrada::xenc::{self, DecryptionKeys};
/// use entrada::xml::{Budget, Document};
///
/// let key = SigningKey::generate_rsa_2048()?;
/// let assertion = r#"<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">hello</Assertion>"#;
/// let encrypted = Encryption::default().encrypt(assertion, Encrypt::Assertion, &[key.verifying_key()])?;
/// assert!(!encrypted.contains("hello"));
///
/// let keys = DecryptionKeys::new(vec![DecryptionKey::of(&key)?])?;
/// let document = Document::parse(&encrypted, &Budget::MESSAGE)?;
/// let namespace = "urn:oasis:names:tc:SAML:2.0:assertion";
/// let decrypted = xenc::decrypt(document.root(), namespace, "Assertion", &keys)?;
/// assert_eq!(decrypted.unverified().text(), Some("hello"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encryption {
    /// The algorithm for the content.
    pub content: ContentEncryption,
    /// The parameters for its key. With SHA-1 in the mask generation function that is `rsa-oaep-mgf1p`, else `xmlenc11#rsa-oaep`.
    pub oaep: Oaep,
    /// The place of the keys.
    pub place: KeyPlace,
}

impl Default for Encryption {
    fn default() -> Encryption {
        Encryption {
            content: ContentEncryption::Aes256Cbc,
            oaep: Oaep {
                digest: OaepDigest::Sha1,
                mgf: OaepDigest::Sha1,
                label: Vec::new(),
            },
            place: KeyPlace::Inside,
        }
    }
}

impl Encryption {
    /// Encrypts the first such element of a document for each of the recipients, from its exclusive canonical form. The
    /// rest of the document stays as it is. Fails for a document without such an element, a recipient without an RSA
    /// key, or by a failure of OpenSSL.
    pub fn encrypt(
        &self,
        xml: &str,
        what: Encrypt,
        recipients: &[VerifyingKey],
    ) -> Result<String, EncryptError> {
        let document = Document::parse(xml, &Budget::MESSAGE)?;
        let element = document
            .root()
            .descendants()
            .find(|element| element.is(ASSERTION, what.plain()))
            .ok_or(EncryptError::NoSuchElement)?;
        let mut plaintext = String::new();
        canonicalize(element, None, &[], &mut plaintext)?;
        let encrypted = self.encrypt_bytes(plaintext.as_bytes(), what, recipients)?;
        let range = range_of(element).ok_or(EncryptError::NoSuchElement)?;
        Ok([&xml[..range.start], &encrypted, &xml[range.end..]].concat())
    }

    /// Encrypts bytes, whatever they mean, as if they were such an element. Fails for a recipient without an RSA key,
    /// or by a failure of OpenSSL.
    pub fn encrypt_bytes(
        &self,
        plaintext: &[u8],
        what: Encrypt,
        recipients: &[VerifyingKey],
    ) -> Result<String, EncryptError> {
        let mut key = vec![0; self.content.key_bytes()];
        rand_bytes(&mut key)?;
        let ciphertext = encrypt_content(self.content, &key, plaintext)?;
        let wrapped = recipients
            .iter()
            .map(|recipient| wrap_key(&self.oaep, &key, recipient))
            .collect::<Result<Vec<_>, _>>()?;
        self.write(what, &ciphertext, &wrapped).map_err(Into::into)
    }

    fn write(
        &self,
        what: Encrypt,
        ciphertext: &[u8],
        wrapped: &[Vec<u8>],
    ) -> Result<String, WriteError> {
        let mut w = Writer::new();
        w.start(what.encrypted()).namespace("", ASSERTION);
        w.start("xenc:EncryptedData")
            .namespace("xenc", xenc::NAMESPACE)
            .attribute("Type", xenc::ELEMENT);
        w.start("xenc:EncryptionMethod")
            .attribute("Algorithm", self.content.uri())
            .end();
        self.write_key_info(&mut w, wrapped);
        write_cipher_data(&mut w, ciphertext);
        w.end();
        if self.place != KeyPlace::Inside {
            self.write_keys(&mut w, wrapped);
        }
        w.end();
        w.finish()
    }

    fn write_key_info(&self, w: &mut Writer, wrapped: &[Vec<u8>]) {
        if self.place == KeyPlace::Beside {
            return;
        }
        w.start("ds:KeyInfo").namespace("ds", dsig::NAMESPACE);
        if self.place == KeyPlace::Inside {
            self.write_keys(w, wrapped);
        } else {
            for number in 0..wrapped.len() {
                w.start("ds:RetrievalMethod")
                    .attribute("Type", xenc::ENCRYPTED_KEY)
                    .attribute("URI", &format!("#_key{number}"))
                    .end();
            }
        }
        w.end();
    }

    fn write_keys(&self, w: &mut Writer, wrapped: &[Vec<u8>]) {
        for (number, key) in wrapped.iter().enumerate() {
            w.start("xenc:EncryptedKey")
                .namespace("xenc", xenc::NAMESPACE)
                .attribute("Id", &format!("_key{number}"));
            self.write_key_transport(w);
            write_cipher_data(w, key);
            w.end();
        }
    }

    fn write_key_transport(&self, w: &mut Writer) {
        let Oaep { digest, mgf, label } = &self.oaep;
        let algorithm = match mgf {
            OaepDigest::Sha1 => xenc::RSA_OAEP_MGF1P,
            _ => xenc::RSA_OAEP,
        };
        w.start("xenc:EncryptionMethod")
            .attribute("Algorithm", algorithm);
        if !label.is_empty() {
            w.leaf("xenc:OAEPparams", &STANDARD.encode(label));
        }
        w.start("ds:DigestMethod")
            .namespace("ds", dsig::NAMESPACE)
            .attribute("Algorithm", digest.uri())
            .end();
        if *mgf != OaepDigest::Sha1 {
            w.start("xenc11:MGF")
                .namespace("xenc11", xenc::NAMESPACE_1_1)
                .attribute("Algorithm", mgf.mgf_uri())
                .end();
        }
        w.end();
    }
}

fn write_cipher_data(w: &mut Writer, bytes: &[u8]) {
    w.start("xenc:CipherData")
        .leaf("xenc:CipherValue", &STANDARD.encode(bytes))
        .end();
}

/// The range of an element in its source. The element is neither empty nor nested in one of its name.
fn range_of(element: Element<'_>) -> Option<Range<usize>> {
    let source = element.document().source();
    let start = element.offset();
    let end_tag = format!("</{}>", element.qualified_name());
    let length = source[start..].find(&end_tag)? + end_tag.len();
    Some(start..start + length)
}

/// A random vector, the ciphertext and, in GCM mode, the tag.
fn encrypt_content(
    algorithm: ContentEncryption,
    key: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    let cipher = algorithm.cipher();
    let mut vector = vec![0; cipher.iv_len().unwrap_or_default()];
    rand_bytes(&mut vector)?;
    let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(&vector))?;
    let mut ciphertext = vec![0; plaintext.len() + cipher.block_size()];
    let written = crypter.update(plaintext, &mut ciphertext)?;
    let rest = crypter.finalize(&mut ciphertext[written..])?;
    ciphertext.truncate(written + rest);
    let mut tag = vec![0; if algorithm.is_gcm() { GCM_TAG } else { 0 }];
    if !tag.is_empty() {
        crypter.get_tag(&mut tag)?;
    }
    Ok([vector, ciphertext, tag].concat())
}

fn wrap_key(oaep: &Oaep, key: &[u8], recipient: &VerifyingKey) -> Result<Vec<u8>, EncryptError> {
    let public = PKey::public_key_from_der(&recipient.to_spki_der())?;
    public.rsa().map_err(|_| EncryptError::NotRsa)?;
    let mut encrypter = Encrypter::new(&public)?;
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
    encrypter.set_rsa_oaep_md(message_digest(oaep.digest))?;
    encrypter.set_rsa_mgf1_md(message_digest(oaep.mgf))?;
    if !oaep.label.is_empty() {
        encrypter.set_rsa_oaep_label(&oaep.label)?;
    }
    let mut wrapped = vec![0; encrypter.encrypt_len(key)?];
    let length = encrypter.encrypt(key, &mut wrapped)?;
    wrapped.truncate(length);
    Ok(wrapped)
}

fn message_digest(digest: OaepDigest) -> MessageDigest {
    match digest {
        OaepDigest::Sha1 => MessageDigest::sha1(),
        OaepDigest::Sha256 => MessageDigest::sha256(),
        OaepDigest::Sha384 => MessageDigest::sha384(),
        OaepDigest::Sha512 => MessageDigest::sha512(),
    }
}

/// Bytes in a tag (XML Encryption 1.1 §5.2.4).
const GCM_TAG: usize = 16;

/// The reason that nothing was encrypted.
#[derive(thiserror::Error)]
pub enum EncryptError {
    /// The document has no such element.
    #[error("the document has no element of that kind")]
    NoSuchElement,
    /// A recipient has another kind of key than RSA.
    #[error("only RSA keys can be encrypted to")]
    NotRsa,
    /// OpenSSL failed, or the key is too short for the digest.
    #[error("OpenSSL failed")]
    OpenSsl(#[from] ErrorStack),
    /// The document does not parse.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The encrypted element could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
debug_as_sentence!(EncryptError);
