//! The groups of a person on both sides, compared as guards compare them.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::Belonging;
use crate::directory::HeldGroup;
use crate::directory::UserId;
use crate::saml::Attributes;
use crate::saml::claim;
use crate::session::Claims;
use crate::session::Standing;
use crate::session::claimed;
use crate::session::groups;

/// The groups that are provisioned, those that were claimed, and their difference.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Groups {
    pub(super) provisioned: Vec<Provisioned>,
    /// What was claimed, as it was claimed.
    pub(super) claimed: Vec<String>,
    /// What was claimed and is not provisioned: it counts.
    pub(super) claimed_only: Vec<String>,
    /// What was claimed of groups that the directory has, or had, and that do not hold the person: it counts for nothing.
    pub(super) claimed_no_member: Vec<String>,
    /// Whether the identity provider had too many to name them: then nothing can be compared.
    pub(super) overage: bool,
}

/// A group that the user belongs to.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Provisioned {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) external_id: Option<String>,
    direct: bool,
    pub(super) claimed: bool,
}

impl Groups {
    pub(super) fn compare(
        site: &Site,
        connection: &ConnectionId,
        user: Option<&UserId>,
        claims: Option<&Claims>,
    ) -> Result<Groups, CliError> {
        let nothing = Attributes::default();
        let attributes = claims.map_or(&nothing, |claims| &claims.attributes);
        let said = claimed(attributes);
        let belonging = match user {
            Some(user) => site.directory(|store| store.belonging(connection, user, said))?,
            None => Belonging::default(),
        };
        Ok(Groups::of(belonging, attributes))
    }

    fn of(belonging: Belonging, attributes: &Attributes) -> Groups {
        let said = claimed(attributes);
        let named: BTreeSet<String> = said.iter().map(|id| id.to_ascii_lowercase()).collect();
        let held = belonging.groups.iter().cloned();
        let provisioned: Vec<Provisioned> = held.map(|one| Provisioned::of(one, &named)).collect();
        let members = provisioned.iter().filter_map(Provisioned::object_id);
        let members: BTreeSet<String> = members.collect();
        let elsewhere = belonging.provisioned.iter();
        let elsewhere: BTreeSet<String> = elsewhere.map(|id| id.to_ascii_lowercase()).collect();
        let no_member = |id: &&String| {
            let id = id.to_ascii_lowercase();
            elsewhere.contains(&id) && !members.contains(&id)
        };
        Groups {
            claimed_no_member: said.iter().filter(no_member).cloned().collect(),
            claimed_only: groups(belonging, attributes)
                .into_iter()
                .filter(|group| group.standing == Standing::Claimed)
                .filter_map(|group| group.object_id)
                .collect(),
            provisioned,
            claimed: said.to_vec(),
            overage: attributes.first(claim::GROUPS_LINK).is_some(),
        }
    }
}

impl Provisioned {
    fn of(group: HeldGroup, named: &BTreeSet<String>) -> Provisioned {
        let mut one = Provisioned {
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
