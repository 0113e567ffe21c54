//! Conversions to and from the types of the crate [samael](https://docs.rs/samael/0.0.22), for apps that have them. This
//! module is there with the feature `samael` alone, and nothing else in this crate uses it.
//!
//! | theirs | ours | |
//! |---|---|---|
//! | `metadata::EntityDescriptor` | [`IdpMetadata`](crate::metadata::IdpMetadata) | both ways |
//! | `metadata::EntityDescriptor` | [`ServiceProvider`](crate::saml::ServiceProvider) | theirs to ours |
//! | `metadata::EntityDescriptor` | [`SpMetadata`](crate::metadata::SpMetadata) | ours to theirs: a certificate says nothing of its private key |
//! | `schema::Assertion` | [`Principal`](crate::saml::Principal) | ours to theirs, by [`assertion`] |
//! | `schema::AuthnRequest` | [`AuthnRequest`](crate::saml::AuthnRequest) | ours to theirs, by [`authn_request`] |
//!
//! An app that knows its identity provider by samael's types verifies with Entrada so:
//!
//! ```
//! use entrada::metadata::{IdpMetadata, Trust};
//! use samael::metadata::EntityDescriptor;
//!
//! # let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/metadata/entra.xml"))?;
//! let theirs: EntityDescriptor = document.parse()?;
//! let trust = Trust::of_metadata(&IdpMetadata::try_from(&theirs)?)?;
//! assert_eq!(Some(trust.entity_id()), theirs.entity_id.as_deref());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Never write XML with samael
//!
//! Its writers (`ToXml`) do not escape text: a display name with a `<` in it becomes markup. The values that this
//! module returns hold text as it was signed, whatever is in it.
//! [`SpMetadata::to_xml`](crate::metadata::SpMetadata::to_xml) and
//! [`AuthnRequest::to_xml`](crate::saml::AuthnRequest::to_xml) write the XML to send.
//!
//! # What does not compile
//!
//! Anybody can make an `Assertion` of samael's: its fields are public, and its parser asks for no signature. A verified value must
//! not come of it, so there is no way back:
//!
//! ```compile_fail,E0277
//! fn forged(assertion: &samael::schema::Assertion) -> Result<entrada::saml::Principal, Box<dyn std::error::Error>> {
//!     Ok(assertion.try_into()?)
//! }
//! ```
//! ```compile_fail,E0277
//! fn forged(assertion: samael::schema::Assertion) -> entrada::saml::Verified {
//!     assertion.into()
//! }
//! ```
//!
//! Nor does an assertion come out before the replay cache was asked:
//!
//! ```compile_fail,E0308
//! fn early(validated: &entrada::saml::ValidatedAssertion, sp: &entrada::saml::ServiceProvider, at: jiff::Timestamp) {
//!     let _ = entrada::samael::assertion(validated, sp, "_1", at);
//! }
//! ```
//!
//! Their requests are not taken for ours either: an ID of samael's has 32 random bits, and one of ours is stored as pending before it
//! leaves.

mod assertion;
mod authn_request;
mod error;
mod idp;
mod sp;
mod time;

pub use self::assertion::assertion;
pub use self::authn_request::authn_request;
pub use self::error::ConversionError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use samael::key_info::KeyInfo;
use samael::key_info::X509Data;
use samael::metadata::EncryptionMethod;
use samael::metadata::KeyDescriptor;

use crate::crypto::Certificate;

/// A key in their terms: its purpose, its certificate and its methods.
fn key_descriptor(purpose: &str, certificate: &Certificate, methods: &[&str]) -> KeyDescriptor {
    let methods: Vec<_> = methods
        .iter()
        .map(|&algorithm| EncryptionMethod {
            algorithm: algorithm.to_owned(),
        })
        .collect();
    KeyDescriptor {
        key_use: Some(purpose.to_owned()),
        key_info: KeyInfo {
            id: None,
            x509_data: Some(X509Data {
                certificates: vec![STANDARD.encode(certificate.der())],
            }),
        },
        encryption_methods: (!methods.is_empty()).then_some(methods),
    }
}
