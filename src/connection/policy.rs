//! The people that a connection lets in, and the tie between those who sign in and those who are provisioned.

use serde::Deserialize;
use serde::Serialize;

use crate::saml::entra;

/// The people who may sign in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignOnPolicy {
    /// As soon as the connection has a SCIM credential or a user, only people who are provisioned and active, and not those
    /// whom a sign-on made under another policy; until then everybody whom the identity provider vouches for. A credential that
    /// was revoked or has expired still counts: taking away provisioning opens no door.
    #[default]
    ProvisionedOnly,
    /// Everybody whom the identity provider vouches for: a person without a user gets one, made from the claims, and
    /// every sign-on brings it up to date. One that provisioning has touched is provisioning's alone from then on.
    JustInTime,
    /// The same, but provisioning that creates a user for a person who has one by sign-on takes that one over instead of
    /// being told that the name is taken.
    JustInTimeUntilProvisioned,
}

impl SignOnPolicy {
    /// All policies with their names in settings.
    pub const ALL: [(&'static str, SignOnPolicy); 3] = [
        ("provisioned-only", SignOnPolicy::ProvisionedOnly),
        ("just-in-time", SignOnPolicy::JustInTime),
        (
            "just-in-time-until-provisioned",
            SignOnPolicy::JustInTimeUntilProvisioned,
        ),
    ];

    /// All names.
    pub const NAMES: &[&str] = &names(SignOnPolicy::ALL);

    /// Its name.
    pub fn name(self) -> &'static str {
        name_of(&SignOnPolicy::ALL, self)
    }

    /// The policy from the first credential or user of a connection on: people who have signed on over it are not shut out at once.
    pub(crate) fn once_provisioned(self, has_signed_on: bool) -> SignOnPolicy {
        match self {
            SignOnPolicy::ProvisionedOnly if has_signed_on => {
                SignOnPolicy::JustInTimeUntilProvisioned
            }
            policy => policy,
        }
    }

    /// True if somebody without a user gets one.
    pub fn creates_users(self) -> bool {
        self != SignOnPolicy::ProvisionedOnly
    }
}

/// The rule by which a person who signs on finds their user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkRule {
    /// The claim `objectidentifier` equals `externalId`: a name that never changes and is never given to anybody else. The
    /// provisioning of Entra must map `objectId` to `externalId` for that; its default maps `mailNickname`.
    #[default]
    ObjectId,
    /// The claim `name` (the user principal name) equals `userName`, in whatever case.
    UserPrincipalName,
    /// The NameID equals `userName`, in whatever case: for identity providers without the claims of Entra.
    NameId,
    /// The claim `emailaddress` is one of the user's `emails`. Addresses are given to other people, and some identity
    /// providers let people enter their own: choose this only where no other rule fits.
    Email,
}

impl LinkRule {
    /// All rules with their names in settings.
    pub const ALL: [(&'static str, LinkRule); 4] = [
        ("object-id", LinkRule::ObjectId),
        ("user-principal-name", LinkRule::UserPrincipalName),
        ("name-id", LinkRule::NameId),
        ("email", LinkRule::Email),
    ];

    /// All names.
    pub const NAMES: &[&str] = &names(LinkRule::ALL);

    /// Its name.
    pub fn name(self) -> &'static str {
        name_of(&LinkRule::ALL, self)
    }

    /// Says whether an identity provider with this entity ID sends what the rule compares by default: object ids are Entra's.
    pub(crate) fn is_served_by(self, idp_entity_id: &str) -> bool {
        self != LinkRule::ObjectId || entra::is_issuer(idp_entity_id)
    }
}

/// The effect on a person's sessions when provisioning changes the groups that they belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupChange {
    /// They go on as they are: guards read the groups of the directory at every request.
    #[default]
    Keep,
    /// They go on, judged again at once: groups that the identity provider claimed at sign-on are forgotten, so that
    /// what is provisioned now is all that counts, and an event says so.
    Refresh,
    /// They end, and the next sign-on must prove anew who the person is (`ForceAuthn`).
    #[serde(rename = "re-authenticate")]
    Reauthenticate,
}

impl GroupChange {
    /// All choices with their names in settings.
    pub const ALL: [(&'static str, GroupChange); 3] = [
        ("keep", GroupChange::Keep),
        ("refresh", GroupChange::Refresh),
        ("re-authenticate", GroupChange::Reauthenticate),
    ];

    /// All names.
    pub const NAMES: &[&str] = &names(GroupChange::ALL);

    /// Its name.
    pub fn name(self) -> &'static str {
        name_of(&GroupChange::ALL, self)
    }
}

pub(super) const fn names<T: Copy, const N: usize>(
    all: [(&'static str, T); N],
) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = all[at].0;
        at += 1;
    }
    names
}

pub(super) fn name_of<T: Copy + PartialEq>(all: &[(&'static str, T)], one: T) -> &'static str {
    let mut all = all.iter();
    all.find(|(_, known)| *known == one)
        .map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_door_that_people_have_used_stays_open_when_provisioning_begins() {
        use SignOnPolicy::*;
        for (policy, unused, used) in [
            (ProvisionedOnly, ProvisionedOnly, JustInTimeUntilProvisioned),
            (JustInTime, JustInTime, JustInTime),
            (
                JustInTimeUntilProvisioned,
                JustInTimeUntilProvisioned,
                JustInTimeUntilProvisioned,
            ),
        ] {
            assert_eq!(policy.once_provisioned(false), unused);
            assert_eq!(policy.once_provisioned(true), used);
        }
    }

    #[test]
    fn every_choice_is_stored_and_shown_by_one_name() {
        fn check<T: Copy + Serialize>(all: &[(&'static str, T)], name: impl Fn(T) -> &'static str) {
            for (expected, one) in all {
                assert_eq!(name(*one), *expected);
            }
        }
        check(&SignOnPolicy::ALL, SignOnPolicy::name);
        check(&LinkRule::ALL, LinkRule::name);
        check(&GroupChange::ALL, GroupChange::name);
        for (name, policy) in SignOnPolicy::ALL {
            assert_eq!(serde_json::to_value(policy).unwrap(), name);
        }
        for (name, choice) in GroupChange::ALL {
            assert_eq!(serde_json::to_value(choice).unwrap(), name);
        }
        for (name, rule) in LinkRule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), name);
        }
    }
}
