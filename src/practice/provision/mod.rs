//! The provisioning service of the practice identity provider: it keeps the people and groups that are assigned to an
//! app in that app's directory over SCIM, in the order and in the words in which Entra ID does it. [`Provisioning`] is
//! what an admin enters, a cycle compares the directory ([`super::Directory`]) with what was sent before, and the log
//! shows each request.

mod access;
mod api;
mod client;
mod cycle;
mod dialect;
mod error;
mod form;
mod http;
mod job;
mod kept_token;
mod log;
mod manual;
mod mapping;
mod objects;
pub(super) mod pages;
mod references;
mod retry;
mod schedule;
mod settings;
mod settings_error;
mod sign_in;
mod target;
mod token_answer;

pub(super) use self::access::SignInContext;
pub(super) use self::access::forms_of_secret;
pub(super) use self::client::Call;
pub(super) use self::client::Client;
pub(super) use self::client::ScimResponse;
pub(super) use self::client::detail;
pub(super) use self::client::id_of;
pub(super) use self::client::listed;
pub(super) use self::cycle::CycleTrigger;
pub(super) use self::cycle::run;
pub(super) use self::dialect::AttributeChange;
pub use self::dialect::Dialect;
pub(super) use self::error::Failure;
pub use self::error::ProvisionError;
pub(super) use self::job::Job;
pub use self::job::Summary;
pub(super) use self::kept_token::KeptToken;
pub(super) use self::log::Log;
pub use self::log::LogLine;
pub use self::log::Step;
pub(super) use self::mapping::DesiredObject;
pub(super) use self::mapping::described;
pub use self::retry::Escrowed;
pub use self::retry::Quarantine;
pub(super) use self::schedule::keep_to_it;
pub use self::settings::ExternalId;
pub use self::settings::Matching;
pub use self::settings::Provisioning;
pub use self::settings_error::SettingsError;
pub use self::sign_in::SignIn;
pub(super) use self::target::ENTERPRISE_USER;
pub(super) use self::target::MANAGER;
pub(super) use self::target::name_of;
pub(super) use self::token_answer::AccessToken;
