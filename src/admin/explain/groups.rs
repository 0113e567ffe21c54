//! The groups of a person on both sides, compared as guards compare them.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::admin::Admin;
use crate::admin::Done;
use crate::connection::ConnectionId;
use crate::directory::Memberships;
use crate::directory::UserGroup;
use crate::directory::UserId;
use crate::saml::Attributes;
use crate::saml::claim;
use crate::session::Claims;
use crate::session::MembershipKind;
use crate::session::claimed;
use crate::session::groups;

/// The groups that are provisioned, those that were claimed, and their difference.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct ComparedGroups {
    /// The groups of the user in the directory.
    pub provisioned: Vec<ProvisionedGroup>,
    /// The claimed groups, as they were claimed.
    pub claimed: Vec<String>,
    /// Those that were claimed and are not provisioned: they count.
    pub claimed_only: Vec<String>,
    /// Those that were claimed, and that the directory has, or had, without the person: they count for nothing.
    pub claimed_no_member: Vec<String>,
    /// True if the identity provider had too many to name them: then nothing can be compared.
    pub overage: bool,
}

/// A group that the user belongs to.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct ProvisionedGroup {
    /// Its id in the directory.
    pub id: String,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The identity provider's id.
    pub external_id: Option<String>,
    /// True if the user is a member itself, and not by another group.
    pub direct: bool,
    /// True if it was claimed too.
    pub claimed: bool,
}

impl ComparedGroups {
    pub(super) async fn compare(
        admin: &Admin,
        connection: &ConnectionId,
        user: Option<&UserId>,
        claims: Option<&Claims>,
    ) -> Done<ComparedGroups> {
        let nothing = Attributes::default();
        let attributes = claims.map_or(&nothing, |claims| &claims.attributes);
        let said = claimed(attributes);
        let memberships = match user {
            Some(user) => admin.store().memberships(connection, user, said).await?,
            None => Memberships::default(),
        };
        Ok(ComparedGroups::of(memberships, attributes))
    }

    fn of(memberships: Memberships, attributes: &Attributes) -> ComparedGroups {
        let said = claimed(attributes);
        let named: BTreeSet<String> = said.iter().map(|id| id.to_ascii_lowercase()).collect();
        let held = memberships.groups.iter().cloned();
        let provisioned: Vec<ProvisionedGroup> =
            held.map(|one| ProvisionedGroup::of(one, &named)).collect();
        let members = provisioned.iter().filter_map(ProvisionedGroup::object_id);
        let members: BTreeSet<String> = members.collect();
        let elsewhere = memberships.provisioned.iter();
        let elsewhere: BTreeSet<String> = elsewhere.map(|id| id.to_ascii_lowercase()).collect();
        let no_member = |id: &&String| {
            let id = id.to_ascii_lowercase();
            elsewhere.contains(&id) && !members.contains(&id)
        };
        ComparedGroups {
            claimed_no_member: said.iter().filter(no_member).cloned().collect(),
            claimed_only: groups(memberships, attributes)
                .into_iter()
                .filter(|group| group.standing == MembershipKind::Claimed)
                .filter_map(|group| group.object_id)
                .collect(),
            provisioned,
            claimed: said.to_vec(),
            overage: attributes.first(claim::GROUPS_LINK).is_some(),
        }
    }
}

impl ProvisionedGroup {
    fn of(group: UserGroup, named: &BTreeSet<String>) -> ProvisionedGroup {
        let mut one = ProvisionedGroup {
            id: group.id.to_string(),
            display_name: group.display_name,
            external_id: group.external_id,
            direct: group.direct,
            claimed: false,
        };
        one.claimed = one.object_id().is_some_and(|id| named.contains(&id));
        one
    }

    fn object_id(&self) -> Option<String> {
        self.external_id.as_deref().map(str::to_ascii_lowercase)
    }
}
