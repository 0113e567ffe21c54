//! Decrypting what SAML encrypts ([XML Encryption 1.1](https://www.w3.org/TR/xmlenc-core1/) in the one profile of SAML 2.0 Core
//! §2.3.4, §2.2.4 and §2.7.3.2): an element encrypted with AES, whose key is wrapped with RSA-OAEP for a key of ours.
//! Everything else is refused: RSA 1.5, Triple DES, key agreement, symmetric key wrap, references to ciphertext that is
//! elsewhere. There is one refusal, [`Undecryptable`], and it says nothing: whoever may ask whether a ciphertext is good can
//! decrypt it in time. Behind every question that only the private key answers the same work is done for yes and for no.
//! Decrypted is not verified: anybody can encrypt to a public key. What comes out is [`Decrypted`], which no reader of
//! assertions takes; who has proved that it is signed, or lay inside what is signed, is for the layers above.

mod decoy;
mod decrypt;
mod keys;
mod profile;

pub use self::keys::DecryptionKeys;
pub use self::keys::NoUsableKey;

hidden! {
    pub use self::decrypt::Decrypted;
    pub use self::decrypt::Undecryptable;
    pub use self::decrypt::decrypt;
}

/// The namespace of XML Encryption.
#[doc(hidden)]
pub const NAMESPACE: &str = "http://www.w3.org/2001/04/xmlenc#";
/// The namespace of what XML Encryption 1.1 added.
pub(crate) const NAMESPACE_1_1: &str = "http://www.w3.org/2009/xmlenc11#";
/// RSA-OAEP with MGF1 and SHA-1 as the mask generation function.
pub(crate) const RSA_OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// RSA-OAEP with a mask generation function that the message names.
pub(crate) const RSA_OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
/// The type of data that are one element (XML Encryption §3.1).
pub(crate) const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
/// The type of what a `RetrievalMethod` refers to (XML Encryption §3.5.2).
pub(crate) const ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
