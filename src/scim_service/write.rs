//! Changes: each in one transaction, with its entry in the log. The changes themselves stand in `change`.

use serde_json::Value;

use super::ScimAnswer;
use super::change::Write;
use super::change::WriteContext;
use super::exchange::Exchange;
use super::log;
use super::refusal::Refusal;
use super::request::Conditions;
use super::stored::ResourceId;
use super::stored::Stored;
use crate::directory::Scope;
use crate::directory::transact;
use crate::scim::BulkMethod;
use crate::scim::Draft;
use crate::scim::PatchRequest;
use crate::scim::Projection;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

impl Exchange<'_> {
    /// Answers a POST, PUT, PATCH or DELETE. A client that asks for certain attributes gets them (RFC 7644 §3.5.2); else a
    /// group's PATCH is answered without a body.
    pub(super) async fn write(
        &mut self,
        method: BulkMethod,
        kind: ResourceKind,
        id: Option<&str>,
    ) -> Result<ScimAnswer, Refusal> {
        self.entry.resource = id.map(log::short);
        let conditions = self.request.conditions.clone();
        if method == BulkMethod::Delete {
            let nothing = Value::Null;
            self.change(method, kind, id, nothing, conditions).await?;
            return Ok(ScimAnswer::empty(204));
        }
        let projection = self.query()?.projection(self.of(kind))?;
        let body = self.request.json()?;
        let stored = self.change(method, kind, id, body, conditions).await?;
        match (status(method, kind), &projection) {
            (204, Projection::Only(_)) => self.written(200, &stored, &projection).await,
            (204, _) => Ok(ScimAnswer {
                version: Some(stored.record().version),
                ..ScimAnswer::empty(204)
            }),
            (status, _) => self.written(status, &stored, &projection).await,
        }
    }

    pub(super) async fn change(
        &mut self,
        method: BulkMethod,
        kind: ResourceKind,
        id: Option<&str>,
        data: Value,
        conditions: Conditions,
    ) -> Result<Stored, Refusal> {
        let write = match method {
            BulkMethod::Post => Write::Create(self.draft(data, kind)?.created()),
            BulkMethod::Put => Write::Replace(self.draft(data, kind)?),
            BulkMethod::Patch => {
                let patch = PatchRequest::parse(data, self.of(kind))?;
                self.entry.overlooked = patch.overlooked().to_vec();
                Write::Patch(patch)
            }
            BulkMethod::Delete => Write::Delete,
        };
        let id = match method {
            BulkMethod::Post => {
                let bytes = (self.context.random)().ok_or(ScimError::Internal)?;
                ResourceId::from_random(kind, bytes)
            }
            _ => ResourceId::parse(kind, id.unwrap_or_default())?,
        };
        let change = WriteContext {
            id,
            view: self.service.view.clone(),
            rules: self.service.rules,
            context: self.context.clone(),
            conditions,
            entry: self.entry.clone(),
            status: status(method, kind),
        };
        let scope = Scope {
            connection: self.connection().clone(),
            rules: self.service.rules,
            now: self.context.now,
            by: None,
        };
        let made = transact(self.service.directory, &scope, move |directory| {
            Box::pin(change.make(directory, write))
        });
        made.await
    }

    fn draft(&mut self, body: Value, kind: ResourceKind) -> Result<Draft, ScimError> {
        self.entry.subject = log::named(&body, kind);
        let draft = Draft::read(body, self.of(kind))?;
        self.entry.overlooked.clone_from(&draft.overlooked);
        Ok(draft)
    }

    /// The answer to a change that left a resource. What was done is answered as done: where the members or groups cannot be
    /// read, there are too many of them or the store fails now, the answer is without them.
    async fn written(
        &mut self,
        status: u16,
        stored: &Stored,
        projection: &Projection,
    ) -> Result<ScimAnswer, Refusal> {
        let document = match self.document(stored, projection).await {
            Ok(document) => document,
            Err(refusal) => {
                self.causes.extend(refusal.cause);
                self.document_alone(stored, projection)
            }
        };
        Ok(self.resource(status, stored, document))
    }
}

/// The status of a change that is done. The members of a group that was patched are what nobody wants to read back; a user comes
/// with its status.
pub(super) fn status(method: BulkMethod, kind: ResourceKind) -> u16 {
    match (method, kind) {
        (BulkMethod::Post, _) => 201,
        (BulkMethod::Put, _) | (BulkMethod::Patch, ResourceKind::User) => 200,
        (BulkMethod::Patch, ResourceKind::Group) | (BulkMethod::Delete, _) => 204,
    }
}
