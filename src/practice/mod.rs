//! The practice identity provider, for demos and tests: what it says is in the shape in which Entra ID says it.

mod metadata;
mod response;

pub use self::metadata::EntraMetadata;
pub use self::response::EntraResponse;
pub use self::response::Sign;
