//! The likely causes of a verdict, which admins of Entra meet again and again. They are recognised by their traces. A
//! hint decides nothing, and like a refusal it holds protocol data alone, never a name or a value of a claim.

use jiff::SignedDuration;
use jiff::Timestamp;
use url::Url;

use super::attributes::claim;
use super::near_miss::SPN;
use super::near_miss::difference;
use super::refusal::Refusal;
use super::rules::Facts;
use super::trust::Trust;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::text::is_invisible;
use crate::text::spelled_out;

/// A likely cause, or something that will be missed, with what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Its stable kebab-case code.
    pub code: &'static str,
    /// Its meaning, and what to do.
    pub message: String,
}

/// The hints that the facts of a verified assertion give, whatever the verdict.
pub(super) fn of_assertion(facts: &Facts<'_>) -> Vec<Hint> {
    [clock(facts), bare_identifier(facts), missing_groups(facts)]
        .into_iter()
        .flatten()
        .collect()
}

pub(super) fn of_refusals<'a>(
    refusals: impl Iterator<Item = &'a Refusal>,
    trust: &Trust,
    now: Timestamp,
) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for refusal in refusals {
        let found = [
            entra_error(refusal),
            weak_algorithm(refusal),
            certificate(refusal, trust, now),
            near_miss(refusal),
        ];
        for hint in found.into_iter().flatten() {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    hints
}

/// A clock that is wrong moves every limit by the same amount, and the moment of issue tells by how much.
fn clock(facts: &Facts<'_>) -> Option<Hint> {
    let issued = facts
        .assertion
        .issue_instant
        .max(facts.envelope.issue_instant);
    let off = issued.duration_since(facts.now);
    if off > facts.skew {
        return Some(Hint {
            code: "clock-behind",
            message: format!(
                "the response was issued at {issued}, which is {} after {}: the clock that judges it is about that much behind Entra's. Set it right (timedatectl). For a response captured elsewhere, judge as of its own moment: --at {}",
                words(off),
                facts.now,
                whole_second(issued)
            ),
        });
    }
    let confirmation = facts.confirmation.and_then(|one| one.not_on_or_after);
    let conditions = facts.assertion.conditions.as_ref();
    let conditions = conditions.and_then(|one| one.not_on_or_after);
    let mut deadlines = confirmation.into_iter().chain(conditions).peekable();
    deadlines.peek()?;
    let passed = |deadline: Timestamp| facts.now.duration_since(deadline) >= facts.skew;
    deadlines.all(passed).then(|| Hint {
        code: "clock-ahead-or-late",
        message: format!(
            "every deadline has passed: the response was issued at {issued}, {} before {}. If it was posted at once, the clock that judges it is about that much ahead of Entra's: set it right (timedatectl). If it was captured earlier, judge as of its own moment: --at {}",
            words(-off),
            facts.now,
            whole_second(issued)
        ),
    })
}

/// An audience with `spn:` in front, as Entra makes it of an Identifier that is no URI. Nothing needs to be done where
/// another audience is ours.
fn bare_identifier(facts: &Facts<'_>) -> Option<Hint> {
    let ours = facts.sp_entity_id;
    let is_ours = |audience: &String| audience == ours;
    let restrictions = facts.assertion.conditions.as_ref()?.audiences.iter();
    let mut others = restrictions.filter(|audiences| !audiences.iter().any(is_ours));
    let (found, bare) = others.find_map(|audiences| {
        let mut marked = audiences.iter();
        marked.find_map(|audience| Some((audience, audience.strip_prefix("spn:")?)))
    })?;
    if ours.starts_with("spn:") {
        return None;
    }
    let is_uri = |text: &str| Url::parse(text).is_ok();
    let cause = match is_uri(bare) {
        false => "Entra puts `spn:` before an Identifier that is not a URI",
        true => "the Identifier begins with `spn:`, and ours does not",
    };
    let remedy = match is_uri(ours) {
        true => {
            format!("make it {ours:?}, or set our Entity ID to what Entra sends (--sp-entity-id)")
        }
        // Ours would come back with `spn:` again.
        false => format!("set our Entity ID to {found:?} (--sp-entity-id), or make both a URI"),
    };
    Some(Hint {
        code: "spn-audience",
        message: format!(
            "the assertion is for {found:?}: {cause}. In Entra: Single sign-on > Basic SAML Configuration > Identifier (Entity ID): {remedy}"
        ),
    })
}

/// Above 150 groups Entra sends a link in their place.
fn missing_groups(facts: &Facts<'_>) -> Option<Hint> {
    let attributes = &facts.assertion.attributes;
    let is_empty = |name| attributes.values(name).iter().all(String::is_empty);
    let overage = is_empty(claim::GROUPS) && !is_empty(claim::GROUPS_LINK);
    overage.then(|| Hint {
        code: "groups-overage",
        message: "the person is in more than 150 groups, so Entra leaves the groups out and sends groups.link in their place. In Entra: Single sign-on > Attributes & Claims > Groups: choose Groups assigned to the application, or use app roles".to_owned(),
    })
}

fn entra_error(refusal: &Refusal) -> Option<Hint> {
    let error = refusal.entra_error()?;
    Some(Hint {
        code: "entra-error",
        message: format!("AADSTS{}: {} {}", error.code, error.meaning, error.remedy),
    })
}

fn weak_algorithm(refusal: &Refusal) -> Option<Hint> {
    let is_sha1 = refusal.code() == "signature-algorithm-weak" && refusal.found().contains("sha1");
    is_sha1.then(|| Hint {
        code: "sha1-setting",
        message: "the app is set to sign with SHA-1, which anybody with the means can forge. In Entra: Single sign-on > SAML Certificates > Edit > Signing Algorithm: SHA-256".to_owned(),
    })
}

/// The certificate that the message claims, beside those that are trusted. The claim proves nothing, but it shows an
/// admin where to look.
fn certificate(refusal: &Refusal, trust: &Trust, now: Timestamp) -> Option<Hint> {
    let claimed = refusal.claimed_certificate()?;
    let certificates = trust.certificates();
    if certificates.iter().any(|one| one.fingerprint() == claimed) {
        return Some(Hint {
            code: "certificate-of-another-key",
            message: format!(
                "the response names the certificate {claimed}, which is trusted, but its key did not make the signature: the message was altered or cut on its way. Capture it once more at the browser"
            ),
        });
    }
    let pins = trust.keys().pins().map(Fingerprint::to_string);
    let trusted: Vec<String> = certificates
        .iter()
        .map(|one| dated(one, now))
        .chain(pins)
        .collect();
    let trusted = match trusted.as_slice() {
        [] => "keys without certificates".to_owned(),
        some => some.join("; "),
    };
    Some(Hint {
        code: "wrong-certificate",
        message: format!(
            "the response names the certificate {claimed}, and the connection trusts {trusted}. If Entra shows the first as active (Single sign-on > SAML Certificates; compare by `entrada fingerprint FILE`), the metadata here is older than the certificate, or of another app"
        ),
    })
}

fn dated(certificate: &Certificate, now: Timestamp) -> String {
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    let state = if now < begin {
        "staged, not valid before"
    } else if now > end {
        "expired at"
    } else {
        "valid until"
    };
    let at = if now < begin { begin } else { end };
    format!("{} ({state} {at})", certificate.fingerprint())
}

fn near_miss(refusal: &Refusal) -> Option<Hint> {
    let compared = [
        "audience-mismatch",
        "destination-mismatch",
        "recipient-mismatch",
        "issuer-mismatch",
        "response-issuer-mismatch",
    ];
    if !compared.contains(&refusal.code()) {
        return None;
    }
    let (expected, found) = (refusal.expected(), refusal.compared());
    let of_one = |one: &str| Some((one.to_owned(), difference(expected, one)?));
    // Of several audiences, the one that is nearly ours.
    let (found, difference) = found.iter().find_map(|one| of_one(one))?;
    // That has a hint of its own.
    if refusal.code() == "audience-mismatch" && difference == SPN {
        return None;
    }
    let spelled = |text: &str| spelled_out(text, is_invisible).into_owned();
    Some(Hint {
        code: "near-miss",
        message: format!(
            "\"{}\" and \"{}\" differ only in {difference}: they are compared to the letter",
            spelled(expected),
            spelled(&found)
        ),
    })
}

/// A length of time, in its two largest units.
fn words(length: SignedDuration) -> String {
    let seconds = length.as_secs().unsigned_abs();
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let largest = units.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let shown = units[largest..]
        .iter()
        .take(2)
        .filter(|(count, unit)| *count > 0 || *unit == "s");
    let shown: Vec<String> = shown
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    shown.join(" ")
}

/// The second that holds a moment, at its end: what was issued by then was issued in the past.
fn whole_second(at: Timestamp) -> Timestamp {
    let up = i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(at.as_second() + up).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::finding::Finding;

    #[test]
    fn lengths_of_time_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 0 s"),
            (3_725, "1 h 2 min"),
            (90_000, "1 d 1 h"),
            (86_400, "1 d"),
            (-3_600, "1 h"),
        ] {
            assert_eq!(words(SignedDuration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn what_is_nearly_ours_is_shown_with_what_tells_it_apart() {
        let hint = |expected: &str, found: &[&str]| {
            let finding = Finding::of_several("audience-mismatch", expected, found);
            near_miss(&Refusal::of("audience", finding)).map(|hint| hint.message)
        };
        let said = hint(
            "https://a.example/m",
            &["urn:b", "https://a.example/m\u{a0}"],
        )
        .unwrap();
        assert_eq!(
            said,
            "\"https://a.example/m\" and \"https://a.example/m\\u{a0}\" differ only in characters that do not show: they are compared to the letter"
        );
        assert_eq!(hint("https://a.example/m", &["https://b.example/m"]), None);
        assert_eq!(hint("acme", &[]), None);
    }
}
