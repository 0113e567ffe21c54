//! Reading resources, and what belongs to them.

use std::slice;

use serde_json::Map;
use serde_json::Value;

use super::ScimAnswer;
use super::exchange::Exchange;
use super::log;
use super::refusal::Refusal;
use super::stored::ResourceId;
use super::stored::Stored;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::PAGE;
use crate::directory::UserRecord;
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
        Ok(self.resource(200, &stored, document))
    }

    pub(super) fn resource(
        &self,
        status: u16,
        stored: &Stored,
        document: Map<String, Value>,
    ) -> ScimAnswer {
        let record = stored.record();
        ScimAnswer {
            location: Some(record.location(self.service.view.base())),
            version: Some(record.version),
            ..ScimAnswer::json(status, Value::Object(document))
        }
    }

    async fn stored(&self, kind: ResourceKind, id: &str) -> Result<Stored, Refusal> {
        let (directory, connection) = (self.service.directory, self.connection());
        let id = ResourceId::parse(kind, id)?;
        let stored = match &id {
            ResourceId::User(id) => directory.user(connection, id).await?.map(Stored::User),
            ResourceId::Group(id) => directory.group(connection, id).await?.map(Stored::Group),
        };
        Ok(stored.ok_or_else(|| id.not_found())?)
    }

    pub(super) async fn document(
        &self,
        stored: &Stored,
        projection: &Projection,
    ) -> Result<Map<String, Value>, Refusal> {
        let documents = match stored {
            Stored::User(user) => self.users(slice::from_ref(user), projection).await?,
            Stored::Group(group) => self.groups(slice::from_ref(group), projection).await?,
        };
        Ok(documents.into_iter().next().unwrap_or_default())
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

    /// The documents that the client reads of users. Their groups are loaded only if it asks for them.
    pub(super) async fn users(
        &self,
        users: &[UserRecord],
        projection: &Projection,
    ) -> Result<Vec<Map<String, Value>>, Refusal> {
        let ids: Vec<_> = users.iter().map(UserRecord::id).collect();
        let groups = match projection.wants("groups") && !ids.is_empty() {
            true => {
                self.service
                    .directory
                    .groups_of(self.connection(), &ids)
                    .await?
            }
            false => Vec::new(),
        };
        let (view, of) = (self.service.view, self.of(ResourceKind::User));
        let documents = users.iter().enumerate().map(|(index, user)| {
            let document = view.user(user, groups.get(index).map(Vec::as_slice));
            projection.apply(document, of)
        });
        Ok(documents.collect())
    }

    /// The documents that the client reads of groups. Members are loaded only if it asks for them; those of all groups on a
    /// page count together.
    pub(super) async fn groups(
        &self,
        groups: &[GroupRecord],
        projection: &Projection,
    ) -> Result<Vec<Map<String, Value>>, Refusal> {
        let (view, of) = (self.service.view, self.of(ResourceKind::Group));
        let mut left = limits::MEMBERS;
        let mut documents = Vec::with_capacity(groups.len());
        for group in groups {
            let members = match projection.wants("members") {
                true => Some(self.members(&group.id(), left).await?),
                false => None,
            };
            left -= members.as_ref().map_or(0, Vec::len);
            let document = view.group(group, members.as_deref());
            documents.push(projection.apply(document, of));
        }
        Ok(documents)
    }

    /// All members of a group, at most so many.
    async fn members(&self, group: &GroupId, most: usize) -> Result<Vec<Member>, Refusal> {
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
