//! Responses whose signing certificate is out of its dates: refused where the connection enforces them, and accepted where it
//! does not, or where another certificate of the same key is valid.

use entrada::crypto::Certificate;

use super::base::*;
use super::book::Book;
use super::checks::check;
use super::controls::trusting;
use super::keys::Key;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::TrustIn;
use super::metadata::SSO;
use super::metadata::entity;
use super::metadata::signing;
use super::metadata::trusted;
use super::seal::Seal;

const EXPIRED: &str = "certificate-expired.xml";
const EARLY: &str = "certificate-early.xml";
const RENEWED: &str = "certificate-renewed.xml";
const ONE_OF_TWO: &str = "certificate-of-one-key-expired.xml";

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    let expired = with_dates(&keys.idp, 1, "2022-11-01T00:00:00Z", "2025-11-01T00:00:00Z");
    let early = with_dates(&keys.idp, 2, "2027-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let valid = with_dates(&keys.idp, 3, "2025-10-01T00:00:00Z", "2028-10-01T00:00:00Z");
    let other = with_dates(
        &keys.staged,
        4,
        "2022-11-01T00:00:00Z",
        "2025-11-01T00:00:00Z",
    );
    for (file, shows, listed) in [
        (EXPIRED, "a certificate that has expired", &[&expired][..]),
        (EARLY, "a certificate that begins next year", &[&early]),
        (
            RENEWED,
            "an expired certificate and a valid one of the same key, which counts once",
            &[&expired, &valid],
        ),
        (
            ONE_OF_TWO,
            "a key with a valid certificate, and one with an expired one",
            &[&valid, &other],
        ),
    ] {
        let listed: String = listed.iter().copied().map(signing).collect();
        let count = if file == ONE_OF_TWO { 2 } else { 1 };
        book.add_metadata(trusted(file, shows, IDP, count, SSO), entity(IDP, &listed));
    }
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    of_metadata(book, &signed);
    of_two_keys(book, keys);
    of_pins(book, &expired);
    let bare = |fixture: Fixture| Fixture {
        trust: TrustIn::BareKey {
            of: "keys/idp.crt".to_owned(),
            entity_id: IDP.to_owned(),
        },
        ..fixture
    };
    let refused = check(
        "certificate-missing",
        "certificate-dates",
        "the trusted key has no certificate",
    );
    book.add(enforcing(bare(refused)), &signed);
    book.add(
        bare(accepted(
            "certificate-missing-unenforced.xml",
            "the trusted key has no certificate, and dates do not count",
        )),
        &signed,
    );
}

fn of_metadata(book: &mut Book, signed: &str) {
    for (code, metadata, shows) in [
        (
            "certificate-expired",
            EXPIRED,
            "the certificate of the signing key has expired",
        ),
        (
            "certificate-not-yet-valid",
            EARLY,
            "the certificate of the signing key begins next year",
        ),
    ] {
        let metadata = format!("metadata/{metadata}");
        let refused = check(code, "certificate-dates", shows);
        book.add(enforcing(trusting(refused, &metadata)), signed);
        let unenforced = accepted(
            &format!("{code}-unenforced.xml"),
            &format!("{shows}, and dates do not count"),
        );
        book.add(trusting(unenforced, &metadata), signed);
    }
    let renewed = accepted(
        "certificate-renewed.xml",
        "an expired certificate beside a valid one of the same key",
    );
    book.add(
        enforcing(trusting(renewed, &format!("metadata/{RENEWED}"))),
        signed,
    );
    book.add(
        enforcing(accepted(
            "certificate-valid.xml",
            "dates count, and the certificate is valid",
        )),
        signed,
    );
}

/// Response and assertion have a signature each, by different keys: both count.
fn of_two_keys(book: &mut Book, keys: &Keys) {
    let metadata = format!("metadata/{ONE_OF_TWO}");
    let (valid, expired) = (Seal::new(&keys.idp), Seal::new(&keys.staged));
    for (name, inner, outer) in [
        ("assertion", &expired, &valid),
        ("response", &valid, &expired),
    ] {
        let xml = outer.sign(&inner.sign(&unsigned(), ASSERTION), RESPONSE);
        let shows = format!("the certificate of the key that signed the {name} has expired");
        let fixture = refused(
            accepted(&format!("checks/certificate-expired-of-{name}.xml"), &shows),
            "certificate-expired",
            &["certificate-dates"],
        );
        book.add(enforcing(trusting(fixture, &metadata)), &xml);
        let unenforced = accepted(
            &format!("certificate-expired-of-{name}-unenforced.xml"),
            &format!("{shows}, and dates do not count"),
        );
        book.add(trusting(unenforced, &metadata), &xml);
    }
}

/// The response brings the certificate that is pinned.
fn of_pins(book: &mut Book, expired: &Key) {
    let xml = Seal::new(expired).sign(&unsigned(), ASSERTION);
    let pinned = |fixture: Fixture| Fixture {
        trust: TrustIn::Fingerprint {
            fingerprint: expired.certificate.fingerprint().to_string(),
            entity_id: IDP.to_owned(),
        },
        ..fixture
    };
    let shows = "the pinned certificate has expired";
    let fixture = refused(
        accepted("checks/certificate-expired-pinned.xml", shows),
        "certificate-expired",
        &["certificate-dates"],
    );
    book.add(enforcing(pinned(fixture)), &xml);
    let unenforced = accepted(
        "certificate-expired-pinned-unenforced.xml",
        "the pinned certificate has expired, and dates do not count",
    );
    book.add(pinned(unenforced), &xml);
}

fn enforcing(fixture: Fixture) -> Fixture {
    Fixture {
        enforce_certificate_dates: true,
        ..fixture
    }
}

/// The key with another certificate.
fn with_dates(key: &Key, serial: u64, begin: &str, end: &str) -> Key {
    let time = |text: &str| text.parse().expect("a time");
    let made = Certificate::self_signed(&key.private, "Fixtures", serial, time(begin), time(end));
    Key {
        private: key.private.clone(),
        certificate: made.expect("a certificate can be made"),
    }
}
