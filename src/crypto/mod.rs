//! Algorithms, keys and certificates: everything that rests on OpenSSL. This module owns the list of accepted algorithms, the
//! keys that are strong enough to trust, and the reading of certificates in every form. A key that exists has passed its
//! checks, so nothing below asks again. Who may sign what is left to the layers above: no path is validated here, and a
//! certificate's dates are reported, never enforced.

mod algorithm;
mod algorithm_error;
mod by_uri;
mod certificate;
mod certificate_file;
mod content_encryption;
mod curve;
mod decryption_key;
mod digest;
mod distinguished_name;
mod fingerprint;
mod foreign;
mod key_error;
mod oaep;
mod pasted;
mod self_signed;
mod signing_key;
mod verifying_key;

#[cfg(test)]
mod tests;

pub use algorithm::SignatureAlgorithm;
pub use algorithm_error::AlgorithmError;
pub use certificate::Certificate;
pub use certificate::CertificateError;
pub use certificate_file::certificates_from_bytes;
pub use content_encryption::ContentEncryption;
pub use decryption_key::DecryptionKey;
pub use digest::Digest;
pub use digest::DigestAlgorithm;
pub(crate) use digest::sha256;
pub use fingerprint::Fingerprint;
pub use fingerprint::FingerprintError;
pub use key_error::KeyError;
pub use oaep::Oaep;
pub use oaep::OaepDigest;
pub use signing_key::SigningKey;
pub use verifying_key::SignatureMismatch;
pub use verifying_key::VerifyingKey;

pub(crate) use certificate_file::certificate_file;
pub(crate) use certificate_file::certificates_of_element;
pub(crate) use content_encryption::Opened;
pub(crate) use decryption_key::ContentKey;
pub(crate) use foreign::secret;
