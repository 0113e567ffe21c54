//! Cases of our own: what Entra's requests rest on, one thing at a time, so that a failure says what to change.

pub(super) mod answers;
pub(super) mod dialect;
pub(super) mod duplicates;
pub(super) mod filters;
pub(super) mod members;
mod table;

pub(super) use self::table::FURTHER;
