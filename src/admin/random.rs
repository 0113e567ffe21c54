//! Random bytes for names and secrets, from OpenSSL's generator.

use openssl::rand::rand_bytes;

use super::AdminError;
use super::Done;

/// Draws bytes. Nothing goes on without them.
pub(super) fn bytes<const N: usize>() -> Done<[u8; N]> {
    let mut bytes = [0; N];
    rand_bytes(&mut bytes).map_err(AdminError::NoRandom)?;
    Ok(bytes)
}
