//! The objects of a cycle, users and groups alike: found or created once, and changed by the id that was remembered from then
//! on.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::client::Call;
use super::client::ScimResponse;
use super::client::id_of;
use super::cycle::Cycle;
use super::cycle::Stop;
use super::dialect::AttributeChange;
use super::dialect::ChangeKind;
use super::error::Failure;
use super::job::Link;
use super::log::Step;
use super::mapping::DesiredObject;
use super::target::ACTIVE;
use super::target::Target;
use super::target::name_of;
use crate::scim::ResourceKind;

impl Cycle<'_> {
    /// Every object of a kind that is or was assigned; `assigned` are those that are, by object id.
    pub(super) async fn all(
        &mut self,
        kind: ResourceKind,
        assigned: Vec<(&str, DesiredObject)>,
    ) -> Result<(), Stop> {
        let ids: BTreeSet<&str> = assigned.iter().map(|(object_id, _)| *object_id).collect();
        for (object_id, wanted) in assigned {
            if !self.leaves_alone(object_id) {
                let name = wanted.text(name_of(kind)).to_owned();
                let went = self.keep(kind, object_id, wanted).await;
                self.settle(object_id, &name, went)?;
            }
        }
        let known: Vec<String> = self.memory.of(kind).keys().cloned().collect();
        for object_id in known {
            if !ids.contains(object_id.as_str()) && !self.leaves_alone(&object_id) {
                let went = self.leaver(kind, &object_id).await;
                self.settle(&object_id, &object_id, went)?;
            }
        }
        Ok(())
    }

    async fn keep(
        &mut self,
        kind: ResourceKind,
        object_id: &str,
        wanted: DesiredObject,
    ) -> Result<(), Failure> {
        match self.memory.of(kind).get(object_id).cloned() {
            None => self.joiner(kind, object_id, wanted).await?,
            Some(link) if link.sent == wanted => {}
            Some(link) => {
                let subject = wanted.text(name_of(kind));
                match self.read(kind, &link.id, subject).await? {
                    Some(found) => {
                        self.is_as_sent(kind, &link, &found)?;
                        self.change(kind, object_id, link, &found, wanted).await?;
                    }
                    None => {
                        self.forget(kind, object_id);
                        self.joiner(kind, object_id, wanted).await?;
                    }
                }
            }
        }
        match kind {
            ResourceKind::User => Ok(()),
            ResourceKind::Group => self.members(object_id).await,
        }
    }

    async fn joiner(
        &mut self,
        kind: ResourceKind,
        object_id: &str,
        wanted: DesiredObject,
    ) -> Result<(), Failure> {
        let target = self.settings.match_target(kind);
        let value = wanted.text(target);
        let found = self.client.find(Step::Match, kind, target, value).await?;
        match found.as_slice() {
            [] if kind == ResourceKind::User && !wanted.is_active() => {
                let name = wanted.text(name_of(kind));
                let outcome = format!("{name}: disabled, and not at the app");
                self.client.log().remark(Step::Skip, outcome);
                self.summary.skipped += 1;
                Ok(())
            }
            [] => self.create(kind, object_id, wanted).await,
            [found] => {
                self.is_meant(found, target, value)?;
                let link = Link {
                    id: usable_id(found)?,
                    ..Link::default()
                };
                self.confirm(kind, &link.id, target, value).await?;
                let links = self.memory.of(kind);
                links.insert(object_id.to_owned(), link.clone());
                self.summary.matched += 1;
                self.change(kind, object_id, link, found, wanted).await
            }
            more => Err(Failure::Unexpected {
                expected: match kind {
                    ResourceKind::User => "one user of this name",
                    ResourceKind::Group => "one group of this name",
                },
                found: more.len().to_string(),
            }),
        }
    }

    /// Fails for an object whose value is another one than was meant, in any case: a server that does not filter answers with
    /// others, and nobody may be changed by mistake.
    fn is_meant(&self, found: &Value, target: Target, value: &str) -> Result<(), Failure> {
        let shown = target.read(found);
        let is_it = match shown.as_ref().and_then(Value::as_str) {
            Some(shown) => shown.to_lowercase() == value.to_lowercase(),
            None => !self.memory.confirms_objects,
        };
        match is_it {
            true => Ok(()),
            false => Err(Failure::Unexpected {
                expected: "the object that was meant, with its name",
                found: "another one, or none".to_owned(),
            }),
        }
    }

    /// Fails in a validation, where the app shows somebody else under an id that it gave, or nobody.
    async fn confirm(
        &self,
        kind: ResourceKind,
        id: &str,
        target: Target,
        value: &str,
    ) -> Result<(), Failure> {
        if !self.memory.confirms_objects {
            return Ok(());
        }
        match self.read(kind, id, value).await? {
            Some(found) => self.is_meant(&found, target, value),
            None => Err(Failure::Unexpected {
                expected: "the object by the id that the app gave it",
                found: "status 404".to_owned(),
            }),
        }
    }

    /// Fails in a validation for an object that has another name than the one that it was sent with last.
    fn is_as_sent(&self, kind: ResourceKind, link: &Link, found: &Value) -> Result<(), Failure> {
        match self.memory.confirms_objects {
            true => self.is_meant(found, name_of(kind), link.sent.text(name_of(kind))),
            false => Ok(()),
        }
    }

    async fn create(
        &mut self,
        kind: ResourceKind,
        object_id: &str,
        wanted: DesiredObject,
    ) -> Result<(), Failure> {
        let answer = self
            .client
            .call(Call {
                body: Some(wanted.new_resource(kind)),
                ..Call::new(Step::Create, Method::POST, kind, wanted.text(name_of(kind)))
            })
            .await?;
        let resource = created(answer)?;
        self.is_meant(&resource, name_of(kind), wanted.text(name_of(kind)))?;
        let link = Link {
            id: usable_id(&resource)?,
            sent: wanted,
            refers_to: BTreeSet::new(),
        };
        let name = link.sent.text(name_of(kind));
        self.confirm(kind, &link.id, name_of(kind), name).await?;
        self.memory.of(kind).insert(object_id.to_owned(), link);
        self.summary.created += 1;
        Ok(())
    }

    /// The object by the id that was remembered; `None` if the app has lost it.
    pub(super) async fn read(
        &self,
        kind: ResourceKind,
        id: &str,
        subject: &str,
    ) -> Result<Option<Value>, Failure> {
        let call = Call {
            id: Some(id),
            ..Call::new(Step::Read, Method::GET, kind, subject)
        };
        let read = self.client.call(call).await;
        unless_gone(read.map(|answer| answer.body))
    }

    /// Sends what differs, and remembers what the app has now.
    pub(super) async fn change(
        &mut self,
        kind: ResourceKind,
        object_id: &str,
        link: Link,
        found: &Value,
        wanted: DesiredObject,
    ) -> Result<(), Failure> {
        let changes = wanted.changes(found, &link.sent);
        if !changes.is_empty() {
            let step = step_of(&changes);
            let body = self.settings.dialect().patch(&changes);
            self.patch(step, kind, &link.id, wanted.text(name_of(kind)), body)
                .await?;
            match step {
                Step::Disable => self.summary.disabled += 1,
                Step::Enable => self.summary.enabled += 1,
                _ => self.summary.updated += 1,
            }
        }
        let link = Link {
            sent: wanted,
            ..link
        };
        self.memory.of(kind).insert(object_id.to_owned(), link);
        Ok(())
    }

    pub(super) async fn patch(
        &self,
        step: Step,
        kind: ResourceKind,
        id: &str,
        subject: &str,
        body: Value,
    ) -> Result<(), Failure> {
        let call = Call {
            id: Some(id),
            body: Some(body),
            ..Call::new(step, Method::PATCH, kind, subject)
        };
        self.client.call(call).await.map(drop)
    }

    /// An object that is not assigned any more. Somebody is disabled while the directory remembers them, and deleted after
    /// that. A group cannot be disabled: it goes.
    async fn leaver(&mut self, kind: ResourceKind, object_id: &str) -> Result<(), Failure> {
        let Some(link) = self.memory.of(kind).get(object_id).cloned() else {
            return Ok(());
        };
        if kind == ResourceKind::Group || !self.directory.remembers(object_id) {
            return self.delete(kind, object_id, &link).await;
        }
        if !link.sent.is_active() {
            return Ok(());
        }
        let subject = link.sent.text(name_of(kind));
        match self.read(kind, &link.id, subject).await? {
            None => self.forget(kind, object_id),
            Some(found) => {
                self.is_as_sent(kind, &link, &found)?;
                let wanted = link.sent.clone().with_active(false);
                self.change(kind, object_id, link, &found, wanted).await?;
            }
        }
        Ok(())
    }

    async fn delete(
        &mut self,
        kind: ResourceKind,
        object_id: &str,
        link: &Link,
    ) -> Result<(), Failure> {
        let subject = link.sent.text(name_of(kind));
        if self.memory.confirms_objects {
            match self.read(kind, &link.id, subject).await? {
                Some(found) => self.is_as_sent(kind, link, &found)?,
                None => {
                    self.forget(kind, object_id);
                    return Ok(());
                }
            }
        }
        let call = Call {
            id: Some(&link.id),
            ..Call::new(Step::Delete, Method::DELETE, kind, subject)
        };
        unless_gone(self.client.call(call).await)?;
        self.forget(kind, object_id);
        self.summary.deleted += 1;
        Ok(())
    }

    /// Forgets an object that is gone at the app, also as a member of groups and as a manager.
    fn forget(&mut self, kind: ResourceKind, object_id: &str) {
        let gone = self.memory.of(kind).remove(object_id);
        if let (ResourceKind::User, Some(link)) = (kind, gone) {
            let memory = &mut *self.memory;
            for other in memory.users.values_mut().chain(memory.groups.values_mut()) {
                other.refers_to.remove(&link.id);
            }
        }
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

fn usable_id(resource: &Value) -> Result<String, Failure> {
    let id = id_of(resource).map(str::to_owned);
    id.ok_or_else(|| Failure::Unexpected {
        expected: "a resource with an id that an address can have",
        found: "none".to_owned(),
    })
}

fn created(answer: ScimResponse) -> Result<Value, Failure> {
    match answer.status {
        201 => Ok(answer.body),
        status => Err(Failure::Unexpected {
            expected: "status 201",
            found: status.to_string(),
        }),
    }
}

/// `None` for what the app does not have.
fn unless_gone<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Refused { status: 404, .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}
