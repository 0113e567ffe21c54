//! The dates of the certificates by which a response was signed, where the trust enforces them. A key is valid while any
//! trusted certificate of it is: identity providers renew a certificate for the same key, and list both.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::finding::Finding;
use crate::crypto::Certificate;
use crate::moment;

/// The first and the last moment of a certificate (RFC 5280 §4.1.2.5: both belong to it).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Period {
    begin: Timestamp,
    end: Timestamp,
}

impl Period {
    pub(super) fn of(certificate: &Certificate) -> Period {
        Period {
            begin: certificate.not_before(),
            end: certificate.not_after(),
        }
    }

    fn contains(self, now: Timestamp, skew: SignedDuration) -> bool {
        self.begin <= moment::later(now, skew) && moment::earlier(now, skew) <= self.end
    }
}

/// The trusted certificates of one key that signed a response, or its assertion.
pub(super) type Periods = Box<[Period]>;

/// The reason for which a key is not valid now, give or take the skew.
pub(super) fn finding(
    certificates: &[Period],
    now: Timestamp,
    skew: SignedDuration,
) -> Option<Finding> {
    if certificates.iter().any(|one| one.contains(now, skew)) {
        return None;
    }
    let expired = certificates.iter().map(|one| one.end);
    let expired = expired.filter(|end| *end < now).max();
    let to_come = certificates.iter().map(|one| one.begin).min();
    let (code, found) = match (expired, to_come) {
        (Some(end), _) => ("certificate-expired", format!("one that ended at {end}")),
        (None, Some(begin)) => (
            "certificate-not-yet-valid",
            format!("one that begins at {begin}"),
        ),
        (None, None) => ("certificate-missing", "a key without one".to_owned()),
    };
    let skew = skew.as_secs();
    let expected = format!(
        "a certificate of the signing key that is valid at {now} (now, give or take {skew} s)"
    );
    Some(Finding::new(code, expected, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_key_is_valid_while_one_of_its_certificates_is() {
        let period = |begin, end| Period {
            begin: at(begin),
            end: at(end),
        };
        let (old, present, next) = (period(0, 10), period(10, 20), period(30, 40));
        for (now, certificates, expected) in [
            (10, &[old][..], None),
            (11, &[old], Some("certificate-expired")),
            (11, &[old, present], None),
            (11, &[next, present, old], None),
            (25, &[old, present], Some("certificate-expired")),
            (25, &[next, present], Some("certificate-expired")),
            (25, &[next], Some("certificate-not-yet-valid")),
            (30, &[next], None),
            (25, &[], Some("certificate-missing")),
        ] {
            let found =
                finding(certificates, at(now), SignedDuration::ZERO).map(|finding| finding.code);
            assert_eq!(found, expected, "{certificates:?} at {now}");
        }
    }
    /// Another machine's clock has written the dates.
    #[test]
    fn the_skew_counts_on_both_sides() {
        let certificate = [Period {
            begin: at(100),
            end: at(200),
        }];
        let skew = SignedDuration::from_secs(5);
        for (now, holds) in [(94, false), (95, true), (205, true), (206, false)] {
            assert_eq!(
                finding(&certificate, at(now), skew).is_none(),
                holds,
                "{now}"
            );
        }
    }
}
