//! Encrypted assertions, from both sides of the ciphertext: a whole response as it is, and any plaintext that somebody
//! encrypts for us. What nobody signed is refused in the same words, whatever it is.

use std::sync::LazyLock;

use entrada::crypto::DecryptionKey;
use entrada::saml::Refusal;
use entrada::saml::UnverifiedResponse;
use entrada::xenc::DecryptionKeys;
use openssl::base64::encode_block;
use openssl::rsa::Padding;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use openssl::symm::encrypt;

use super::response;

/// Takes the bytes for a response that has something encrypted in it, and for the plaintext of one.
pub fn decryption(data: &[u8]) {
    accepts(data);
    accepts_plaintext(data);
}

/// Tells if the response is accepted.
pub fn accepts(data: &[u8]) -> bool {
    let response = UnverifiedResponse::from_xml(data.to_vec());
    response::judge(response, Some(&US.keys)).is_ok()
}

/// Tells if a response is accepted that has these bytes encrypted in it.
pub fn accepts_plaintext(plaintext: &[u8]) -> bool {
    if plaintext.len() > MAX_PLAINTEXT {
        return false;
    }
    let response = UnverifiedResponse::from_xml(US.with_plaintext(plaintext).into_bytes());
    let judged = response::judge(response, Some(&US.keys));
    if let Err(refusal) = &judged {
        assert_eq!(
            everything(refusal),
            *ONE_REFUSAL,
            "a refusal tells one plaintext from another"
        );
    }
    judged.is_ok()
}

/// All that is said to whoever sent a response.
fn everything(refusal: &Refusal) -> String {
    format!("{}: {refusal}; {}", refusal.code(), refusal.remedy())
}

/// The one refusal, as ciphertext gets it that is none.
static ONE_REFUSAL: LazyLock<String> = LazyLock::new(|| {
    let response = UnverifiedResponse::from_xml(US.with_ciphertext(&[0; 32]).into_bytes());
    let refusal = response::judge(response, Some(&US.keys)).expect_err("zeros are no ciphertext");
    assert_eq!(refusal.code(), "decryption-failed");
    everything(&refusal)
});

/// A service provider with a key, and an envelope for what is sent to it.
struct Us {
    keys: DecryptionKeys,
    wrapped: String,
}

static US: LazyLock<Us> = LazyLock::new(|| {
    let pem = include_bytes!("../../fixtures/keys/sp.pem");
    let key = DecryptionKey::from_bytes(pem).expect("the fixed key is one to decrypt with");
    let public = Rsa::private_key_from_pem(pem).expect("the fixed key is an RSA key");
    let mut wrapped = vec![0; public.size() as usize];
    public
        .public_encrypt(&CONTENT_KEY, &mut wrapped, Padding::PKCS1_OAEP)
        .expect("the content key is shorter than the modulus");
    Us {
        keys: DecryptionKeys::new(vec![key]).expect("one key"),
        wrapped: encode_block(&wrapped),
    }
});

impl Us {
    fn with_plaintext(&self, plaintext: &[u8]) -> String {
        let ciphertext = encrypt(
            Cipher::aes_256_cbc(),
            &CONTENT_KEY,
            Some(&VECTOR),
            plaintext,
        );
        let ciphertext = ciphertext.expect("the key has the right length");
        self.with_ciphertext(&[&VECTOR[..], &ciphertext].concat())
    }

    fn with_ciphertext(&self, ciphertext: &[u8]) -> String {
        ENVELOPE
            .replace("{wrapped}", &self.wrapped)
            .replace("{ciphertext}", &encode_block(ciphertext))
    }
}

const CONTENT_KEY: [u8; 32] = [7; 32];
const VECTOR: [u8; 16] = [9; 16];
/// The plaintext stays far below the limits of a response, which are refused in words of their own.
const MAX_PLAINTEXT: usize = 64 * 1024;
const ENVELOPE: &str = include_str!("encrypted-response.xml");
