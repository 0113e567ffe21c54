//! Support for tests of apps (feature `test-support`): a site whose store is in memory, with a practice identity provider
//! beside it and a clock that stands still until it is moved.
//!
//! Nothing here makes a session. A [`TestSite`] signs people on as production does: the app sends a request, the identity
//! provider signs a response, the routes of [`crate::web`] verify it, and the directory says who comes in. So a test finds what
//! a customer would find, and a build without this feature has no way around that either.
//!
//! The identity provider signs for whoever is named, which is for tests alone: give the feature to `[dev-dependencies]`, so
//! that no production build has it.
//!
//! ```toml
//! [dev-dependencies]
//! entrada = { version = "0.1", default-features = false, features = ["test-support"] }
//! ```

mod browser;
mod clock;
mod done;
mod person;
mod site;

pub use self::browser::TestBrowser;
pub use self::person::TestPerson;
pub use self::site::TestSite;
