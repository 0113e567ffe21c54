//! SAML 2.0 web browser sign-on: the messages, their bindings, and the stages and checks that lead from a
//! posted response to a [`Principal`].
//!
//! ```text
//! UnverifiedResponse ── verify ──> Verified ── validate ──> ValidatedAssertion ── admit ──> Principal
//!    (decode)          signatures           CHECKS                        replay cache
//! ```

mod assertion;
mod attributes;
mod authn_request;
mod checks;
mod decode;
mod diagnosis;
mod endpoint;
mod envelope;
mod id;
mod name_id;
pub mod namespace;
pub mod post;
mod reasons;
pub mod redirect;
mod refusal;
mod replay;
mod return_path;
mod rules;
mod schema;
mod stage;
pub(crate) mod time;
mod trust;

pub use self::attributes::Attribute;
pub use self::attributes::Attributes;
pub use self::attributes::claim;
pub use self::authn_request::AuthnRequest;
pub use self::checks::CHECKS;
pub use self::checks::Check;
pub use self::checks::Stage;
pub use self::diagnosis::Accepted;
pub use self::diagnosis::Diagnosis;
pub use self::diagnosis::Outcome;
pub use self::endpoint::Binding;
pub use self::endpoint::Endpoint;
pub use self::id::MessageId;
pub use self::name_id::NameId;
pub use self::reasons::Reason;
pub use self::refusal::Refusal;
pub use self::replay::Admission;
pub use self::replay::ReplayCache;
pub use self::replay::ReplayKey;
pub use self::return_path::ReturnPath;
pub use self::rules::ClockSkew;
pub use self::stage::Principal;
pub use self::stage::ServiceProvider;
pub use self::stage::UnverifiedResponse;
pub use self::stage::ValidatedAssertion;
pub use self::stage::Verified;
pub use self::trust::Trust;
