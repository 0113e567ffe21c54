//! Sign-on from Microsoft Entra ID.

// A test that cannot go on may panic; the build without tests still refuses every `unwrap`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
pub mod connection;
pub mod crypto;
pub mod dsig;
pub mod metadata;
pub mod ports;
#[cfg(feature = "practice")]
pub mod practice;
pub mod saml;
pub mod session;
#[cfg(feature = "server")]
pub mod store;
pub mod token;
pub mod xml;

#[cfg(feature = "server")]
pub mod fetch;
#[cfg(feature = "server")]
pub mod web;
