//! One X.509 certificate, parsed once: a container for a key and a few facts to show. Its signature, dates, issuer and
//! extensions are not judged, because the key is trusted for where it came from.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::nom;
use x509_parser::nom::error::ErrorKind;
use x509_parser::prelude::FromDer;

use super::Fingerprint;
use super::KeyError;
use super::VerifyingKey;
use super::digest::hash;
use super::distinguished_name;
use crate::moment;
use crate::text::hex;

/// An X.509 certificate with a key that is strong enough to trust.
///
/// ```
/// # fn show(der: &[u8]) -> Result<(), entrada::crypto::CertificateError> {
/// use entrada::crypto::Certificate;
///
/// let certificate = Certificate::from_der(der)?;
/// println!("{} until {}", certificate.subject(), certificate.not_after());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    key: VerifyingKey,
    fingerprint: Fingerprint,
    subject: String,
    issuer: String,
    serial: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate in DER form. Meant for the moment when trust is loaded: a message is verified with the key that came out.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`] if it is not one certificate and nothing else, [`CertificateError::Key`] if its key is
    /// refused, [`CertificateError::TooLarge`] above 64 KiB.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        match Self::from_start_of(der)? {
            (certificate, []) => Ok(certificate),
            (_, rest) => Err(CertificateError::Malformed {
                reason: format!("{} bytes follow the certificate", rest.len()),
            }),
        }
    }

    /// Reads the certificate that stands first, and hands back what follows.
    pub(super) fn from_start_of(der: &[u8]) -> Result<(Self, &[u8]), CertificateError> {
        let (rest, x509) = X509Certificate::from_der(der).map_err(malformed)?;
        let der = x509.as_raw();
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateError::TooLarge {
                bytes: der.len(),
                limit: CERTIFICATE_BYTES_MAX,
            });
        }
        let certificate = Self {
            key: VerifyingKey::from_spki_der(x509.public_key().raw)?,
            fingerprint: Fingerprint::of_der(der),
            subject: distinguished_name::to_line(x509.subject()),
            issuer: distinguished_name::to_line(x509.issuer()),
            serial: serial(x509.raw_serial()),
            not_before: moment::of_seconds(x509.validity().not_before.timestamp()),
            not_after: moment::of_seconds(x509.validity().not_after.timestamp()),
            der: der.to_vec(),
        };
        Ok((certificate, rest))
    }

    /// Reads the base64 of a certificate, as `ds:X509Certificate` and `.cer` files hold it. White space is allowed anywhere.
    ///
    /// # Errors
    /// [`CertificateError::Base64`], or those of [`from_der`](Self::from_der).
    pub fn from_base64(text: &str) -> Result<Self, CertificateError> {
        Self::from_der(&decode_base64(text)?)
    }

    /// The certificate in PEM (RFC 7468), in lines of 64 characters.
    pub fn to_pem(&self) -> String {
        let base64 = STANDARD.encode(&self.der);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in base64.as_bytes().chunks(64) {
            pem.extend(line.iter().copied().map(char::from));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// The certificate in DER form, byte for byte as it was read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The key that it holds.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The SHA-256 of the DER: what a certificate is pinned by.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The SHA-1 of the DER in upper-case hexadecimal, as the Entra portal shows it. Good for finding a certificate with one's
    /// eyes, never for trusting one.
    pub fn sha1_thumbprint(&self) -> String {
        hex(&hash!(Sha1, &self.der)).to_ascii_uppercase()
    }

    /// The subject on one line, such as `CN=Microsoft Azure Federated SSO Certificate`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer on one line.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number in hexadecimal as `openssl x509 -serial` prints it. Some old Entra certificates have a negative one.
    pub fn serial(&self) -> String {
        self.serial.clone()
    }

    /// True if its issuer signed it with SHA-1 or MD5. Reported only: nobody trusts the certificate for that signature.
    /// It is read anew at each call.
    pub fn has_weak_signature(&self) -> bool {
        X509Certificate::from_der(&self.der).is_ok_and(|(_, x509)| {
            let algorithm = x509.signature_algorithm.algorithm.to_id_string();
            WEAK_SIGNATURES.contains(&algorithm.as_str())
        })
    }

    /// The start of the validity. Reported only.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The end of the validity; of a certificate without end (RFC 5280 §4.1.2.5) the last moment there is. Reported only.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("key", &self.key)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// The reason for which a certificate, or a file of certificates, is refused.
#[derive(Clone, thiserror::Error)]
pub enum CertificateError {
    /// More bytes than a certificate, or a file of them, ever has.
    #[error("{bytes} bytes are too many: the limit is {limit}")]
    TooLarge {
        /// The bytes found.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// More certificates in one file than any trust needs.
    #[error("the file holds {certificates} certificates: the limit is {limit}")]
    TooMany {
        /// The certificates found.
        certificates: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The text is not base64.
    #[error("the certificate is not valid base64{}", base64_reason(.0))]
    Base64(base64::DecodeError),
    /// The bytes are not a certificate.
    #[error("the certificate is malformed: {reason}")]
    Malformed {
        /// The fault that was found.
        reason: String,
    },
    /// The certificate holds a key that is refused.
    #[error("the certificate's key is refused: {0}")]
    Key(#[from] KeyError),
    /// The file is text in an encoding that is not read.
    #[error("{reason}")]
    NotText {
        /// The encoding, and what to do.
        reason: String,
    },
    /// The file is in another form, which is known.
    #[error("this is {form}; expected a certificate in PEM, DER, base64 or PKCS #7")]
    OtherForm {
        /// The form.
        form: String,
    },
    /// The file is in none of the forms that are read.
    #[error("this is no certificate file: PEM, DER, base64 and PKCS #7 are read")]
    Unrecognised,
    /// The file is PKCS #12, whose point is the private key in it.
    #[error(
        "this is PKCS #12 (.pfx, .p12), which holds a private key: keep it to yourself, and export the certificate alone (openssl pkcs12 -in FILE -nokeys -clcerts)"
    )]
    Pkcs12,
    /// The file is in a known form, but holds no certificate: a private key alone, for example.
    #[error("the file holds no certificate{}", found.as_ref().map(|found| format!(", but {found}")).unwrap_or_default())]
    NoCertificate {
        /// The thing that was found in its place.
        found: Option<String>,
    },
}
debug_as_sentence!(CertificateError);

impl CertificateError {
    pub(super) fn other_form(form: impl ToString) -> CertificateError {
        CertificateError::OtherForm {
            form: form.to_string(),
        }
    }
}

fn base64_reason(error: &base64::DecodeError) -> String {
    match error {
        base64::DecodeError::InvalidByte(at, byte) => {
            let found = match byte.is_ascii_graphic() {
                true => format!("{:?}", char::from(*byte)),
                false => "something else".to_owned(),
            };
            let place = at + 1;
            format!(": it has {found} in it, as character {place} without spaces")
        }
        _ => ": it is cut off, or a part of it is missing".to_owned(),
    }
}

pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, CertificateError> {
    let compact: String = text.split_ascii_whitespace().collect();
    LENIENT_BASE64
        .decode(compact)
        .map_err(CertificateError::Base64)
}

/// Some tools leave the padding away. This is no door: what counts is the DER that comes out.
const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn malformed(error: nom::Err<X509Error>) -> CertificateError {
    let reason = match error {
        nom::Err::Incomplete(_) | nom::Err::Error(X509Error::NomError(ErrorKind::Eof)) => {
            "it is cut off, or no certificate at all"
        }
        nom::Err::Error(error) | nom::Err::Failure(error) => match error {
            X509Error::InvalidDate => "it is damaged: a date of its validity cannot be read",
            X509Error::InvalidX509Name => {
                "it is damaged: the name of its subject or issuer cannot be read"
            }
            _ => "it is damaged, or no certificate at all",
        },
    };
    CertificateError::Malformed {
        reason: reason.to_owned(),
    }
}

/// Writes a serial number in two's complement as OpenSSL does: a minus sign and the magnitude.
fn serial(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    let mut carry = true;
    for byte in magnitude.iter_mut().rev().filter(|_| negative) {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
    let start = magnitude
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(magnitude.len().saturating_sub(1));
    let sign = if negative { "-" } else { "" };
    sign.to_owned() + &hex(&magnitude[start..]).to_ascii_uppercase()
}

/// RSA with MD5 and SHA-1 (RFC 8017, appendix C), DSA and ECDSA with SHA-1 (RFC 3279 §2.2), and the older name of the second.
const WEAK_SIGNATURES: [&str; 5] = [
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
    "1.3.14.3.2.29",
];

/// Genuine certificates have 700 to 4,000 bytes; the largest seen on the web, with thousands of names, are near this.
const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;
    use crate::crypto::SigningKey;

    fn certificate() -> Certificate {
        let key = SigningKey::generate_p256().unwrap();
        let end = "2029-01-01T00:00:00Z".parse().unwrap();
        Certificate::self_signed(&key, "Entrada", 1, Timestamp::UNIX_EPOCH, end).unwrap()
    }

    #[test]
    fn base64_with_and_without_white_space_and_padding_is_read() {
        let certificate = certificate();
        let base64 = BASE64_STANDARD.encode(certificate.der());
        let (first, rest) = base64.split_at(64);
        for text in [
            base64.clone(),
            format!("\n  {first}\r\n\t{rest}\n"),
            base64.trim_end_matches('=').to_owned(),
        ] {
            assert_eq!(Certificate::from_base64(&text).unwrap(), certificate);
        }
        let wrong = Certificate::from_base64(&format!("{first}*{rest}"));
        assert!(matches!(wrong, Err(CertificateError::Base64(_))));
    }

    #[test]
    fn bytes_after_a_certificate_are_refused() {
        let der = [certificate().der(), b"\0"].concat();
        assert!(matches!(
            Certificate::from_der(&der),
            Err(CertificateError::Malformed { .. })
        ));
    }

    #[test]
    fn every_cut_of_a_certificate_is_refused() {
        let certificate = certificate();
        for end in 0..certificate.der().len() {
            let cut = Certificate::from_der(&certificate.der()[..end]);
            assert!(
                matches!(cut, Err(CertificateError::Malformed { .. })),
                "{end}"
            );
        }
    }

    #[test]
    fn serial_numbers_are_written_as_openssl_writes_them() {
        for (bytes, text) in [
            (&[0x00][..], "00"),
            (&[0x01], "01"),
            (&[0x00, 0x80], "80"),
            (&[0x12, 0x34], "1234"),
            (&[0xff], "-01"),
            (&[0x80], "-80"),
            (&[0x80, 0x00], "-8000"),
            (&[0xff, 0x00], "-0100"),
            (&[0xed, 0xcc], "-1234"),
        ] {
            assert_eq!(serial(bytes), text);
        }
    }

    #[test]
    fn a_certificate_shows_no_more_than_its_name_key_and_fingerprint() {
        let certificate = certificate();
        let shown = format!("{certificate:?}");
        assert!(shown.len() < 250 && shown.contains("CN=Entrada"), "{shown}");
    }
}
