//! The practice identity provider, for demos and tests: messages in Entra's shape ([`EntraResponse`],
//! [`EntraMetadata`]), and a server around them ([`PracticeIdp`]) with Entra's addresses, its errors, a portal, and a
//! service that provisions people and groups over SCIM ([`Provisioning`]). Everybody can sign in as anybody, so it
//! listens on loopback alone unless told otherwise. What a service provider makes of the messages is left to
//! [`crate::saml`] and [`crate::web`].

mod aadsts;
mod app;
mod assertion_fault;
mod assignment;
mod client_assertion;
mod cookie;
mod directory;
mod directory_change;
mod directory_pages;
mod discovery;
mod encrypt;
mod fault;
mod federated_identity;
mod federation;
mod guid;
mod idp;
mod issue;
mod keys;
mod lock;
mod logout;
mod logout_query;
mod metadata;
mod page;
mod people;
mod people_file;
mod portal;
mod provision;
mod request;
mod response;
mod routes;
mod sso;
mod state;

pub use self::aadsts::Aadsts;
pub use self::app::App;
pub use self::app::AppMetadataError;
pub use self::app::Requests;
pub use self::app::SignIns;
pub use self::app::Tokens;
pub use self::assertion_fault::AssertionFault;
pub use self::assignment::Assignment;
pub use self::directory::Directory;
pub use self::directory::Group;
pub use self::directory::Person;
pub use self::encrypt::Encrypt;
pub use self::encrypt::EncryptError;
pub use self::encrypt::Encryption;
pub use self::encrypt::KeyPlace;
pub use self::fault::Fault;
pub use self::federated_identity::FederatedIdentity;
pub(crate) use self::guid::guid_of;
pub use self::idp::PracticeError;
pub use self::idp::PracticeIdp;
pub use self::idp::Running;
pub use self::keys::KeyMakingError;
pub use self::metadata::EntraMetadata;
pub(crate) use self::page::Page;
pub use self::provision::Dialect;
pub use self::provision::Escrowed;
pub use self::provision::ExternalId;
pub use self::provision::LogLine;
pub use self::provision::Matching;
pub use self::provision::ProvisionError;
pub use self::provision::Provisioning;
pub use self::provision::Quarantine;
pub use self::provision::SettingsError;
pub use self::provision::SignIn;
pub use self::provision::Step;
pub use self::provision::Summary;
pub use self::response::EntraResponse;
pub use self::response::Sign;
