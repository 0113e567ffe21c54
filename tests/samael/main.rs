//! samael as a second opinion, an implementation that shares no line of XML or signatures with ours: who is let in by both is the
//! same person with the same attributes, and where the two disagree the reason stands in a table.
#![allow(clippy::unwrap_used)]

mod differences;
mod fixtures;
mod fresh;
#[path = "../it/fixtures/manifest.rs"]
mod manifest;
mod sides;
#[path = "../it/used_keys.rs"]
mod used_keys;
