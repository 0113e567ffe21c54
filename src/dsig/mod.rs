//! XML signatures in the one profile that SAML needs (SAML 2.0 Core §5.4): an enveloped signature, a direct
//! child of what it signs, with one reference to that parent by ID, exclusive canonicalisation, an allow-list
//! of algorithms, and keys from configuration alone. Everything else is refused.
//!
//! `verify` is the only code that can make [`Signed`] bytes, and [`Signed::document`] the only way to a
//! [`VerifiedDocument`]: the bytes that were hashed, parsed anew. Code that reads assertions takes nothing else.
//!
//! Neither can be made by hand:
//!
//! ```compile_fail,E0451
//! let forged = entrada::dsig::Signed { bytes: String::new(), by: todo!() };
//! ```
//! ```compile_fail,E0451
//! fn forge(document: entrada::xml::Document<'_>) {
//!     let forged = entrada::dsig::VerifiedDocument { document, by: todo!() };
//! }
//! ```

mod detached;
mod error;
mod keys;
mod profile;
mod sign;
mod verify;

pub(crate) use self::detached::verify_bytes;
pub(crate) use self::detached::vouched_within;
pub use self::error::SignatureError;
pub use self::keys::NoUsableKey;
pub(crate) use self::keys::SignedBy;
pub use self::keys::TrustedKeys;
pub use self::sign::SignError;
pub use self::sign::Signer;
pub(crate) use self::sign::write_key_info;
pub(crate) use self::verify::claimed_certificate;
pub(crate) use self::verify::signature_of;

hidden! {
    pub use self::sign::sign;
    pub use self::verify::Signed;
    pub use self::verify::VerifiedDocument;
    pub use self::verify::verify;
}

pub(crate) const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The transform that leaves the signature itself out of what it signs.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Exclusive canonicalisation without comments; also the namespace of `InclusiveNamespaces`.
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
