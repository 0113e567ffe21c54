//! The names that most apps need, for `use entrada::prelude::*`.

pub use crate::connection::Connection;
pub use crate::saml::claim;
pub use crate::session::Rule;
pub use crate::web::CurrentUser;
pub use crate::web::Entrada;
pub use crate::web::Permitted;
pub use crate::web::RecentUser;
pub use crate::web::Requirement;
