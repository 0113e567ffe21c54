//! The users of a cycle: joiners, movers, leavers, and those who come back.

use reqwest::Method;
use serde_json::Value;

use super::client::Call;
use super::client::ScimResponse;
use super::cycle::Cycle;
use super::cycle::Stop;
use super::dialect::AttributeChange;
use super::dialect::ChangeKind;
use super::error::Failure;
use super::job::UserLink;
use super::log::Step;
use super::mapping::Wanted;
use super::target::ACTIVE;
use super::target::MANAGER;
use super::target::USER_NAME;
use crate::practice::directory::Person;

impl Cycle<'_> {
    /// Everybody who is or was assigned.
    pub(super) async fn users(&mut self) -> Result<(), Stop> {
        let directory = self.directory;
        for person in &directory.people {
            if self.app.admits(person) && !self.leaves_alone(&person.object_id) {
                let went = self.user(person).await;
                self.settle(&person.object_id, &person.user_principal_name, went)?;
            }
        }
        let known: Vec<String> = self.memory.users.keys().cloned().collect();
        for object_id in known {
            let assigned = |person: &Person| self.app.admits(person);
            if !directory.person(&object_id).is_some_and(assigned) && !self.leaves_alone(&object_id)
            {
                let went = self.leaver(&object_id).await;
                self.settle(&object_id, &object_id, went)?;
            }
        }
        Ok(())
    }

    /// Somebody who is assigned: found or created once, and changed by the id that was remembered from then on.
    async fn user(&mut self, person: &Person) -> Result<(), Failure> {
        let wanted = Wanted::person(person, person.enabled, self.settings.external_id);
        let Some(link) = self.memory.users.get(&person.object_id).cloned() else {
            return self.joiner(person, wanted).await;
        };
        if link.sent == wanted {
            return Ok(());
        }
        match self
            .read_user(&link.id, &person.user_principal_name)
            .await?
        {
            Some(found) => {
                self.change_user(&person.object_id, link, &found, wanted)
                    .await
            }
            None => {
                self.forget_user(&person.object_id);
                self.joiner(person, wanted).await
            }
        }
    }

    async fn joiner(&mut self, person: &Person, wanted: Wanted) -> Result<(), Failure> {
        let target = self.settings.match_users.user_target();
        let value = wanted.text(target);
        let found = self
            .client
            .find(Step::Match, "Users", target, value)
            .await?;
        match found.as_slice() {
            [] if person.enabled => self.create_user(person, wanted).await,
            [] => {
                let outcome = format!(
                    "{}: disabled, and not at the app",
                    person.user_principal_name
                );
                self.client.log().remark(Step::Skip, outcome);
                self.summary.skipped += 1;
                Ok(())
            }
            [found] => {
                let link = UserLink {
                    id: id_of(found)?,
                    sent: Wanted::default(),
                    manager: None,
                };
                self.memory
                    .users
                    .insert(person.object_id.clone(), link.clone());
                self.summary.matched += 1;
                self.change_user(&person.object_id, link, found, wanted)
                    .await
            }
            more => Err(Failure::Unexpected {
                expected: "one user of this name",
                found: more.len().to_string(),
            }),
        }
    }

    async fn create_user(&mut self, person: &Person, wanted: Wanted) -> Result<(), Failure> {
        let answer = self
            .client
            .call(Call {
                step: Step::Create,
                method: Method::POST,
                path: &["Users"],
                query: &[],
                body: Some(wanted.new_user()),
                subject: &person.user_principal_name,
            })
            .await?;
        let link = UserLink {
            id: id_of(&created(answer)?)?,
            sent: wanted,
            manager: None,
        };
        self.memory.users.insert(person.object_id.clone(), link);
        self.summary.created += 1;
        Ok(())
    }

    /// The user by the id that was remembered; `None` if the app has lost it.
    async fn read_user(&self, id: &str, subject: &str) -> Result<Option<Value>, Failure> {
        let read = self
            .client
            .call(Call {
                step: Step::Read,
                method: Method::GET,
                path: &["Users", id],
                query: &[],
                body: None,
                subject,
            })
            .await;
        unless_gone(read.map(|answer| answer.body))
    }

    /// Sends what differs, and remembers what the app has now.
    async fn change_user(
        &mut self,
        object_id: &str,
        link: UserLink,
        found: &Value,
        wanted: Wanted,
    ) -> Result<(), Failure> {
        let changes = wanted.changes(found, &link.sent);
        if !changes.is_empty() {
            let step = step_of(&changes);
            self.patch_user(step, &link.id, wanted.text(USER_NAME), &changes)
                .await?;
            match step {
                Step::Disable => self.summary.disabled += 1,
                Step::Enable => self.summary.enabled += 1,
                _ => self.summary.updated += 1,
            }
        }
        let link = UserLink {
            sent: wanted,
            ..link
        };
        self.memory.users.insert(object_id.to_owned(), link);
        Ok(())
    }

    async fn patch_user(
        &self,
        step: Step,
        id: &str,
        subject: &str,
        changes: &[AttributeChange],
    ) -> Result<(), Failure> {
        let call = Call {
            step,
            method: Method::PATCH,
            path: &["Users", id],
            query: &[],
            body: Some(self.settings.dialect().patch(changes)),
            subject,
        };
        self.client.call(call).await.map(drop)
    }

    /// Somebody who is not assigned any more: disabled while the directory remembers them, deleted after that.
    async fn leaver(&mut self, object_id: &str) -> Result<(), Failure> {
        let Some(link) = self.memory.users.get(object_id).cloned() else {
            return Ok(());
        };
        if !self.directory.remembers(object_id) {
            return self.delete_user(object_id, &link).await;
        }
        if !link.sent.is_active() {
            return Ok(());
        }
        let subject = link.sent.text(USER_NAME).to_owned();
        match self.read_user(&link.id, &subject).await? {
            None => self.forget_user(object_id),
            Some(found) => {
                let wanted = link.sent.clone().with_active(false);
                self.change_user(object_id, link, &found, wanted).await?;
            }
        }
        Ok(())
    }

    async fn delete_user(&mut self, object_id: &str, link: &UserLink) -> Result<(), Failure> {
        let deleted = self
            .client
            .call(Call {
                step: Step::Delete,
                method: Method::DELETE,
                path: &["Users", &link.id],
                query: &[],
                body: None,
                subject: link.sent.text(USER_NAME),
            })
            .await;
        unless_gone(deleted.map(drop))?;
        self.forget_user(object_id);
        self.summary.deleted += 1;
        Ok(())
    }

    /// Whoever is gone at the app is gone from its groups.
    fn forget_user(&mut self, object_id: &str) {
        let Some(link) = self.memory.users.remove(object_id) else {
            return;
        };
        for group in self.memory.groups.values_mut() {
            group.members.remove(&link.id);
        }
        for user in self.memory.users.values_mut() {
            user.manager.take_if(|manager| *manager == link.id);
        }
    }

    /// References go last, when those whom they name are there.
    pub(super) async fn managers(&mut self) -> Result<(), Stop> {
        let directory = self.directory;
        for person in &directory.people {
            let Some(link) = self.memory.users.get(&person.object_id).cloned() else {
                continue;
            };
            let manager = person
                .manager
                .as_ref()
                .and_then(|id| self.memory.users.get(id));
            let manager = manager.map(|manager| manager.id.clone());
            if !self.app.admits(person)
                || link.manager == manager
                || self.leaves_alone(&person.object_id)
            {
                continue;
            }
            let went = self.set_manager(person, link, manager).await;
            self.settle(&person.object_id, &person.user_principal_name, went)?;
        }
        Ok(())
    }

    async fn set_manager(
        &mut self,
        person: &Person,
        link: UserLink,
        manager: Option<String>,
    ) -> Result<(), Failure> {
        let value = manager
            .as_deref()
            .map(|id| self.settings.dialect().manager(id));
        let kind = match (value, &link.manager) {
            (Some(value), None) => ChangeKind::Add(value),
            (Some(value), Some(_)) => ChangeKind::Replace(value),
            (None, _) => ChangeKind::Clear,
        };
        let changes = [AttributeChange {
            target: MANAGER,
            kind,
        }];
        self.patch_user(
            Step::Manager,
            &link.id,
            &person.user_principal_name,
            &changes,
        )
        .await?;
        self.summary.updated += 1;
        let link = UserLink { manager, ..link };
        self.memory.users.insert(person.object_id.clone(), link);
        Ok(())
    }
}

/// The step that a change of `active` makes of it.
fn step_of(changes: &[AttributeChange]) -> Step {
    let active = changes.iter().find(|change| change.target == ACTIVE);
    match active.map(|change| &change.kind) {
        Some(ChangeKind::Add(Value::Bool(true)) | ChangeKind::Replace(Value::Bool(true))) => {
            Step::Enable
        }
        Some(_) => Step::Disable,
        None => Step::Update,
    }
}

/// The server's id of a resource.
pub(super) fn id_of(resource: &Value) -> Result<String, Failure> {
    let id = resource
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| Failure::Unexpected {
        expected: "a resource with an id",
        found: "none".to_owned(),
    })
}

/// The resource that a POST has made.
pub(super) fn created(answer: ScimResponse) -> Result<Value, Failure> {
    match answer.status {
        201 => Ok(answer.body),
        status => Err(Failure::Unexpected {
            expected: "status 201",
            found: status.to_string(),
        }),
    }
}

/// `None` for what the app does not have.
pub(super) fn unless_gone<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Refused { status: 404, .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}
