//! Sign-on from Microsoft Entra ID.

// A test that cannot go on may panic; the build without tests still refuses every `unwrap`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod crypto;
pub mod xml;
