//! Metadata (SAML 2.0 Metadata): reading an identity provider's, deciding whom to trust by it, and writing our
//! own. Fetching and keeping documents is the adapters' work.

mod cache;
mod diff;
pub mod lint;
mod read;
mod trust;
mod write;

pub use self::cache::MetadataCache;
pub use self::cache::MetadataCopy;
pub use self::diff::Changed;
pub use self::diff::Compared;
pub use self::diff::MetadataDiff;
pub use self::read::IdpMetadata;
pub use self::read::MetadataError;
pub use self::read::SkippedKey;
pub use self::trust::TrustError;
#[cfg(feature = "samael")]
pub(crate) use self::write::ENCRYPTION_METHODS;
#[cfg(feature = "samael")]
pub(crate) use self::write::NAME_ID_FORMATS;
pub use self::write::SpMetadata;
pub use crate::saml::Binding;
pub use crate::saml::Endpoint;
pub use crate::saml::Trust;
