//! The groups of a cycle: created empty, filled afterwards, and never read with their members.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::client::Call;
use super::cycle::Cycle;
use super::cycle::Stop;
use super::error::Failure;
use super::job::GroupLink;
use super::log::Step;
use super::mapping::Wanted;
use super::target::DISPLAY_NAME;
use super::users::created;
use super::users::id_of;
use super::users::unless_gone;
use crate::practice::directory::Group;

impl Cycle<'_> {
    /// Every group that is or was assigned.
    pub(super) async fn groups(&mut self) -> Result<(), Stop> {
        let directory = self.directory;
        for group in &directory.groups {
            if self.app.admits_group(group) && !self.leaves_alone(&group.object_id) {
                let went = self.group(group).await;
                self.settle(&group.object_id, &group.name, went)?;
            }
        }
        let known: Vec<String> = self.memory.groups.keys().cloned().collect();
        for object_id in known {
            let assigned = |group: &Group| self.app.admits_group(group);
            if !directory.group(&object_id).is_some_and(assigned) && !self.leaves_alone(&object_id)
            {
                let went = self.delete_group(&object_id).await;
                self.settle(&object_id, &object_id, went)?;
            }
        }
        Ok(())
    }

    async fn group(&mut self, group: &Group) -> Result<(), Failure> {
        let wanted = Wanted::group(group);
        match self.memory.groups.get(&group.object_id).cloned() {
            None => self.new_group(group, wanted).await?,
            Some(link) if link.sent == wanted => {}
            Some(link) => match self.read_group(&link.id, &group.name).await? {
                Some(found) => {
                    self.change_group(&group.object_id, link, &found, wanted)
                        .await?
                }
                None => {
                    self.memory.groups.remove(&group.object_id);
                    self.new_group(group, wanted).await?;
                }
            },
        }
        self.members(group).await
    }

    async fn new_group(&mut self, group: &Group, wanted: Wanted) -> Result<(), Failure> {
        let target = self.settings.match_groups.group_target();
        let value = wanted.text(target);
        let found = self
            .client
            .find(Step::Match, "Groups", target, value)
            .await?;
        match found.as_slice() {
            [] => self.create_group(group, wanted).await,
            [found] => {
                let link = GroupLink {
                    id: id_of(found)?,
                    sent: Wanted::default(),
                    members: BTreeSet::new(),
                };
                self.memory
                    .groups
                    .insert(group.object_id.clone(), link.clone());
                self.summary.matched += 1;
                self.change_group(&group.object_id, link, found, wanted)
                    .await
            }
            more => Err(Failure::Unexpected {
                expected: "one group of this name",
                found: more.len().to_string(),
            }),
        }
    }

    async fn create_group(&mut self, group: &Group, wanted: Wanted) -> Result<(), Failure> {
        let answer = self
            .client
            .call(Call {
                step: Step::Create,
                method: Method::POST,
                path: &["Groups"],
                query: &[],
                body: Some(wanted.new_group()),
                subject: &group.name,
            })
            .await?;
        let link = GroupLink {
            id: id_of(&created(answer)?)?,
            sent: wanted,
            members: BTreeSet::new(),
        };
        self.memory.groups.insert(group.object_id.clone(), link);
        self.summary.created += 1;
        Ok(())
    }

    async fn read_group(&self, id: &str, subject: &str) -> Result<Option<Value>, Failure> {
        let read = self
            .client
            .call(Call {
                step: Step::Read,
                method: Method::GET,
                path: &["Groups", id],
                query: &[("excludedAttributes", "members")],
                body: None,
                subject,
            })
            .await;
        unless_gone(read.map(|answer| answer.body))
    }

    async fn change_group(
        &mut self,
        object_id: &str,
        link: GroupLink,
        found: &Value,
        wanted: Wanted,
    ) -> Result<(), Failure> {
        let changes = wanted.changes(found, &link.sent);
        if !changes.is_empty() {
            let body = self.settings.dialect().patch(&changes);
            self.patch_group(Step::Update, &link.id, wanted.text(DISPLAY_NAME), body)
                .await?;
            self.summary.updated += 1;
        }
        let link = GroupLink {
            sent: wanted,
            ..link
        };
        self.memory.groups.insert(object_id.to_owned(), link);
        Ok(())
    }

    /// Adds those who came, and removes those who left since the last time.
    async fn members(&mut self, group: &Group) -> Result<(), Failure> {
        let Some(link) = self.memory.groups.get(&group.object_id).cloned() else {
            return Ok(());
        };
        let wanted = self.member_ids(group);
        let came: Vec<String> = wanted.difference(&link.members).cloned().collect();
        let left: Vec<String> = link.members.difference(&wanted).cloned().collect();
        let dialect = self.settings.dialect();
        for part in came.chunks(MEMBERS_AT_ONCE) {
            let body = dialect.add_members(part);
            self.patch_group(Step::AddMembers, &link.id, &group.name, body)
                .await?;
        }
        for part in left.chunks(MEMBERS_AT_ONCE) {
            let body = dialect.remove_members(part);
            self.patch_group(Step::RemoveMembers, &link.id, &group.name, body)
                .await?;
        }
        self.summary.updated += u32::from(!came.is_empty() || !left.is_empty());
        let link = GroupLink {
            members: wanted,
            ..link
        };
        self.memory.groups.insert(group.object_id.clone(), link);
        Ok(())
    }

    /// The server's ids of the members that it has.
    fn member_ids(&self, group: &Group) -> BTreeSet<String> {
        let members = self.directory.members(&group.object_id);
        let links = members.filter_map(|person| self.memory.users.get(&person.object_id));
        links.map(|link| link.id.clone()).collect()
    }

    async fn patch_group(
        &self,
        step: Step,
        id: &str,
        subject: &str,
        body: Value,
    ) -> Result<(), Failure> {
        let call = Call {
            step,
            method: Method::PATCH,
            path: &["Groups", id],
            query: &[],
            body: Some(body),
            subject,
        };
        self.client.call(call).await.map(drop)
    }

    /// A group cannot be disabled: once it is not assigned any more, it goes.
    async fn delete_group(&mut self, object_id: &str) -> Result<(), Failure> {
        let Some(link) = self.memory.groups.get(object_id).cloned() else {
            return Ok(());
        };
        let deleted = self
            .client
            .call(Call {
                step: Step::Delete,
                method: Method::DELETE,
                path: &["Groups", &link.id],
                query: &[],
                body: None,
                subject: link.sent.text(DISPLAY_NAME),
            })
            .await;
        unless_gone(deleted.map(drop))?;
        self.memory.groups.remove(object_id);
        self.summary.deleted += 1;
        Ok(())
    }
}

/// Members in one PATCH, so that a request stays small.
const MEMBERS_AT_ONCE: usize = 50;
