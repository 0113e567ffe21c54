//! The rules on what a verified assertion and its envelope say, one function for each row of
//! [`CHECKS`](super::CHECKS) that judges it.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::assertion::Assertion;
use super::assertion::AuthnStatement;
use super::assertion::Conditions;
use super::assertion::Confirmation;
use super::attributes::claim;
use super::certificate_dates;
use super::certificate_dates::Periods;
use super::entra;
use super::envelope::Envelope;
use super::finding::Finding;
use super::namespace::BEARER;
use super::status::status_finding;
use crate::moment;

pub(super) type Rule = fn(&Facts<'_>) -> RuleResult;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum RuleResult {
    Pass,
    /// The question does not arise.
    NotApplicable,
    Fail(Finding),
}

#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) assertion: &'a Assertion,
    pub(super) envelope: &'a Envelope,
    /// The certificates of each key that signed; `None` where their dates do not count.
    pub(super) signers: Option<&'a [Periods]>,
    /// The bearer confirmation that is judged; see [`choose_confirmation`].
    pub(super) confirmation: Option<&'a Confirmation>,
    pub(super) idp_entity_id: &'a str,
    pub(super) sp_entity_id: &'a str,
    pub(super) acs_url: &'a str,
    /// The request that must be answered; `None` for a response that must answer none.
    pub(super) request: Option<&'a str>,
    /// The earliest moment at which the person may have proven who they are, if that was asked for.
    pub(super) authn_since: Option<Timestamp>,
    pub(super) tenant: Option<&'a str>,
    pub(super) skew: SignedDuration,
    pub(super) now: Timestamp,
}

/// The confirmation that the checks judge: the first bearer one that passes them all, else the first bearer
/// one. So no response passes by taking one half of its proof from each of two confirmations.
pub(super) fn choose_confirmation<'a>(
    confirmations: &'a [Confirmation],
    passes: impl Fn(&'a Confirmation) -> bool,
) -> Option<&'a Confirmation> {
    let mut bearer = confirmations
        .iter()
        .filter(|confirmation| confirmation.method == BEARER);
    let first = bearer.clone().next();
    bearer.find(|confirmation| passes(confirmation)).or(first)
}

pub(super) fn confirmation_passes(facts: &Facts<'_>) -> bool {
    let rules = [
        recipient,
        confirmation_deadline,
        confirmation_not_before,
        in_response_to,
    ];
    rules
        .iter()
        .all(|rule| !matches!(rule(facts), RuleResult::Fail(_)))
}

/// Every key that signed must have a certificate that is valid now. The dates were written by another machine's clock, as those of
/// messages are, so the same skew counts: a new certificate signs at once, and locks nobody out whose clock is behind.
pub(super) fn certificate_dates(facts: &Facts<'_>) -> RuleResult {
    let Some(signers) = facts.signers else {
        return RuleResult::NotApplicable;
    };
    let mut findings = signers
        .iter()
        .filter_map(|certificates| certificate_dates::finding(certificates, facts.now, facts.skew));
    findings.next().map_or(RuleResult::Pass, RuleResult::Fail)
}

pub(super) fn status(facts: &Facts<'_>) -> RuleResult {
    status_finding(facts.envelope).map_or(RuleResult::Pass, RuleResult::Fail)
}

/// Requires an issuer of a response that is signed or holds something encrypted (Profiles §4.1.4.2).
pub(super) fn response_issuer(facts: &Facts<'_>) -> RuleResult {
    match facts.envelope.issuer.as_deref() {
        None if facts.envelope.signed => fail(
            "response-issuer-missing",
            "an Issuer in a signed response",
            "none",
        ),
        None if facts.envelope.encrypted => fail(
            "response-issuer-missing",
            "an Issuer in a response with an encrypted assertion",
            "none",
        ),
        None => RuleResult::NotApplicable,
        Some(found) => equal("response-issuer-mismatch", facts.idp_entity_id, Some(found)),
    }
}

pub(super) fn issuer(facts: &Facts<'_>) -> RuleResult {
    equal(
        "issuer-mismatch",
        facts.idp_entity_id,
        Some(&facts.assertion.issuer),
    )
}

