//! Limits on what is read, with the reason for each number.

/// Bytes of a token. Entra's for an app have 1.5 kB; one of a person in many groups, which is no business of ours, has more.
pub(super) const TOKEN_BYTES: usize = 8 * 1024;
/// Bytes of a key set: Entra's, with a chain of certificates for each key, has 20 kB.
pub(super) const SET_BYTES: usize = 256 * 1024;
/// Keys of a set, of whatever kind: Entra has published ten at most. It bounds how often one signature is tried.
pub(super) const SET_KEYS: usize = 32;
