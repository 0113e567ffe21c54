//! The groups of a person on both sides.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cli::directory::failed;
use crate::cli::error::CliError;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::UserId;
use crate::saml::claim;
use crate::scim::GroupRef;
use crate::scim::fold;
use crate::session::Claims;

/// The groups that are provisioned, those that were claimed, and their difference.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Groups {
    pub(super) provisioned: Vec<Provisioned>,
    /// What was claimed, as it was claimed.
    pub(super) claimed: Vec<String>,
    /// What was claimed and is not provisioned.
    pub(super) claimed_only: Vec<String>,
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
        let claimed = claims.map_or(&[][..], |claims| claims.attributes.values(claim::GROUPS));
        let link = claims.and_then(|claims| claims.attributes.first(claim::GROUPS_LINK));
        // GUIDs are the same in either case, and so are names to Entra.
        let said: BTreeSet<String> = claimed.iter().map(|group| fold(group)).collect();
        let mut provisioned = Vec::new();
        let mut known = BTreeSet::new();
        for group in of_user(site, connection, user)? {
            let mut one = provisioned_group(site, connection, group)?;
            let names = [&one.external_id, &one.display_name];
            let names: Vec<String> = names.into_iter().flatten().map(|name| fold(name)).collect();
            one.claimed = names.iter().any(|name| said.contains(name));
            known.extend(names);
            provisioned.push(one);
        }
        let mut claimed_only = claimed.to_vec();
        claimed_only.retain(|group| !known.contains(&fold(group)));
        Ok(Groups {
            provisioned,
            claimed: claimed.to_vec(),
            claimed_only,
            overage: link.is_some(),
        })
    }
}

fn of_user(
    site: &Site,
    connection: &ConnectionId,
    user: Option<&UserId>,
) -> Result<Vec<GroupRef>, CliError> {
    let Some(user) = user else {
        return Ok(Vec::new());
    };
    let groups = site.wait(|store| store.groups_of(connection, std::slice::from_ref(user)));
    Ok(groups.map_err(failed)?.pop().unwrap_or_default())
}

fn provisioned_group(
    site: &Site,
    connection: &ConnectionId,
    group: GroupRef,
) -> Result<Provisioned, CliError> {
    let record = match group.id.parse() {
        Ok(id) => site.wait(|store| store.group(connection, &id)),
        Err(_) => Ok(None),
    };
    let record = record.map_err(failed)?;
    let external_id = record.and_then(|group| {
        let external_id = group.record().resource.external_id();
        external_id.map(str::to_owned)
    });
    Ok(Provisioned {
        id: group.id,
        display_name: group.display,
        external_id,
        direct: group.direct,
        claimed: false,
    })
}