/// A signed response must say where it goes (Bindings §3.5.5.2); an unsigned one may leave it to `Recipient`.
pub(super) fn destination(facts: &Facts<'_>) -> RuleResult {
    match facts.envelope.destination.as_deref() {
        None if !facts.envelope.signed => RuleResult::NotApplicable,
        found => equal("destination-mismatch", facts.acs_url, found),
    }
}

pub(super) fn response_in_response_to(facts: &Facts<'_>) -> RuleResult {
    answers(
        "response-in-response-to-mismatch",
        facts.request,
        facts.envelope.in_response_to.as_deref(),
    )
}

pub(super) fn issue_instant(facts: &Facts<'_>) -> RuleResult {
    let issued = facts
        .assertion
        .issue_instant
        .max(facts.envelope.issue_instant);
    begun("issued-in-the-future", issued, facts)
}

pub(super) fn subject(facts: &Facts<'_>) -> RuleResult {
    match &facts.assertion.name_id {
        Some(name_id) if !name_id.value.trim().is_empty() => RuleResult::Pass,
        _ => fail("name-id-missing", "a NameID", "none"),
    }
}

pub(super) fn subject_confirmation(facts: &Facts<'_>) -> RuleResult {
    match facts.confirmation {
        Some(_) => RuleResult::Pass,
        None => fail(
            "subject-confirmation-missing",
            "a SubjectConfirmation of method bearer",
            "none",
        ),
    }
}

pub(super) fn recipient(facts: &Facts<'_>) -> RuleResult {
    let Some(confirmation) = facts.confirmation else {
        return RuleResult::NotApplicable;
    };
    equal(
        "recipient-mismatch",
        facts.acs_url,
        confirmation.recipient.as_deref(),
    )
}

pub(super) fn confirmation_deadline(facts: &Facts<'_>) -> RuleResult {
    let Some(confirmation) = facts.confirmation else {
        return RuleResult::NotApplicable;
    };
    match confirmation.not_on_or_after {
        Some(deadline) => unexpired("confirmation-expired", deadline, facts),
        None => fail(
            "confirmation-expired",
            "a NotOnOrAfter in SubjectConfirmationData",
            "none",
        ),
    }
}

pub(super) fn confirmation_not_before(facts: &Facts<'_>) -> RuleResult {
    match facts.confirmation.and_then(|it| it.not_before) {
        None => RuleResult::NotApplicable,
        Some(begin) => begun("confirmation-not-yet-valid", begin, facts),
    }
}

pub(super) fn in_response_to(facts: &Facts<'_>) -> RuleResult {
    let Some(confirmation) = facts.confirmation else {
        return RuleResult::NotApplicable;
    };
    answers(
        "in-response-to-mismatch",
        facts.request,
        confirmation.in_response_to.as_deref(),
    )
}

pub(super) fn conditions(facts: &Facts<'_>) -> RuleResult {
    match &facts.assertion.conditions {
        None => fail("conditions-missing", "Conditions", "none"),
        Some(Conditions {
            unknown: Some(unknown),
            ..
        }) => fail(
            "condition-unknown",
            "only conditions of the SAML 2.0 specification",
            unknown,
        ),
        Some(_) => RuleResult::Pass,
    }
}

pub(super) fn not_before(facts: &Facts<'_>) -> RuleResult {
    let conditions = facts.assertion.conditions.as_ref();
    match conditions.and_then(|it| it.not_before) {
        None => RuleResult::NotApplicable,
        Some(begin) => begun("not-yet-valid", begin, facts),
    }
}

pub(super) fn deadline(facts: &Facts<'_>) -> RuleResult {
    let conditions = facts.assertion.conditions.as_ref();
    match conditions.and_then(|it| it.not_on_or_after) {
        None => RuleResult::NotApplicable,
        Some(deadline) => unexpired("expired", deadline, facts),
    }
}

/// Every restriction must name us; within one restriction any audience may be ours. A response without any
/// restriction is meant for nobody in particular, and so not for us.
pub(super) fn audience(facts: &Facts<'_>) -> RuleResult {
    let Some(conditions) = &facts.assertion.conditions else {
        return RuleResult::NotApplicable;
    };
    let is_ours = |audience: &String| audience == facts.sp_entity_id;
    let mut restrictions = conditions.audiences.iter();
    match restrictions.find(|audiences| !audiences.iter().any(is_ours)) {
        None if !conditions.audiences.is_empty() => RuleResult::Pass,
        None => fail("audience-mismatch", facts.sp_entity_id, "no audience"),
        Some(others) => RuleResult::Fail(Finding::of_several(
            "audience-mismatch",
            facts.sp_entity_id,
            others,
        )),
    }
}

