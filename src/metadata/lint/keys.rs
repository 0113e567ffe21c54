//! Rules on the keys of one identity provider.

use jiff::Timestamp;

use super::finding::Findings;
use super::table;
use super::words::days;
use super::words::days_between;
use super::words::shown;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::KeyError;
use crate::crypto::VerifyingKey;
use crate::crypto::certificates_of_element;
use crate::dsig::TrustedKeys;
use crate::metadata::ExpiryLevel;
use crate::metadata::element::children;
use crate::metadata::read;
use crate::metadata::read::CertificateRole;
use crate::metadata::read::KEY_DESCRIPTORS;
use crate::xml::Element;

pub(super) fn look(roles: &[Element<'_>], entra: bool, now: Timestamp, found: &mut Findings) {
    let mut certificates = Vec::new();
    let (mut signing, mut encryption) = (0, 0);
    for descriptor in children(roles, "KeyDescriptor").take(KEY_DESCRIPTORS) {
        match descriptor.attribute("use") {
            Some("encryption") => encryption += 1,
            Some("signing") | None => {
                signing += 1;
                take(descriptor, &mut certificates, found);
            }
            Some(other) => {
                let detail = format!("a key has the use {:?}", shown(other));
                found.add(&table::UNKNOWN_KEY_USE, detail);
            }
        }
    }
    let listed = children(roles, "KeyDescriptor").count();
    found.add_cut("the entity", "KeyDescriptors", listed, KEY_DESCRIPTORS);
    count(&certificates, signing, encryption, entra, found);
    for certificate in &certificates {
        of_certificate(certificate, &certificates, now, found);
    }
}

/// Takes the signing certificates of one descriptor; what is passed over is reported.
fn take(descriptor: Element<'_>, certificates: &mut Vec<Certificate>, found: &mut Findings) {
    let certificates_listed = read::all_certificates(descriptor).count();
    found.add_cut(
        "a KeyDescriptor",
        "certificates",
        certificates_listed,
        read::CERTIFICATES,
    );
    let mut listed = read::certificates(descriptor).peekable();
    if listed.peek().is_none() {
        let detail = "a KeyDescriptor has no X509Certificate";
        found.add(&table::KEY_WITHOUT_CERTIFICATE, detail);
    }
    for (element, role) in listed {
        if role == CertificateRole::Chain {
            let detail = "an X509Data has further certificates";
            found.add(&table::CERTIFICATE_CHAIN, detail);
            continue;
        }
        match certificates_of_element(element.text().unwrap_or_default()) {
            Ok(listed) => of_element(listed, certificates, found),
            Err(error) if is_weak(&error) => found.add(&table::WEAK_KEY, error.to_string()),
            Err(error) => found.add(&table::KEY_SKIPPED, error.to_string()),
        }
    }
}

/// Takes the first certificate of an `X509Certificate`; it should be the only one.
fn of_element(listed: Vec<Certificate>, certificates: &mut Vec<Certificate>, found: &mut Findings) {
    if listed.len() > 1 {
        let detail = format!(
            "an X509Certificate has {} certificates in it, of which the first counts",
            listed.len()
        );
        found.add(&table::CERTIFICATE_CHAIN, detail);
    }
    match listed.into_iter().next() {
        Some(certificate) if certificates.contains(&certificate) => {
            let detail = format!("{} is listed twice", name(&certificate));
            found.add(&table::DUPLICATE_CERTIFICATE, detail);
        }
        first => certificates.extend(first),
    }
}

fn is_weak(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::Key(
            KeyError::Kind { .. }
                | KeyError::RsaSize { .. }
                | KeyError::RsaExponent
                | KeyError::Curve { .. }
        )
    )
}

fn count(
    certificates: &[Certificate],
    signing: usize,
    encryption: usize,
    entra: bool,
    found: &mut Findings,
) {
    let number = certificates.len();
    let mut keys: Vec<&VerifyingKey> = Vec::new();
    for certificate in certificates {
        if !keys.contains(&certificate.key()) {
            keys.push(certificate.key());
        }
    }
    if number == 0 && signing == 0 && encryption > 0 {
        let detail = format!("there are {encryption} keys, all of them for encryption");
        found.add(&table::ENCRYPTION_ONLY_KEYS, detail);
    } else if number == 0 {
        let detail = "there is no usable signing certificate";
        found.add(&table::NO_SIGNING_KEY, detail);
    } else if keys.len() > TrustedKeys::MAX {
        let (number, most) = (keys.len(), TrustedKeys::MAX);
        let detail = format!("there are {number} signing keys; up to {most} are tried");
        found.add(&table::TOO_MANY_KEYS, detail);
    } else if entra
        && number > CERTIFICATES_OF_AN_APP
        && !found.has(&table::ENTRA_ADDRESS_WITHOUT_APPID)
    {
        let detail = format!("there are {number} signing certificates");
        found.add(&table::ENTRA_MANY_KEYS, detail);
    }
}

/// An app's own document lists its active certificate and perhaps one that is staged. The tenant-wide document
/// has three or four keys.
const CERTIFICATES_OF_AN_APP: usize = 2;

/// Adds the findings that the dates of a certificate call for. They are reported, never enforced: a key is trusted
/// because the metadata lists it.
fn of_certificate(
    certificate: &Certificate,
    all: &[Certificate],
    now: Timestamp,
    found: &mut Findings,
) {
    let name = name(certificate);
    let left = days_between(now, certificate.not_after());
    if now > certificate.not_after() {
        let detail = format!("{name} expired {} ago", days(-left));
        found.add_with_days(&table::CERTIFICATE_EXPIRED, detail, Some(0));
    } else if now < certificate.not_before() {
        let detail = format!("{name} is valid from {}", certificate.not_before());
        found.add(&table::CERTIFICATE_NOT_YET_VALID, detail);
    } else if let Some(level) = ExpiryLevel::of(certificate.not_after(), now) {
        let later = |other: &Certificate| other.not_after() > certificate.not_after();
        let next = match all.iter().any(later) {
            true => "one that lasts longer is listed",
            false => "none that lasts longer is listed",
        };
        let detail = format!("{name} expires in {}; {next}", days(left));
        found.add_with_days(&table::CERTIFICATE_EXPIRES_SOON, detail, Some(level.days()));
    }
    if certificate.has_weak_signature() {
        let detail = format!("{name} was signed with SHA-1 or MD5");
        found.add(&table::WEAK_CERTIFICATE_SIGNATURE, detail);
    }
}

fn name(certificate: &Certificate) -> String {
    format!("the certificate {}", certificate.fingerprint())
}
