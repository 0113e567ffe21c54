//! The table of cases: Microsoft's scenarios by their names for each flow, and our own for the same requirement.

use super::idp::ResponseKind;
use crate::practice::fault::Fault;
use crate::practice::validate::result::Need;
use crate::practice::validate::result::Origin;

/// The flows that an app may declare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    SpInitiated,
    IdpInitiated,
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) origin: Origin,
    pub(super) need: Need,
    pub(super) clause: &'static str,
    pub(super) flow: Flow,
    pub(super) scenario: Scenario,
}

/// The steps of a case, and the result that it must have.
#[derive(Clone, Copy)]
pub(super) enum Scenario {
    /// The response signs the person on.
    SignsOn,
    /// The response is refused, for one of these reasons.
    IsRefused(ResponseKind, &'static [&'static str]),
    /// A response that has signed somebody on is posted again, by another browser.
    IsReplayed(&'static [&'static str]),
    /// A signed logout request ends the session.
    SignsOut,
}

const fn microsoft(name: &'static str, need: Need, flow: Flow, scenario: Scenario) -> Case {
    Case {
        name,
        origin: Origin::Microsoft,
        need,
        clause: "Microsoft's SAML validation",
        flow,
        scenario,
    }
}

const fn own(name: &'static str, clause: &'static str, flow: Flow, scenario: Scenario) -> Case {
    Case {
        name,
        origin: Origin::Entrada,
        need: Need::Required,
        clause,
        flow,
        scenario,
    }
}

const fn faulty(fault: Fault, codes: &'static [&'static str]) -> Scenario {
    Scenario::IsRefused(ResponseKind::Faulty(fault), codes)
}

const EXPIRED: Scenario =
    Scenario::IsRefused(ResponseKind::ExpiredCertificate, &["certificate-expired"]);

/// All cases, in the order in which they run.
pub(super) const CASES: &[Case] = &[
    microsoft(
        "SP-initiated: Working certificate",
        Need::Required,
        Flow::SpInitiated,
        Scenario::SignsOn,
    ),
    microsoft(
        "SP-initiated: Expired certificate",
        Need::Required,
        Flow::SpInitiated,
        EXPIRED,
    ),
    microsoft(
        "SP-initiated: Single logout",
        Need::Optional,
        Flow::SpInitiated,
        Scenario::SignsOut,
    ),
    microsoft(
        "IdP-initiated: Working certificate",
        Need::Required,
        Flow::IdpInitiated,
        Scenario::SignsOn,
    ),
    microsoft(
        "IdP-initiated: Expired certificate",
        Need::Required,
        Flow::IdpInitiated,
        EXPIRED,
    ),
    microsoft(
        "IdP-initiated: Single logout",
        Need::Optional,
        Flow::IdpInitiated,
        Scenario::SignsOut,
    ),
    own(
        "Wrong key",
        "Core §5.4",
        Flow::SpInitiated,
        faulty(Fault::UnknownKey, &["signature-invalid"]),
    ),
    own(
        "Wrong issuer",
        "Profiles §4.1.4.3",
        Flow::SpInitiated,
        faulty(
            Fault::WrongIssuer,
            &["response-issuer-mismatch", "issuer-mismatch"],
        ),
    ),
    own(
        "Wrong audience",
        "Core §2.5.1.4",
        Flow::SpInitiated,
        faulty(Fault::WrongAudience, &["audience-mismatch"]),
    ),
    own(
        "Wrong recipient",
        "Profiles §4.1.4.3",
        Flow::SpInitiated,
        faulty(
            Fault::WrongRecipient,
            &["destination-mismatch", "recipient-mismatch"],
        ),
    ),
    own(
        "Changed",
        "Core §5.4",
        Flow::SpInitiated,
        faulty(Fault::Changed, &["signature-digest"]),
    ),
    own(
        "Unsigned",
        "Profiles §4.1.4.5",
        Flow::SpInitiated,
        faulty(Fault::Unsigned, &["signature-missing"]),
    ),
    own(
        "Expired assertion",
        "Profiles §4.1.4.3",
        Flow::SpInitiated,
        faulty(Fault::Expired, &["confirmation-expired", "expired"]),
    ),
    own(
        "SP-initiated: Replayed",
        "Profiles §4.1.4.5",
        Flow::SpInitiated,
        Scenario::IsReplayed(&["request-unknown", "replayed"]),
    ),
    own(
        "IdP-initiated: Replayed",
        "Profiles §4.1.4.5",
        Flow::IdpInitiated,
        Scenario::IsReplayed(&["replayed"]),
    ),
];
