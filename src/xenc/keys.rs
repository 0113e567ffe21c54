//! The keys that messages can be opened with: ours, those of a rollover included.

use crate::crypto::DecryptionKey;

/// The private keys of one service provider, in the order in which they are tried. There is always at least one.
#[derive(Clone, Debug)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

impl DecryptionKeys {
    /// The number of keys that are tried at most, each for a price of one private-key operation. A rollover has two;
    /// one announced ahead and one not yet retired make four.
    pub const MAX: usize = 4;

    /// Takes keys to decrypt with.
    ///
    /// # Errors
    /// [`NoUsableKey`] if there is none, or more than [`DecryptionKeys::MAX`].
    pub fn new(keys: Vec<DecryptionKey>) -> Result<DecryptionKeys, NoUsableKey> {
        if keys.is_empty() || keys.len() > DecryptionKeys::MAX {
            Err(NoUsableKey)
        } else {
            Ok(DecryptionKeys(keys))
        }
    }

    pub(super) fn all(&self) -> &[DecryptionKey] {
        &self.0
    }
}

/// There is no key to decrypt with, or there are too many to try.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {max} decryption keys", max = DecryptionKeys::MAX)]
pub struct NoUsableKey;
debug_as_sentence!(NoUsableKey);
