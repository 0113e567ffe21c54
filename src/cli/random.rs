//! Random octets for names and secrets, from OpenSSL's generator.

use openssl::rand::rand_bytes;

use super::error::CliError;

/// Draws octets. Nothing goes on without them.
pub(super) fn octets<const N: usize>() -> Result<[u8; N], CliError> {
    let mut octets = [0; N];
    let drawn = rand_bytes(&mut octets);
    drawn.map_err(|error| CliError::Io(format!("no random numbers: {error}")))?;
    Ok(octets)
}
