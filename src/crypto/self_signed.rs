//! Certificates that a key signs for itself, as identity providers publish them.

use jiff::Timestamp;
use openssl::asn1::Asn1Integer;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::x509::X509;
use openssl::x509::X509Builder;
use openssl::x509::X509Name;

use super::Certificate;
use super::CertificateError;
use super::KeyError;
use super::SigningKey;

impl Certificate {
    /// Makes a certificate for a key, signed by the key itself with SHA-256, without extensions, as those of Entra's apps are.
    ///
    /// The caller gives the serial number and the validity: nothing here draws random numbers or asks for the time.
    ///
    /// # Errors
    /// [`CertificateError::Key`] if the name is empty or above 64 characters (the bound of
    /// [RFC 5280, appendix A.1](https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1)), or if OpenSSL fails.
    pub fn self_signed(
        key: &SigningKey,
        common_name: &str,
        serial: u64,
        not_before: Timestamp,
        not_after: Timestamp,
    ) -> Result<Self, CertificateError> {
        let x509 =
            build(key, common_name, serial, not_before, not_after).map_err(KeyError::from)?;
        Self::from_der(&x509.to_der().map_err(KeyError::from)?)
    }
}

fn build(
    key: &SigningKey,
    common_name: &str,
    serial: u64,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<X509, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_text("CN", common_name)?;
    let name = name.build();
    let serial = Asn1Integer::from_bn(&*BigNum::from_slice(&serial.to_be_bytes())?)?;
    let not_before = Asn1Time::from_unix(not_before.as_second())?;
    let not_after = Asn1Time::from_unix(not_after.as_second())?;

    let mut builder = X509Builder::new()?;
    builder.set_version(X509_V3)?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(&not_before)?;
    builder.set_not_after(&not_after)?;
    builder.set_pubkey(key.private())?;
    builder.sign(key.private(), MessageDigest::sha256())?;
    Ok(builder.build())
}

/// Versions are counted from 0 (RFC 5280 §4.1.2.1).
const X509_V3: i32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_signed_certificate_holds_what_it_was_given() {
        let key = SigningKey::generate_p256().unwrap();
        let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let end: Timestamp = "2051-01-02T03:04:05Z".parse().unwrap();
        let certificate =
            Certificate::self_signed(&key, "Entrada, practice", 0x80ab, start, end).unwrap();
        assert_eq!(certificate.subject(), "CN=Entrada\\, practice");
        assert_eq!(certificate.issuer(), certificate.subject());
        assert_eq!(certificate.serial(), "80AB");
        assert_eq!(certificate.not_before(), start);
        assert_eq!(certificate.not_after(), end);
        assert_eq!(certificate.key(), &key.verifying_key());
    }

    #[test]
    fn a_name_that_no_certificate_can_hold_is_refused() {
        let key = SigningKey::generate_p256().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        for name in ["", &"x".repeat(65)] {
            assert!(
                Certificate::self_signed(&key, name, 1, now, now).is_err(),
                "{name:?}"
            );
        }
    }
}
