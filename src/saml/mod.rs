//! SAML 2.0 web browser sign-on: the messages, their bindings, and the stages and checks that lead from a
//! posted response to a [`Principal`].
//!
//! ```text
//! UnverifiedResponse ── verify ──> Verified ── validate ──> ValidatedAssertion ── admit ──> Principal
//!    (decode)          signatures           CHECKS                        replay cache
//! ```
//!
//! # What does not compile
//!
//! A claim comes out of a [`Principal`] and out of nothing before it:
//!
//! ```compile_fail,E0599
//! fn early(response: entrada::saml::UnverifiedResponse) {
//!     response.attributes();
//! }
//! ```
//! ```compile_fail,E0599
//! fn early(verified: entrada::saml::Verified) {
//!     verified.name_id();
//! }
//! ```
//! ```compile_fail,E0599
//! fn early(validated: entrada::saml::ValidatedAssertion) {
//!     validated.name_id();
//! }
//! ```
//!
//! No stage can be made by hand, by default, or from a text:
//!
//! ```compile_fail,E0063
//! let principal = entrada::saml::Principal {};
//! ```
//! ```compile_fail,E0277
//! fn default<T: Default>() {}
//! default::<entrada::saml::Principal>();
//! ```
//! ```compile_fail,E0277
//! fn deserialize<T: serde::de::DeserializeOwned>() {}
//! deserialize::<entrada::saml::Principal>();
//! ```
//! ```compile_fail,E0277
//! fn deserialize<T: serde::de::DeserializeOwned>() {}
//! deserialize::<entrada::saml::Verified>();
//! ```
//!
//! No stage can be used twice, so no assertion is admitted twice:
//!
//! ```compile_fail,E0382
//! use entrada::saml::{ReplayCache, ValidatedAssertion};
//! async fn twice(validated: ValidatedAssertion, cache: &dyn ReplayCache, now: jiff::Timestamp) {
//!     let _ = validated.admit(cache, now).await;
//!     let _ = validated.admit(cache, now).await;
//! }
//! ```
//!
//! No step can be left out: the replay cache and the request are arguments without a default.
//!
//! ```compile_fail,E0061
//! async fn forgetful(validated: entrada::saml::ValidatedAssertion, now: jiff::Timestamp) {
//!     let _ = validated.admit(now).await;
//! }
//! ```
//! ```compile_fail,E0061
//! use entrada::saml::{ClockSkew, ServiceProvider, Verified};
//! fn forgetful(verified: Verified, sp: &ServiceProvider, now: jiff::Timestamp) {
//!     let _ = verified.validate(sp, ClockSkew::COMMON, now);
//! }
//! ```
//!
//! And this is how it goes:
//!
//! ```
//! use entrada::saml::{ClockSkew, MessageId, Principal, Refusal, ReplayCache, ServiceProvider, Trust, UnverifiedResponse};
//!
//! async fn sign_on(
//!     field: &str,
//!     trust: &Trust,
//!     request: &MessageId,
//!     sp: &ServiceProvider,
//!     cache: &dyn ReplayCache,
//!     now: jiff::Timestamp,
//! ) -> Result<Principal, Refusal> {
//!     let verified = UnverifiedResponse::from_post(field)?.verify(trust)?;
//!     verified.validate(request, sp, ClockSkew::COMMON, now)?.admit(cache, now).await
//! }
//! ```

mod aadsts;
mod assertion;
mod attributes;
mod authn_request;
mod certificate_dates;
mod checks;
mod clock_skew;
mod decode;
mod diagnosis;
mod encrypted;
mod endpoint;
pub(crate) mod entra;
mod envelope;
mod expected_request;
mod finding;
mod hints;
mod id;
pub mod logout;
mod message;
mod name_id;
#[doc(hidden)]
pub mod namespace;
mod near_miss;
pub mod post;
mod principal;
mod reasons;
pub mod redirect;
mod refusal;
mod refusals;
mod replay;
mod return_path;
mod rules;
mod schema;
mod service_provider;
mod stage;
mod status;
pub(crate) mod time;
mod trust;

pub use self::aadsts::ENTRA_ERRORS;
pub use self::aadsts::EntraError;
pub use self::attributes::Attribute;
pub use self::attributes::Attributes;
pub use self::attributes::claim;
pub use self::authn_request::AuthnContextClass;
pub use self::authn_request::AuthnRequest;
pub use self::authn_request::RequestOptions;
#[cfg(feature = "samael")]
pub(crate) use self::authn_request::allows_create;
pub use self::checks::CHECKS;
pub use self::checks::Check;
pub use self::checks::Stage;
pub use self::clock_skew::ClockSkew;
pub use self::diagnosis::Accepted;
pub use self::diagnosis::Diagnosis;
pub use self::diagnosis::Outcome;
pub use self::endpoint::Binding;
pub use self::endpoint::Endpoint;
pub use self::expected_request::ExpectedRequest;
pub use self::hints::Hint;
pub use self::id::MessageId;
pub use self::name_id::NameId;
pub use self::principal::Principal;
pub use self::reasons::Reason;
pub(crate) use self::reasons::reason;
pub use self::refusal::Refusal;
pub(crate) use self::refusals::replayed;
pub use self::replay::Admission;
pub use self::replay::ReplayCache;
pub use self::replay::ReplayKey;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::return_path::ReturnPath;
pub use self::service_provider::ServiceProvider;
pub use self::stage::UnverifiedResponse;
pub use self::stage::ValidatedAssertion;
pub use self::stage::Verified;
pub use self::trust::Trust;
