//! The content of a file, without the random numbers that it was made with.

use entrada::saml::namespace::ASSERTION;
use entrada::xenc;
use entrada::xenc::DecryptionKeys;
use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::canonicalize;

/// Tells whether two files made with random numbers say the same.
pub(crate) struct Essence {
    /// Those who can decrypt: the service provider, and everybody else that messages are encrypted for.
    readers: Vec<DecryptionKeys>,
}

impl Essence {
    pub(crate) fn new(readers: Vec<DecryptionKeys>) -> Essence {
        Essence { readers }
    }

    /// The content of a file; `None` if nothing in it is random. ECDSA and RSA-PSS sign with random numbers, and such a
    /// file has `randomised` in its name. Encryption draws them too, and signatures around ciphertext follow from it.
    pub(crate) fn of(&self, name: &str, bytes: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(bytes).ok()?;
        if text.contains("<xenc:CipherValue>") {
            let blank = ["DigestValue", "SignatureValue", "xenc:CipherValue"];
            let around = blank
                .iter()
                .fold(text.to_owned(), |text, tag| without(&text, tag));
            Some(around + &self.plaintexts(text))
        } else if name.contains("randomised") {
            Some(without(text, "SignatureValue"))
        } else {
            None
        }
    }

    /// The plaintexts of all that a reader can decrypt.
    fn plaintexts(&self, text: &str) -> String {
        let mut plaintexts = String::new();
        let Ok(document) = Document::parse(text, &Budget::MESSAGE) else {
            return plaintexts;
        };
        for container in document.root().descendants() {
            let local = match container.local() {
                "EncryptedAssertion" => "Assertion",
                "EncryptedID" => "NameID",
                "EncryptedAttribute" => "Attribute",
                _ => continue,
            };
            for keys in &self.readers {
                if let Ok(decrypted) = xenc::decrypt(container, ASSERTION, local, keys) {
                    canonicalize(decrypted.unverified(), None, &[], &mut plaintexts)
                        .expect("a plaintext has a canonical form");
                }
            }
        }
        plaintexts
    }
}

/// The text with the length of these elements' contents in their place.
fn without(text: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut pieces = text.split(&open);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| {
        let end = piece.find(&close).expect("the element ends");
        kept + &open + &end.to_string() + &piece[end..]
    })
}
