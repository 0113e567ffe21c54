//! Single logout (SAML 2.0 Core §3.7, Profiles §4.4): requests and responses in both directions, over
//! HTTP-Redirect and HTTP-POST.
//!
//! A message that came in is read only after its signature holds, and an order to end sessions comes only out of
//! a request that has passed every check:
//!
//! ```text
//! query or form ── verify ──> VerifiedLogout::Request ── validate ──> ValidatedLogout ── admit ──> LogoutOrder
//!                             VerifiedLogout::Response ── validate ──> LogoutStatus
//! ```

mod error;
mod reasons;
mod request;
mod response;
mod verified;

pub use self::error::LogoutError;
pub use self::reasons::REASONS;
pub use self::request::LogoutRequest;
pub use self::response::LogoutResponse;
pub use self::response::LogoutStatus;
pub use self::verified::LogoutOrder;
pub use self::verified::LogoutRules;
pub use self::verified::ReceivedRequest;
pub use self::verified::ReceivedResponse;
pub use self::verified::ValidatedLogout;
pub use self::verified::VerifiedLogout;