pub(super) fn authn_statement(facts: &Facts<'_>) -> RuleResult {
    match &facts.assertion.authn {
        None => fail("authn-statement-missing", "an AuthnStatement", "none"),
        Some(statement) => begun(
            "authn-instant-in-the-future",
            statement.latest_instant,
            facts,
        ),
    }
}

/// `ForceAuthn` asks for a new proof; whether there was one, only `AuthnInstant` tells. Of several statements the oldest
/// counts: another beside it may have come from a single factor, or from an app that asked for less.
pub(super) fn authn_freshness(facts: &Facts<'_>) -> RuleResult {
    let (Some(since), Some(statement)) = (facts.authn_since, &facts.assertion.authn) else {
        return RuleResult::NotApplicable;
    };
    if statement.instant >= moment::earlier(since, facts.skew) {
        return RuleResult::Pass;
    }
    let skew = facts.skew.as_secs();
    let expected = format!("a sign-in after {since} (less {skew} s of skew)");
    fail("authn-too-old", expected, statement.instant.to_string())
}

pub(super) fn session_deadline(facts: &Facts<'_>) -> RuleResult {
    match &facts.assertion.authn {
        Some(AuthnStatement {
            session_not_on_or_after: Some(deadline),
            ..
        }) => unexpired("session-expired", *deadline, facts),
        _ => RuleResult::NotApplicable,
    }
}

/// Tenant ids are GUIDs, so letter case does not count. The claim may be missing where the issuer names the tenant already, as
/// Entra's does; whatever it says must be true.
pub(super) fn tenant(facts: &Facts<'_>) -> RuleResult {
    let Some(tenant) = facts.tenant else {
        return RuleResult::NotApplicable;
    };
    let is_it = |found: &str| found.eq_ignore_ascii_case(tenant);
    match facts.assertion.attributes.values(claim::TENANT_ID) {
        [] if entra::tenant(facts.idp_entity_id).is_some_and(is_it) => RuleResult::NotApplicable,
        [] => fail("tenant-mismatch", tenant, "no tenantid claim"),
        named if named.iter().all(|found| is_it(found)) => RuleResult::Pass,
        named => fail("tenant-mismatch", tenant, named.join(", ")),
    }
}

/// Passes if the response answers the request that was made. A response that answers an unknown request is never taken
/// for an unsolicited one.
fn answers(code: &'static str, request: Option<&str>, found: Option<&str>) -> RuleResult {
    match (request, found) {
        (Some(request), Some(found)) if request == found => RuleResult::Pass,
        (None, None) => RuleResult::Pass,
        (Some(request), found) => fail(code, request, found.unwrap_or("no InResponseTo")),
        (None, Some(found)) => fail(code, "no InResponseTo, since nothing was asked", found),
    }
}

fn equal(code: &'static str, expected: &str, found: Option<&str>) -> RuleResult {
    match found {
        Some(found) if found == expected => RuleResult::Pass,
        Some(found) => RuleResult::Fail(Finding::of_several(code, expected, &[found])),
        None => fail(code, expected, "nothing"),
    }
}

/// A moment that must have come, give or take the skew.
fn begun(code: &'static str, begin: Timestamp, facts: &Facts<'_>) -> RuleResult {
    if begin <= moment::later(facts.now, facts.skew) {
        return RuleResult::Pass;
    }
    let (now, skew) = (facts.now, facts.skew.as_secs());
    let expected = format!("a time before {now} (now, and {skew} s of skew)");
    fail(code, expected, begin.to_string())
}

/// A deadline that must not have passed, give or take the skew.
fn unexpired(code: &'static str, deadline: Timestamp, facts: &Facts<'_>) -> RuleResult {
    if moment::earlier(facts.now, facts.skew) < deadline {
        return RuleResult::Pass;
    }
    let (now, skew) = (facts.now, facts.skew.as_secs());
    let expected = format!("a deadline after {now} (now, less {skew} s of skew)");
    fail(code, expected, deadline.to_string())
}

fn fail(code: &'static str, expected: impl Into<String>, found: impl AsRef<str>) -> RuleResult {
    RuleResult::Fail(Finding::new(code, expected, found))
}
