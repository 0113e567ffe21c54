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

#[doc(hidden)]
pub use self::accept::Accepted;
#[doc(hidden)]
pub use self::accept::Guard;
pub(crate) use self::cache::FinishedRefresh;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::cache::MetadataCache;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::cache::MetadataCopy;
pub use self::cache::PinnedNote;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::cache::RefreshRecord;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::cache::SeenCertificates;
#[cfg(feature = "samael")]
pub(crate) use self::choose::speaks_saml_2;
pub(crate) use self::diff::Changed;
pub(crate) use self::diff::Compared;
pub(crate) use self::diff::MetadataDiff;
pub use self::error::MetadataError;
pub use self::history::KeyChanges;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::history::KeyHistory;
#[doc(hidden)]
pub use self::history::KnownKey;
pub(crate) use self::pins::LastPin;
pub(crate) use self::pins::PinnedEnds;
pub use self::read::IdpMetadata;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::refresh::Claim;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::refresh::Lease;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::refresh::NotClaimed;
pub(crate) use self::refresh::Pacer;
pub use self::refresh::RefreshFailure;
pub use self::refresh::RefreshPolicy;
pub use self::refresh::RefreshState;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::refresh::RefreshTrigger;
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
