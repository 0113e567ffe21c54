//! The sizes of RSA keys that are accepted, in bits.

/// NIST SP 800-131A refuses less since 2014.
pub(super) const RSA_BITS_MIN: u32 = 2048;
/// Four times what Entra uses; verifying costs about sixteen times as much, and stays under half a millisecond.
pub(super) const RSA_BITS_MAX: u32 = 8192;
