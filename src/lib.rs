//! Sign-on from Microsoft Entra ID for web apps, the way large customers ask for it: SAML 2.0, verified by a
//! small, bounded core.
//!
#![cfg_attr(feature = "server", doc = include_str!("front.md"))]
//!
//! The modules:
//!
//! - [`saml`] leads from a posted response to a [`saml::Principal`] by stages that cannot be skipped;
//!   [`saml::CHECKS`] is the table of everything that is asked on the way.
//! - [`dsig`] verifies signatures and hands out nothing but bytes that were hashed; [`crypto`] is its foundation.
//! - [`metadata`] reads the identity provider's metadata and writes ours; [`connection`] holds the settings of
//!   one trust relation; [`session`] what a person has after a sign-on.
//! - [`scim`] holds the rules of SCIM 2.0, and Entra's dialect of it; [`directory`] the users and groups of each
//!   connection; [`event`] what happened to them; [`provisioning`] the credentials of those who provision, and the log of what they did.
//! - `store` keeps it all in SQLite; with the feature `contract`, the documentation shows the port that another store
//!   implements.
//! - `admin` holds the work of those who run a site: the command line and consoles call it.
//! - `web` brings requests to the site, and serves it.
//! - `test_support`, behind the feature `test-support`, signs people on in the tests of apps.
//! - `samael`, behind the feature of that name, converts to and from the types of the crate samael.
//!
//! The pages beside the code, by reader: [docs/README.md](https://docs.rs/crate/entrada/latest/source/docs/README.md).
//!
//! Without default features the core remains: it takes bytes, keys and the time as arguments and does no I/O.

// A test that cannot go on may panic; the build without tests still refuses every `unwrap`.
#![cfg_attr(test, allow(clippy::unwrap_used))]
// Much of the core is there for the layers outside: the build with all of them says what is dead.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]
// Shows beside each item which feature brings it.
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The examples of the README, compiled.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
pub mod readme {}

/// The examples of the page about the directory, compiled.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../docs/directory.md")]
pub mod directory_page {}

/// The example of the page about browsers, compiled.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../docs/browser.md")]
pub mod browser_page {}

/// The example of the page about pages, compiled and run.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../docs/pages.md")]
pub mod pages_page {}

/// Names that programs and tests of this package use, and its documentation leaves out.
macro_rules! hidden {
    ($($item:item)*) => { $(#[doc(hidden)] $item)* };
}

/// Names of the port of stores, which the documentation shows to those who write a store.
macro_rules! store_port {
    ($($item:item)*) => { $(#[cfg_attr(not(feature = "contract"), doc(hidden))] $item)* };
}

#[macro_use]
mod sentence;

mod address;
#[cfg(feature = "server")]
pub mod admin;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub mod configuration;
pub mod connection;
pub mod crypto;
#[cfg(feature = "cli")]
mod demo;
pub mod directory;
pub mod dsig;
pub mod event;
mod form;
mod json;
#[doc(hidden)]
pub mod jwt;
pub mod metadata;
mod moment;
#[doc(hidden)]
pub mod oauth;
pub mod ports;
#[cfg(feature = "practice")]
pub mod practice;
#[cfg(feature = "server")]
pub mod prelude;
pub mod provisioning;
#[cfg(feature = "samael")]
pub mod samael;
pub mod saml;
pub mod scim;
pub mod scim_service;
pub mod session;
#[cfg(feature = "server")]
pub mod store;
mod text;
pub mod token;
pub mod xenc;
#[doc(hidden)]
pub mod xml;

#[cfg(feature = "server")]
pub mod fetch;
#[cfg(feature = "server")]
#[doc(hidden)]
pub mod site;
#[cfg(feature = "test-support")]
pub mod test_support;
#[cfg(feature = "server")]
mod ui;
#[cfg(feature = "server")]
pub mod web;

// What our signatures name, so that an app needs no version of its own to match.
#[cfg(feature = "server")]
#[doc(no_inline)]
pub use axum;
#[doc(no_inline)]
pub use jiff::SignedDuration;
#[doc(no_inline)]
pub use jiff::Timestamp;
#[doc(no_inline)]
pub use serde_json;
