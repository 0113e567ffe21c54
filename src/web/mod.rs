//! Entrada in an axum app: the routes of the service provider, the [`CurrentUser`] extractor, guards, and the server.
//! `site` decides; what is here reads requests and writes responses.

mod begin_rate;
mod bodies;
mod body;
mod builder;
mod client;
mod client_address;
pub(crate) mod cookie;
mod current_user;
mod entrada;
mod guard;
mod headers;
mod home;
mod keyed_rate;
mod login_params;
mod metrics;
mod mount;
mod oauth;
pub(crate) mod origin;
pub mod pages;
mod parameters;
mod probes;
mod recipient;
mod refusal;
mod request_id;
mod request_session;
mod routes;
mod saml;
mod scim;
mod serve;
mod state;
mod throttle;

pub(crate) use self::bodies::Bodies;
pub(crate) use self::bodies::count as count_bodies;
pub use self::builder::BuildError;
pub use self::builder::EntradaBuilder;
pub use self::client_address::TrustedProxyError;
pub(crate) use self::client_address::trusted_network;
pub use self::current_user::CurrentUser;
pub use self::current_user::NotSignedOn;
pub use self::current_user::RecentUser;
pub use self::entrada::Entrada;
pub use self::guard::Guard;
pub use self::guard::Guarded;
pub use self::guard::NotPermitted;
pub use self::guard::Permitted;
pub use self::guard::Requirement;
pub use self::mount::PathPrefix;
#[doc(hidden)]
pub use self::request_id::ReadHead;
#[doc(hidden)]
pub use self::request_id::read_head;
pub(crate) use self::serve::Background;
pub use self::serve::ServeLimits;
pub use self::serve::Serving;
#[cfg(feature = "tls")]
pub use self::serve::Tls;
#[cfg(feature = "tls")]
pub use self::serve::TlsError;
pub use self::serve::serve;
pub use self::serve::stop_signal;
pub use self::state::GivesEntrada;
pub use self::state::RouterState;
pub use crate::site::EventReader;
pub use crate::site::EventsError;
pub use crate::site::GuardError;
pub use crate::site::OwnSession;
pub use crate::site::RefreshError;
pub use crate::site::Refreshed;
