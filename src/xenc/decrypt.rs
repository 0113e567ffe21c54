//! Decrypting, with one answer for every failure.

use super::DecryptionKeys;
use super::decoy;
use super::profile::Profile;
use crate::crypto::ContentKey;
use crate::crypto::Opened;
use crate::text::redacted;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;

/// Decrypts the element in `container`: an `EncryptedAssertion`, an `EncryptedID`, an `EncryptedAttribute`. The plaintext must be one
/// element, `local` of `namespace`. It is read in the namespace context of the container, as XML Encryption §4.4 has it: whatever
/// rests on libxml2 leaves behind what the ancestors declare.
///
/// Ask only for what a signature vouches for already, wherever there is one around the container.
///
/// # Errors
/// [`Undecryptable`] for every cause. Which of bad key, bad padding and bad document it was cannot be told from the time it
/// takes either, as far as we can measure.
pub fn decrypt(
    container: Element<'_>,
    namespace: &str,
    local: &str,
    keys: &DecryptionKeys,
) -> Result<Decrypted, Undecryptable> {
    let profile = Profile::read(container).ok_or(Undecryptable)?;
    let key = content_key(&profile, keys).ok_or(Undecryptable)?;
    let opened = profile.content.decrypt(&key, &profile.ciphertext);
    let document = read(&opened, profile.ciphertext.len(), container)?;
    let decrypted = Decrypted { document };
    let is_expected = decrypted
        .sole_element()
        .is_some_and(|element| element.is(namespace, local));
    // Together, so that neither is known without the other.
    if opened.valid & is_expected {
        Ok(decrypted)
    } else {
        Err(Undecryptable)
    }
}

/// The key of the content: the first that one of our keys opens, or else a substitute. All are tried, whatever the first yields.
///
/// `None` if there are too many to try, which the message and our public keys alone decide.
fn content_key(profile: &Profile, keys: &DecryptionKeys) -> Option<ContentKey> {
    let attempts: Vec<_> = profile
        .recipients
        .iter()
        .flat_map(|recipient| keys.all().iter().map(move |key| (recipient, key)))
        .filter(|(recipient, key)| recipient.wrapped.len() == key.wrapped_bytes())
        .collect();
    if attempts.len() > PRIVATE_OPERATIONS {
        return None;
    }
    let length = profile.content.key_bytes();
    let mut content_key = keys.all().first()?.substitute(&profile.ciphertext, length);
    for (recipient, key) in attempts {
        key.unwrap_key(&recipient.oaep, &recipient.wrapped, &mut content_key);
    }
    Some(content_key)
}

/// Reads the plaintext, valid or not: the cost must not depend on that. A decoy makes up for what stays unread.
fn read(
    opened: &Opened,
    ciphertext: usize,
    context: Element<'_>,
) -> Result<Document<'static>, Undecryptable> {
    let text = match str::from_utf8(&opened.bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&opened.bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let document = Document::parse_in_context(text, context, &Budget::MESSAGE);
    let read = match &document {
        Ok(_) => text.len(),
        Err(error) => decoy::bytes_read(error, context),
    };
    decoy::read(ciphertext.saturating_sub(read));
    document
        .ok()
        .filter(|_| text.len() == opened.bytes.len())
        .ok_or(Undecryptable)
}

/// An element that was decrypted, and nothing more: **nobody vouches for it** before its own signature is verified, or unless
/// the ciphertext lay inside what is signed.
pub struct Decrypted {
    document: Document<'static>,
}

impl Decrypted {
    /// The element.
    pub fn unverified(&self) -> Element<'_> {
        self.sole_element()
            .expect("decrypt has found the one element")
    }

    /// The element, if it is alone in its context.
    fn sole_element(&self) -> Option<Element<'_>> {
        let root = self.document.root();
        let mut children = root.children();
        let first = children.next()?;
        let alone = children.next().is_none() && root.has_only_whitespace_text();
        alone.then_some(first)
    }
}

redacted!(Decrypted);

/// The element cannot be decrypted. Why is not said, to nobody: the answer would decrypt messages.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the element cannot be decrypted")]
pub struct Undecryptable;
debug_as_sentence!(Undecryptable);

impl Undecryptable {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        "decryption-failed"
    }
}

/// Private-key operations for one message: 3 ms with keys of 2048 bits. Two keys of ours, for messages that are encrypted to four.
const PRIVATE_OPERATIONS: usize = 8;
