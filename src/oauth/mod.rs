//! OAuth 2.0 for those who provision, before any I/O: the token request of the client credentials grant (RFC 6749 §4.4), its
//! errors and its answer, and the metadata of the authorization server (RFC 8414). Nothing here knows a client.

mod answer;
mod authorization;
mod error;
mod metadata;
mod parameters;
mod token_request;
mod token_request_error;

pub(crate) use self::answer::token_answer;
pub use self::error::ErrorCode;
pub(crate) use self::error::error_answer;
pub(crate) use self::metadata::AuthenticationMethod;
pub(crate) use self::metadata::ServerMetadata;
pub use self::token_request::ClientAuthentication;
pub use self::token_request::PresentedText;
pub use self::token_request::ReceivedRequest;
pub use self::token_request::TokenRequest;
#[cfg(feature = "practice")]
pub(crate) use self::token_request_error::JWT_BEARER;
pub use self::token_request_error::TokenRequestError;
