//! Metadata (SAML 2.0 Metadata): reading an identity provider's, deciding whom to trust by it, and writing our
//! own. Fetching and keeping documents is the adapters' work.

mod accept;
mod cache;
mod choose;
mod diff;
mod duration;
mod element;
mod error;
mod history;
mod last_certificate;
pub mod lint;
mod pins;
mod read;
mod refresh;
mod rejected;
mod selected_entity;
mod signer;
mod standing;
mod text;
mod trust;
mod valid_until;
mod write;

pub(crate) use self::cache::FinishedRefresh;
pub use self::cache::PinnedNote;
#[cfg(feature = "samael")]
pub(crate) use self::choose::speaks_saml_2;
pub(crate) use self::diff::Changed;
pub(crate) use self::diff::Compared;
pub(crate) use self::diff::MetadataDiff;
pub use self::error::MetadataError;
pub use self::history::KeyChanges;
pub(crate) use self::last_certificate::LastCertificate;
pub(crate) use self::pins::PinnedEnds;
pub use self::read::IdpMetadata;
pub(crate) use self::refresh::Pacer;
pub use self::refresh::RefreshFailure;
pub use self::refresh::RefreshPolicy;
pub use self::refresh::RefreshState;
pub use self::rejected::Rejected;
pub use self::signer::MetadataSigner;
pub use self::signer::MetadataSignerError;
pub use self::standing::ExpiryLevel;
pub use self::standing::StaleLevel;
pub use self::standing::Validity;
#[cfg(feature = "server")]
pub(crate) use self::text::text as document_text;
pub use self::trust::TrustError;
#[cfg(feature = "samael")]
pub(crate) use self::write::ENCRYPTION_METHODS;
#[cfg(feature = "samael")]
pub(crate) use self::write::NAME_ID_FORMATS;
pub use self::write::SpMetadata;
pub use crate::saml::Binding;
pub use crate::saml::Endpoint;
pub use crate::saml::Trust;

store_port! {
    pub use self::cache::MetadataCache;
    pub use self::cache::MetadataCopy;
    pub use self::cache::RefreshRecord;
    pub use self::cache::SeenCertificates;
    pub use self::history::KeyHistory;
    pub use self::refresh::Claim;
    pub use self::refresh::Lease;
    pub use self::refresh::NotClaimed;
    pub use self::refresh::RefreshTrigger;
}

hidden! {
    pub use self::accept::Accepted;
    pub use self::accept::Guard;
    pub use self::history::KnownKey;
}
