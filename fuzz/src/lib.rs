//! The work of each fuzz target on its bytes, and its assertions. The targets call these functions, and so does
//! `cargo test`, for every seed and every find.

mod c14n;
pub mod database_address;
pub mod decryption;
pub mod head;
pub mod jwt;
pub mod logout;
mod metadata;
pub mod mutate;
mod redirect;
pub mod redirect_signature;
pub mod requery;
pub mod response;
mod scim_filter;
mod scim_patch;
pub mod token_request;
mod xml_reader;
mod xml_tree;

pub use self::c14n::c14n;
pub use self::database_address::database_address;
pub use self::decryption::decryption;
pub use self::head::head;
pub use self::jwt::jwt;
pub use self::logout::logout;
pub use self::metadata::metadata;
pub use self::redirect::redirect;
pub use self::redirect_signature::redirect_signature;
pub use self::response::response;
pub use self::scim_filter::scim_filter;
pub use self::scim_patch::scim_patch;
pub use self::token_request::token_request;
pub use self::xml_reader::xml_reader;
pub use self::xml_tree::xml_tree;

/// A target: its name, and its work on its bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 15] = [
    ("xml_reader", xml_reader),
    ("xml_tree", xml_tree),
    ("c14n", c14n),
    ("response", response),
    ("metadata", metadata),
    ("redirect", redirect),
    ("decryption", decryption),
    ("logout", logout),
    ("redirect_signature", redirect_signature),
    ("scim_filter", scim_filter),
    ("scim_patch", scim_patch),
    ("head", head),
    ("token_request", token_request),
    ("jwt", jwt),
    ("database_address", database_address),
];
