//! Reading one resource, and what belongs to it.

use serde_json::Map;
use serde_json::Value;

use super::ScimAnswer;
use super::exchange::Exchange;
use super::log;
use super::refusal::Refusal;
use super::stored::Stored;
use crate::directory::GroupId;
use crate::directory::PAGE;
use crate::scim::Member;
use crate::scim::Projection;
use crate::scim::ResourceKind;
use crate::scim::ScimError;
use crate::scim::limits;

impl Exchange<'_> {
    pub(super) async fn read(
        &mut self,
        kind: ResourceKind,
        id: &str,
    ) -> Result<ScimAnswer, Refusal> {
        self.entry.resource = Some(log::short(id));
        let projection = self.query()?.projection(self.of(kind))?;
        let stored = self.stored(kind, id).await?;
        let record = stored.record();
        self.entry.subject = log::name(record).map(log::short);
        let conditions = &self.request.conditions;
        record
            .version
            .check_if_match(conditions.if_match.as_deref())?;
        let if_none_match = conditions.if_none_match.as_deref();
        if record.version.meets_if_none_match(if_none_match) {
            return Ok(ScimAnswer {
                version: Some(record.version),
                ..ScimAnswer::empty(304)
            });
        }
        let document = self.document(&stored, &projection).await?;
        let location = record.location(self.service.view.base());
        Ok(ScimAnswer::resource(
            200,
            document,
            location,
            record.version,
        ))
    }

    async fn stored(&self, kind: ResourceKind, id: &str) -> Result<Stored, Refusal> {
        let (directory, connection) = (self.service.directory, self.connection());
        let none = || ScimError::no_resource(kind, id);
        let stored = match kind {
            ResourceKind::User => {
                let id = id.parse().map_err(|_| none())?;
                directory.user(connection, &id).await?.map(Stored::User)
            }
            ResourceKind::Group => {
                let id = id.parse().map_err(|_| none())?;
                directory.group(connection, &id).await?.map(Stored::Group)
            }
        };
        Ok(stored.ok_or_else(none)?)
    }

    /// The document that the client reads of a resource. Groups and members are loaded only if it asks for them.
    pub(super) async fn document(
        &self,
        stored: &Stored,
        projection: &Projection,
    ) -> Result<Map<String, Value>, Refusal> {
        let view = self.service.view;
        let document = match stored {
            Stored::User(user) if projection.wants("groups") => {
                let ids = [user.id()];
                let groups = self.service.directory.groups_of(self.connection(), &ids);
                view.user(user, groups.await?.first().map(Vec::as_slice))
            }
            Stored::Group(group) if projection.wants("members") => {
                let members = self.members(&group.id(), limits::MEMBERS).await?;
                view.group(group, Some(&members))
            }
            _ => return Ok(self.document_alone(stored, projection)),
        };
        Ok(projection.apply(document, self.of(stored.kind())))
    }

    /// The document that the client reads of a resource, without its groups or members.
    pub(super) fn document_alone(
        &self,
        stored: &Stored,
        projection: &Projection,
    ) -> Map<String, Value> {
        let view = self.service.view;
        let document = match stored {
            Stored::User(user) => view.user(user, None),
            Stored::Group(group) => view.group(group, None),
        };
        projection.apply(document, self.of(stored.kind()))
    }

    /// All members of a group, at most so many.
    pub(super) async fn members(
        &self,
        group: &GroupId,
        most: usize,
    ) -> Result<Vec<Member>, Refusal> {
        let (directory, connection) = (self.service.directory, self.connection());
        let mut members: Vec<Member> = Vec::new();
        let mut after = None;
        loop {
            let page = directory
                .members(connection, group, after, PAGE as u64)
                .await?;
            members.extend(page.members);
            if members.len() > most {
                return Err(too_many_members());
            }
            after = page.next;
            if after.is_none() {
                return Ok(members);
            }
        }
    }
}

/// An answer has at most as many members as a request: 100,000 of them are 15 MB.
fn too_many_members() -> Refusal {
    let error = ScimError::TooMany {
        what: "members in one answer; ask with excludedAttributes=members",
        limit: limits::MEMBERS,
    };
    error.into()
}
