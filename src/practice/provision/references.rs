//! The references of a cycle, which go last, when those whom they name are there: managers of users, and members of groups,
//! which are never read back.

use std::collections::BTreeSet;

use super::cycle::Cycle;
use super::cycle::Stop;
use super::dialect::AttributeChange;
use super::dialect::ChangeKind;
use super::error::Failure;
use super::job::Link;
use super::log::Step;
use super::target::DISPLAY_NAME;
use super::target::MANAGER;
use crate::practice::directory::Person;
use crate::scim::ResourceKind;

impl Cycle<'_> {
    pub(super) async fn managers(&mut self) -> Result<(), Stop> {
        let directory = self.directory;
        for person in &directory.people {
            let Some(link) = self.memory.users.get(&person.object_id).cloned() else {
                continue;
            };
            let manager = person.manager.as_ref();
            let manager = manager.and_then(|id| self.memory.users.get(id));
            let manager: BTreeSet<String> =
                manager.map(|link| link.id.clone()).into_iter().collect();
            if !self.app.admits(person)
                || link.refers_to == manager
                || self.leaves_alone(&person.object_id)
            {
                continue;
            }
            let went = self.set_manager(person, link, manager).await;
            self.settle(&person.object_id, &person.user_principal_name, went)?;
        }
        Ok(())
    }

    /// `manager` has one at most.
    async fn set_manager(
        &mut self,
        person: &Person,
        link: Link,
        manager: BTreeSet<String>,
    ) -> Result<(), Failure> {
        let dialect = self.settings.dialect();
        let kind = match manager.first().map(|id| dialect.manager(id)) {
            Some(value) if link.refers_to.is_empty() => ChangeKind::Add(value),
            Some(value) => ChangeKind::Replace(value),
            None => ChangeKind::Clear,
        };
        let target = MANAGER;
        let body = dialect.patch(&[AttributeChange { target, kind }]);
        let (user, name) = (ResourceKind::User, &person.user_principal_name);
        self.patch(Step::Manager, user, &link.id, name, body)
            .await?;
        self.summary.updated += 1;
        let link = Link {
            refers_to: manager,
            ..link
        };
        self.memory.users.insert(person.object_id.clone(), link);
        Ok(())
    }

    /// Adds those who came to a group, and removes those who left since the last time.
    pub(super) async fn members(&mut self, object_id: &str) -> Result<(), Failure> {
        let Some(link) = self.memory.groups.get(object_id).cloned() else {
            return Ok(());
        };
        let members = self.directory.members(object_id);
        let links = members.filter_map(|person| self.memory.users.get(&person.object_id));
        let wanted: BTreeSet<String> = links.map(|link| link.id.clone()).collect();
        let came: Vec<String> = wanted.difference(&link.refers_to).cloned().collect();
        let left: Vec<String> = link.refers_to.difference(&wanted).cloned().collect();
        let dialect = self.settings.dialect();
        let added = came.chunks(MEMBERS_AT_ONCE);
        let added = added.map(|part| (Step::AddMembers, dialect.add_members(part)));
        let removed = left.chunks(MEMBERS_AT_ONCE);
        let removed = removed.map(|part| (Step::RemoveMembers, dialect.remove_members(part)));
        let name = link.sent.text(DISPLAY_NAME);
        for (step, body) in added.chain(removed) {
            self.patch(step, ResourceKind::Group, &link.id, name, body)
                .await?;
        }
        self.summary.updated += u32::from(wanted != link.refers_to);
        let link = Link {
            refers_to: wanted,
            ..link
        };
        self.memory.groups.insert(object_id.to_owned(), link);
        Ok(())
    }
}

/// Members in one PATCH, so that a request stays small.
const MEMBERS_AT_ONCE: usize = 50;
