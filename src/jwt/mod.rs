//! JSON Web Tokens (RFC 7519), as one identity provider signs them: a compact JWS (RFC 7515) by RS256 and nothing else, and the
//! JSON Web Key Set (RFC 7517) that it is verified with.
//!
//! ```text
//! UnverifiedJwt ── verify ──> VerifiedJwt
//!    (the key's id)  signature   (claims)
//! ```
//!
//! # What does not compile
//!
//! A claim comes out of a [`VerifiedJwt`] and out of nothing before it:
//!
//! ```compile_fail,E0599
//! fn early(token: entrada::jwt::UnverifiedJwt<'_>) {
//!     token.claim("sub");
//! }
//! ```
//!
//! No stage can be made by hand, by default, or from a text:
//!
//! ```compile_fail,E0063
//! let verified = entrada::jwt::VerifiedJwt {};
//! ```
//! ```compile_fail,E0277
//! fn default<T: Default>() {}
//! default::<entrada::jwt::VerifiedJwt>();
//! ```
//! ```compile_fail,E0277
//! fn deserialize<T: serde::de::DeserializeOwned>() {}
//! deserialize::<entrada::jwt::VerifiedJwt>();
//! ```

mod error;
mod header;
mod jwk_set;
mod limits;
mod stage;
mod write;

pub use self::error::JwkSetError;
pub use self::error::JwtError;
pub use self::jwk_set::JwkSet;
pub use self::stage::UnverifiedJwt;
pub use self::stage::VerifiedJwt;
pub use self::write::jwk;
pub use self::write::signed;
