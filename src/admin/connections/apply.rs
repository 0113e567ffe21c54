//! Makes the connections of a site those of a file.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::super::effects::Effects;
use super::super::effects::of_connection;
use super::super::effects::of_new_rules;
use super::super::warnings::Warning;
use super::Admin;
use super::AdminError;
use super::Done;
use super::change::ATTEMPTS;
use super::change::DesiredConnection;
use super::change::Proposal;
use super::change::commit;
use super::change::proposal;
use super::link_rule_warning;
use super::metadata_copy;
use super::one;
use super::remove;
use super::written::ReadConnection;
use crate::configuration::ChangeOutcome;
use crate::configuration::Present;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::SpKeys;

/// The outcome for the connections of a site.
#[derive(Clone, Default, Debug, Serialize)]
pub struct Applied {
    /// Those that are new.
    pub created: Vec<ConnectionId>,
    /// Those that are others than before.
    pub updated: Vec<ConnectionId>,
    /// Those that are as they were.
    pub unchanged: Vec<ConnectionId>,
    /// Those that are gone.
    pub removed: Vec<ConnectionId>,
    /// The numbers of what went with those.
    #[serde(skip_serializing_if = "Effects::is_nothing")]
    pub effects: Effects,
    /// The settings that went back to their defaults, since nobody named them, by connection.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reset: BTreeMap<ConnectionId, Vec<String>>,
    /// The moment until which those that were removed can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
    /// The connections that stay open until provisioning is through, since nobody named who comes in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_open: Vec<ConnectionId>,
    /// The settings that are others than before, of the connections that were there.
    #[serde(skip)]
    pub(crate) changed: BTreeMap<ConnectionId, Vec<String>>,
}

/// Makes the connections, with the keys that those of the store, `present`, have. Fails with all problems, each with its id.
pub fn wanted(
    read: &[ReadConnection],
    present: &[Connection],
    now: Timestamp,
) -> Result<Vec<DesiredConnection>, Vec<String>> {
    let mut connections = Vec::new();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for one in read {
        let id = one.id();
        if !seen.insert(id) {
            problems.push(format!("{id}: the id stands twice in the file"));
        }
        let mut present = present.iter();
        let present = present.find(|present| present.id().as_str() == id);
        let made = match present {
            Some(present) => one.wanted_beside(present, now),
            None => one.wanted(SpKeys::none(), now),
        };
        match made {
            Ok(wanted) => connections.push(wanted),
            Err(found) => problems.extend(found.iter().map(|problem| format!("{id}: {problem}"))),
        }
    }
    match problems.is_empty() {
        true => Ok(connections),
        false => Err(problems),
    }
}

/// Makes the connections of a site those that were read; others stay. Nothing is written unless all of them can be. Fails with
/// every problem of every connection, where others changed them each time, and where the store does.
pub async fn apply(admin: &Admin, read: &[ReadConnection]) -> Done<Applied> {
    let mut applied = Applied::default();
    'attempts: for _ in 0..ATTEMPTS {
        let plan = plan(admin, read).await?;
        applied.unchanged.clear();
        for (proposal, read) in plan.iter().zip(read) {
            if commit(admin, proposal).await? == ChangeOutcome::Late {
                continue 'attempts;
            }
            applied.note(proposal, read);
        }
        return Ok(applied);
    }
    Err(AdminError::AllOvertaken { attempts: ATTEMPTS })
}

/// Finds out what [`apply`] would do, and [`prune`] if it `prunes`; writes nothing. Fails as they do.
pub async fn foresee(admin: &Admin, read: &[ReadConnection], prunes: bool) -> Done<Applied> {
    let mut applied = Applied::default();
    for (proposal, read) in plan(admin, read).await?.iter().zip(read) {
        applied.note(proposal, read);
    }
    if prunes {
        applied.removed = surplus(admin, read).await?;
    }
    applied.effects = would_apply(admin, read, prunes).await?;
    Ok(applied)
}

