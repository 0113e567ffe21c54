//! A small tenant for one case, provisioned by the engine of the practice provider: these are the requests that Entra sends.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::case_error::found;
use super::case_error::mismatch;
use super::server::Server;
use super::server::shortened;
use crate::practice::app::App;
use crate::practice::assignment::Assignment;
use crate::practice::directory::Directory;
use crate::practice::directory::Group;
use crate::practice::directory::Person;
use crate::practice::provision;
use crate::practice::provision::AttributeChange;
use crate::practice::provision::CycleTrigger;
use crate::practice::provision::DesiredObject;
use crate::practice::provision::ExternalId;
use crate::practice::provision::Job;
use crate::practice::provision::Summary;
use crate::practice::provision::name_of;
use crate::scim::ResourceKind;

pub(super) struct TestTenant<'s> {
    pub(super) server: &'s Server<'s>,
    pub(super) directory: Directory,
    job: Arc<Job>,
    app: App,
}

impl<'s> TestTenant<'s> {
    pub(super) async fn new(server: &'s Server<'s>) -> TestTenant<'s> {
        TestTenant {
            server,
            directory: Directory {
                people: Vec::new(),
                groups: Vec::new(),
                deleted: Vec::new(),
            },
            job: job(server).await,
            // Nobody signs in to it: it has an assignment, and no address.
            app: App {
                assignment: Assignment::Only(BTreeSet::new()),
                ..App::new("validation", "validation", "urn:validation", "")
            },
        }
    }

    /// A new person with all attributes of the mapping, who is assigned; the object id.
    pub(super) fn person(&mut self) -> String {
        let name = self.server.created.name();
        let person = Person {
            display_name: name.clone(),
            job_title: Some("Analyst".to_owned()),
            department: Some("Research".to_owned()),
            office: Some("Building 1".to_owned()),
            ..Person::new(&name, format!("{name}{DOMAIN}"), "Ada", "King")
        };
        self.directory.people.push(person);
        self.assign(&name, true);
        name
    }

    /// A new group with these people in it, which is assigned; the object id.
    pub(super) fn group(&mut self, members: &[&str]) -> String {
        let name = self.server.created.name();
        self.directory.groups.push(Group {
            object_id: name.clone(),
            name: name.clone(),
        });
        for member in members {
            self.directory.set_member(&name, member, true);
        }
        self.assign(&name, true);
        name
    }

    pub(super) fn assign(&mut self, object_id: &str, assigned: bool) {
        if let Assignment::Only(ids) = &mut self.app.assignment {
            match assigned {
                true => drop(ids.insert(object_id.to_owned())),
                false => drop(ids.remove(object_id)),
            }
        }
    }

    pub(super) fn edit(&mut self, object_id: &str, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.directory.person_mut(object_id) {
            change(person);
        }
    }

    /// Forgets the ids at the server: objects are looked for anew, as in a provisioning on demand.
    pub(super) async fn forget(&mut self) {
        self.job = job(self.server).await;
    }

    /// Brings the server up to date. Fails for the first request that failed.
    pub(super) async fn cycle(&self) -> Result<Summary, CaseError> {
        for person in &self.directory.people {
            let created = &self.server.created;
            created.sending(ResourceKind::User, &person.user_principal_name);
        }
        for group in &self.directory.groups {
            self.server
                .created
                .sending(ResourceKind::Group, &group.name);
        }
        let (job, signing) = (&self.job, self.server.signing);
        let trigger = CycleTrigger::Manual;
        let ran = provision::run(job, &self.directory, &self.app, trigger, signing).await;
        let summary = ran.map_err(|error| found(error.to_string()))?;
        match summary.failed > 0 || summary.quarantined {
            true => Err(self.failure()),
            false => Ok(summary),
        }
    }

    fn failure(&self) -> CaseError {
        let board = self.job.board();
        let escrowed = board.escrow.objects().first();
        let reason = escrowed.map(|object| object.reason.clone());
        let reason = reason.or(board.quarantine.map(|quarantine| quarantine.reason));
        let reason = reason.unwrap_or_default();
        if reason.starts_with(NO_ANSWER) {
            return CaseError::NoAnswer(reason);
        }
        let lines = self.job.log.lines();
        match lines.iter().rev().find(|line| line.request.is_some()) {
            Some(line) => {
                let request = line.request.as_ref();
                let request = request.map(|(method, path)| format!("{method} {path}"));
                found(format!("{}: {reason}", request.unwrap_or_default()))
            }
            None => found(reason),
        }
    }

    /// The server's id of an object that was provisioned.
    pub(super) async fn id(
        &self,
        kind: ResourceKind,
        object_id: &str,
    ) -> Result<String, CaseError> {
        let mut memory = self.job.memory.lock().await;
        let link = memory.of(kind).get(object_id);
        let id = link.map(|link| link.id.clone());
        id.ok_or_else(|| mismatch("an object that was provisioned", "it was left out"))
    }

    /// The server's ids of people, in the order of ids.
    pub(super) async fn ids(&self, people: &[&str]) -> Result<Vec<String>, CaseError> {
        let mut ids = Vec::new();
        for person in people {
            ids.push(self.id(ResourceKind::User, person).await?);
        }
        ids.sort();
        Ok(ids)
    }

    /// The object as the server has it.
    pub(super) async fn get(
        &self,
        kind: ResourceKind,
        object_id: &str,
    ) -> Result<Value, CaseError> {
        let id = self.id(kind, object_id).await?;
        self.server.get(kind, &id).await
    }

    /// Fails unless the server has every mapped attribute of a person as the tenant has it; their number.
    pub(super) async fn has_person(&self, object_id: &str) -> Result<String, CaseError> {
        let kind = ResourceKind::User;
        let person = self.directory.person(object_id);
        let person = person.ok_or_else(|| found("the tenant has nobody of this id"))?;
        let wanted = DesiredObject::person(person, ExternalId::ObjectId);
        self.has(&wanted, &self.get(kind, object_id).await?)?;
        Ok(format!(
            "{} with each attribute as it was sent",
            wanted.text(name_of(kind))
        ))
    }

    /// The same for a group.
    pub(super) async fn has_group(&self, object_id: &str) -> Result<String, CaseError> {
        let group = self.directory.group(object_id);
        let group = group.ok_or_else(|| found("the tenant has no group of this id"))?;
        let kind = ResourceKind::Group;
        self.has(
            &DesiredObject::group(group),
            &self.get(kind, object_id).await?,
        )?;
        Ok(format!("{} with each attribute as it was sent", group.name))
    }

    fn has(&self, wanted: &DesiredObject, resource: &Value) -> Result<(), CaseError> {
        let differences = wanted.changes(resource, &DesiredObject::default());
        let one = |change: &AttributeChange| {
            let path = change.target.path();
            match change.target.read(resource) {
                Some(value) => format!("{path} is {}", shortened(&value.to_string())),
                None => format!("there is no {path}"),
            }
        };
        let found: Vec<String> = differences.iter().map(one).collect();
        ensure(
            found.is_empty(),
            "each mapped attribute as it was sent",
            || found.join("; "),
        )
    }
}

async fn job(server: &Server<'_>) -> Arc<Job> {
    let job = server.created.job();
    job.set_up(server.settings.clone()).await;
    // The test of the connection is a case of its own.
    let mut memory = job.memory.lock().await;
    memory.tested = true;
    memory.confirms_objects = true;
    drop(memory);
    job
}

/// The beginning of the reason of a request without an answer.
const NO_ANSWER: &str = "no answer: ";
/// Reserved by RFC 2606: no mail is ever delivered there.
pub(super) const DOMAIN: &str = "@example.com";
