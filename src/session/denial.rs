//! The reasons that somebody is turned away although the identity provider vouches for them.

use crate::connection::LinkRule;
use crate::saml::claim;

/// The reason that the directory does not let a person in.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// The response lacks what the rule compares: the claim of this name, or, of the rule `name-id`, words that say so.
    #[error("expected {0}, found none")]
    ClaimMissing(&'static str),
    /// Nobody is provisioned who has the person's value in this attribute, as people call it.
    #[error("nobody in the directory has this {0}")]
    Unprovisioned(&'static str),
    /// Several users have the person's value in this attribute, as people call it.
    #[error("several users in the directory have this {0}")]
    Ambiguous(&'static str),
    /// The user is tied to another person of the identity provider.
    #[error("the user of that name is tied to another person")]
    LinkedToAnother,
    /// The user is not active.
    #[error("the user is not active")]
    Inactive,
    /// A user would have to be made, and no seat is free.
    #[error("all {limit} seats are taken")]
    SeatsTaken {
        /// The number of seats.
        limit: u32,
    },
    /// A user would have to be made, and another has the name.
    #[error("another user has this userName")]
    UserNameTaken,
    /// A user would have to be made, and the claims make none, for this reason.
    #[error("the claims make no user: {0}")]
    ClaimsUnfit(&'static str),
}
debug_as_sentence!(Denial);

impl Denial {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Denial::ClaimMissing(_) => "user-claim-missing",
            Denial::Unprovisioned(_) => "user-not-provisioned",
            Denial::Ambiguous(_) => "user-ambiguous",
            Denial::LinkedToAnother => "user-linked-to-another",
            Denial::Inactive => "user-inactive",
            Denial::SeatsTaken { .. } => "seats-taken",
            Denial::UserNameTaken => "user-name-taken",
            Denial::ClaimsUnfit(_) => "user-claims-unfit",
        }
    }
}

/// The value that a rule compares, on the side of the identity provider.
pub(super) fn claimed(rule: LinkRule) -> &'static str {
    match rule {
        LinkRule::ObjectId => claim::OBJECT_ID,
        LinkRule::UserPrincipalName => claim::NAME,
        LinkRule::NameId => "a NameID that is not transient",
        LinkRule::Email => claim::EMAIL,
    }
}

/// The value that a rule compares, on the side of the directory.
pub(super) fn attribute(rule: LinkRule) -> &'static str {
    match rule {
        LinkRule::ObjectId => "externalId",
        LinkRule::UserPrincipalName | LinkRule::NameId => "userName",
        LinkRule::Email => "e-mail address",
    }
}