/// Counts what [`apply`] would take away, and [`prune`] if it `prunes`. Fails on settings that do not hold, and where the store does.
pub async fn would_apply(admin: &Admin, read: &[ReadConnection], prunes: bool) -> Done<Effects> {
    let present = admin.store().connections().await?;
    let wanted = wanted(read, &present, admin.now()).map_err(AdminError::Settings)?;
    let mut effects = Effects::default();
    for wanted in wanted.iter().map(|wanted| &wanted.connection) {
        let mut present = present.iter();
        if let Some(before) = present.find(|present| present.id() == wanted.id()) {
            let copy = metadata_copy(admin, wanted).await?;
            effects += of_new_rules(admin, before, wanted, copy.as_ref()).await?;
        }
    }
    if prunes {
        for id in surplus(admin, read).await? {
            effects += of_connection(admin, &id).await?;
        }
    }
    Ok(effects)
}

/// Removes the connections that were not read. Fails where the store does.
pub async fn prune(admin: &Admin, read: &[ReadConnection], applied: &mut Applied) -> Done<()> {
    for id in surplus(admin, read).await? {
        match remove(admin, &id).await {
            Ok(removed) => {
                applied.effects += removed.effects;
                // The first that goes.
                let ends = [applied.kept_until, removed.kept_until];
                applied.kept_until = ends.into_iter().flatten().min();
                applied.removed.push(id);
            }
            // Another program was faster.
            Err(AdminError::NoConnection { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Lists the connections that were not read.
async fn surplus(admin: &Admin, read: &[ReadConnection]) -> Done<Vec<ConnectionId>> {
    let present = admin.store().connections().await?;
    let ids = present.iter().map(|connection| connection.id().clone());
    let is_read = |id: &ConnectionId| read.iter().any(|one| one.id() == id.as_str());
    Ok(ids.filter(|id| !is_read(id)).collect())
}

/// Lists the connections that turn people away, as far as the store has them now. Fails on an
/// unknown connection, and where the store does.
pub async fn turning_away(
    admin: &Admin,
    read: &[ReadConnection],
) -> Done<Vec<(ConnectionId, Warning)>> {
    let mut found = Vec::new();
    for id in read.iter().filter_map(|one| one.id().parse().ok()) {
        let connection = one(admin, &id).await?;
        let copy = metadata_copy(admin, &connection).await?;
        let warning = link_rule_warning(admin, &connection, copy.as_ref()).await?;
        found.extend(warning.map(|warning| (id, warning)));
    }
    Ok(found)
}

/// Finds out what is to change, and that every connection can be trusted.
async fn plan(admin: &Admin, read: &[ReadConnection]) -> Done<Vec<Proposal>> {
    let present = admin.store().connections().await?;
    let wanted = wanted(read, &present, admin.now()).map_err(AdminError::Settings)?;
    let mut plan = Vec::new();
    let mut problems = Vec::new();
    for wanted in wanted {
        let mut present = present.iter();
        let present = present.find(|one| one.id() == wanted.connection.id());
        match proposal(admin, present.cloned().into(), wanted).await {
            Ok(proposal) => plan.push(proposal),
            Err(error) => problems.push(error),
        }
    }
    match problems.is_empty() {
        true => Ok(plan),
        false => Err(AdminError::Several(problems)),
    }
}

impl Applied {
    fn note(&mut self, proposal: &Proposal, read: &ReadConnection) {
        let id = proposal.wanted.connection.id();
        let resets = read.resets(proposal);
        if !resets.is_empty() {
            self.reset.insert(id.clone(), resets);
        }
        if read.leaves_open(proposal) && !self.left_open.contains(id) {
            self.left_open.push(id.clone());
        }
        if proposal.seen().is_some() && proposal.is_change() {
            let names = proposal.difference().into_iter().map(|change| change.name);
            self.changed.insert(id.clone(), names.collect());
        }
        // A connection that an earlier attempt has changed is not unchanged.
        let done = self.created.contains(id) || self.updated.contains(id);
        match proposal.present {
            Present::Nothing => self.created.push(id.clone()),
            _ if done => {}
            _ if proposal.is_change() => self.updated.push(id.clone()),
            _ => self.unchanged.push(id.clone()),
        }
    }
}
