//! The reasons for which a key is refused or cannot be used.

use openssl::error::ErrorStack;

use super::SignatureAlgorithm;

/// The reason for which a key is refused.
#[derive(Clone, thiserror::Error)]
pub enum KeyError {
    /// Not a key, or one with parts that contradict each other.
    #[error("the key is malformed: it is damaged, or no key in PEM or DER")]
    Malformed,
    /// Neither RSA nor EC: Ed25519 and DSA for example, or an RSA key restricted to PSS.
    #[error("keys of the kind {oid} are not accepted: RSA and EC are")]
    Kind {
        /// The object identifier of the kind found.
        oid: String,
    },
    /// An RSA key that is too small to be safe or too large to be cheap.
    #[error("an RSA key of {bits} bits is not accepted: {RSA_BITS_MIN} to {RSA_BITS_MAX} are")]
    RsaSize {
        /// The size found, in bits.
        bits: u32,
    },
    /// An RSA exponent that is even, 1, or above 33 bits.
    #[error("the RSA key has an unsafe exponent: an odd one from 3 to 2^33 is accepted")]
    RsaExponent,
    /// An EC key on another curve, or one that spells out its parameters.
    #[error("EC keys on the curve {curve} are not accepted: P-256, P-384 and P-521 are")]
    Curve {
        /// The object identifier of the curve found, or `with explicit parameters`.
        curve: String,
    },
    /// A private key behind a passphrase, which nobody is there to enter.
    #[error(
        "the private key is encrypted: remove the passphrase, for example with `openssl pkey -in FILE -out key.pem`"
    )]
    Encrypted,
    /// The file is in another form.
    #[error("this is {form}")]
    OtherForm {
        /// The form, and how to make a private key of it.
        form: String,
    },
    /// The key cannot be used with this algorithm.
    #[error("a key of the kind {key} cannot sign with {algorithm}")]
    Algorithm {
        /// The kind and size of the key.
        key: String,
        /// The algorithm asked for.
        algorithm: SignatureAlgorithm,
    },
    /// A private key that is no RSA key: nothing can be encrypted to it here.
    #[error("a key of the kind {key} cannot decrypt: RSA keys can")]
    NotForDecryption {
        /// The kind and size of the key.
        key: String,
    },
    /// OpenSSL failed for a reason of its own, such as want of memory.
    #[error("OpenSSL failed")]
    OpenSsl(#[from] ErrorStack),
}
debug_as_sentence!(KeyError);

/// NIST SP 800-131A refuses smaller RSA keys since 2014.
pub(super) const RSA_BITS_MIN: u32 = 2048;
/// Four times what Entra uses; verifying costs about sixteen times as much, and stays under half a millisecond.
pub(super) const RSA_BITS_MAX: u32 = 8192;
