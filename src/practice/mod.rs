//! The practice identity provider, for demos and tests: what it says is in the shape in which Entra ID says it.
//!
//! This module owns the messages in Entra's shape ([`EntraResponse`], [`EntraMetadata`]) and a server around
//! them ([`PracticeIdp`]) with Entra's addresses, its errors, and a portal page. Everybody can sign in as
//! anybody, so it listens on loopback alone unless told otherwise. What a service provider makes of the
//! messages is left to [`crate::saml`] and [`crate::web`].

mod aadsts;
mod app;
mod cookie;
pub mod demo;
mod directory;
mod encrypt;
mod fault;
mod federation;
mod idp;
mod issue;
mod keys;
mod logout;
mod logout_query;
mod metadata;
mod page;
mod portal;
mod request;
mod response;
mod routes;
mod sample_app;
mod sso;
mod state;

pub use self::aadsts::Aadsts;
pub use self::app::App;
pub use self::app::AppMetadataError;
pub use self::app::Assignment;
pub use self::app::Requests;
pub use self::app::Tokens;
pub use self::directory::Directory;
pub use self::directory::Group;
pub use self::directory::Person;
pub use self::encrypt::Encrypt;
pub use self::encrypt::EncryptError;
pub use self::encrypt::Encryption;
pub use self::encrypt::KeyPlace;
pub use self::fault::Fault;
pub use self::idp::PracticeError;
pub use self::idp::PracticeIdp;
pub use self::idp::Running;
pub use self::keys::KeyMakingError;
pub use self::metadata::EntraMetadata;
pub use self::response::EntraResponse;
pub use self::response::Sign;
