//! The table of cases: Microsoft's scenarios by their names for each flow, and our own for the same requirement.

use super::idp::Manner;
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
    pub(super) deed: Deed,
}

/// The deed of a case, and its end.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    /// The response signs the person on.
    SignsOn,
    /// The response is refused, for one of these reasons.
    IsRefused(Manner, &'static [&'static str]),
    /// A response that has signed somebody on is posted again, by another browser.
    IsReplayed(&'static [&'static str]),
    /// A signed logout request ends the session.
    SignsOut,
}

const fn microsoft(name: &'static str, need: Need, flow: Flow, deed: Deed) -> Case {
    Case {
        name,
        origin: Origin::Microsoft,
        need,
        clause: "Microsoft's SAML validation",
        flow,
        deed,
    }
}

const fn own(name: &'static str, clause: &'static str, flow: Flow, deed: Deed) -> Case {
    Case {
        name,
        origin: Origin::Entrada,
        need: Need::Required,
        clause,
        flow,
        deed,
    }
}

const fn spoiled(fault: Fault, codes: &'static [&'static str]) -> Deed {
    Deed::IsRefused(Manner::Spoiled(fault), codes)
}

const EXPIRED: Deed = Deed::IsRefused(Manner::ExpiredCertificate, &["certificate-expired"]);

/// All cases, in the order in which they run.
pub(super) const CASES: &[Case] = &[
    microsoft(
        "SP-initiated: Working certificate",
        Need::Required,
        Flow::SpInitiated,
        Deed::SignsOn,
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
        Deed::SignsOut,
    ),
    microsoft(
        "IdP-initiated: Working certificate",
        Need::Required,
        Flow::IdpInitiated,
        Deed::SignsOn,
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
        Deed::SignsOut,
    ),
    own(
        "Wrong key",
        "Core §5.4",
        Flow::SpInitiated,
        spoiled(Fault::UnknownKey, &["signature-invalid"]),
    ),
    own(
        "Wrong issuer",
        "Profiles §4.1.4.3",
        Flow::SpInitiated,
        spoiled(
            Fault::WrongIssuer,
            &["response-issuer-mismatch", "issuer-mismatch"],
        ),
    ),
    own(
        "Wrong audience",
        "Core §2.5.1.4",
        Flow::SpInitiated,
        spoiled(Fault::WrongAudience, &["audience-mismatch"]),
    ),
    own(
        "Wrong recipient",
        "Profiles §4.1.4.3",
        Flow::SpInitiated,
        spoiled(
            Fault::WrongRecipient,
            &["destination-mismatch", "recipient-mismatch"],
        ),
    ),
    own(
        "Changed",
        "Core §5.4",
        Flow::SpInitiated,
        spoiled(Fault::Changed, &["signature-digest"]),
    ),
    own(
        "Unsigned",
        "Profiles §4.1.4.5",
        Flow::SpInitiated,
        spoiled(Fault::Unsigned, &["signature-missing"]),
    ),
    own(
        "Expired assertion",
        "Profiles §4.1.4.3",
        Flow::SpInitiated,
        spoiled(Fault::Expired, &["confirmation-expired", "expired"]),
    ),
    own(
        "SP-initiated: Replayed",
        "Profiles §4.1.4.5",
        Flow::SpInitiated,
        Deed::IsReplayed(&["request-unknown", "replayed"]),
    ),
    own(
        "IdP-initiated: Replayed",
        "Profiles §4.1.4.5",
        Flow::IdpInitiated,
        Deed::IsReplayed(&["replayed"]),
    ),
];
