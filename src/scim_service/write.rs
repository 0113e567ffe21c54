//! Changes: each in one transaction, with its entry in the log. What a change makes of a user stands in `user`, of a group
//! in `group`.

use serde_json::Value;

use super::ScimAnswer;
use super::change::Write;
use super::change::WriteContext;
use super::exchange::Exchange;
use super::group;
use super::log;
use super::refusal::Refusal;
use super::request::Conditions;
use super::stored::Stored;
use super::user;
use crate::directory::Directory;
use crate::directory::DirectoryTransaction;
use crate::directory::GroupId;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::transact;
use crate::ports::TxFuture;
use crate::scim::Draft;
use crate::scim::PatchRequest;
use crate::scim::Projection;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

impl Exchange<'_> {
    pub(super) async fn post(&mut self, kind: ResourceKind) -> Result<ScimAnswer, Refusal> {
        let projection = self.query()?.projection(self.of(kind))?;
        let body = self.request.json()?;
        let stored = self.create(kind, body).await?;
        self.written(201, &stored, &projection).await
    }

    pub(super) async fn put(
        &mut self,
        kind: ResourceKind,
        id: &str,
    ) -> Result<ScimAnswer, Refusal> {
        self.entry.resource = Some(log::short(id));
        let projection = self.query()?.projection(self.of(kind))?;
        let (body, conditions) = (self.request.json()?, self.request.conditions.clone());
        let stored = self.replace(kind, id, body, conditions).await?;
        self.written(200, &stored, &projection).await
    }

    /// A client that asks for certain attributes gets them (RFC 7644 §3.5.2); else a group's PATCH is answered without a
    /// body.
    pub(super) async fn patch(
        &mut self,
        kind: ResourceKind,
        id: &str,
    ) -> Result<ScimAnswer, Refusal> {
        self.entry.resource = Some(log::short(id));
        let projection = self.query()?.projection(self.of(kind))?;
        let (body, conditions) = (self.request.json()?, self.request.conditions.clone());
        let stored = self.change(kind, id, body, conditions).await?;
        match (kind, &projection) {
            (ResourceKind::Group, Projection::Default | Projection::Without(_)) => Ok(ScimAnswer {
                version: Some(stored.record().version),
                ..ScimAnswer::empty(204)
            }),
            _ => self.written(200, &stored, &projection).await,
        }
    }

    pub(super) async fn delete(
        &mut self,
        kind: ResourceKind,
        id: &str,
    ) -> Result<ScimAnswer, Refusal> {
        self.entry.resource = Some(log::short(id));
        let conditions = self.request.conditions.clone();
        self.remove(kind, id, conditions).await?;
        Ok(ScimAnswer::empty(204))
    }

    /// Creates a resource.
    pub(super) async fn create(
        &mut self,
        kind: ResourceKind,
        body: Value,
    ) -> Result<Stored, Refusal> {
        self.entry.subject = log::named(&body, kind);
        let draft = self.draft(body, kind)?.created();
        let bytes = (self.occasion.random)().ok_or(ScimError::Internal)?;
        let id = match kind {
            ResourceKind::User => UserId::from_random(bytes).to_string(),
            ResourceKind::Group => GroupId::from_random(bytes).to_string(),
        };
        let write = Write::Create(draft);
        self.make(kind, &id, write, Conditions::default()).await
    }

    fn draft(&mut self, body: Value, kind: ResourceKind) -> Result<Draft, ScimError> {
        let draft = Draft::read(body, self.of(kind))?;
        self.entry.overlooked.clone_from(&draft.overlooked);
        Ok(draft)
    }

    /// Replaces a resource.
    pub(super) async fn replace(
        &mut self,
        kind: ResourceKind,
        id: &str,
        body: Value,
        conditions: Conditions,
    ) -> Result<Stored, Refusal> {
        self.entry.subject = log::named(&body, kind);
        let draft = self.draft(body, kind)?;
        self.make(kind, id, Write::Replace(draft), conditions).await
    }

    /// Patches a resource.
    pub(super) async fn change(
        &mut self,
        kind: ResourceKind,
        id: &str,
        body: Value,
        conditions: Conditions,
    ) -> Result<Stored, Refusal> {
        let patch = PatchRequest::parse(body, self.of(kind))?;
        self.entry.overlooked = patch.overlooked().to_vec();
        self.make(kind, id, Write::Patch(patch), conditions).await
    }

    /// Removes a resource.
    pub(super) async fn remove(
        &mut self,
        kind: ResourceKind,
        id: &str,
        conditions: Conditions,
    ) -> Result<Stored, Refusal> {
        self.make(kind, id, Write::Delete, conditions).await
    }

    /// Makes a change in one transaction.
    async fn make(
        &self,
        kind: ResourceKind,
        id: &str,
        write: Write,
        conditions: Conditions,
    ) -> Result<Stored, Refusal> {
        let change = WriteContext {
            view: self.service.view.clone(),
            rules: self.service.rules,
            occasion: self.occasion.clone(),
            conditions,
            entry: self.entry.clone(),
        };
        let none = || ScimError::no_resource(kind, id);
        match kind {
            ResourceKind::User => {
                let id = id.parse().map_err(|_| none())?;
                self.transact(move |tx| Box::pin(user::make(tx, change, id, write)))
                    .await
            }
            ResourceKind::Group => {
                let id = id.parse().map_err(|_| none())?;
                self.transact(move |tx| Box::pin(group::make(tx, change, id, write)))
                    .await
            }
        }
    }

    async fn transact<W>(&self, work: W) -> Result<Stored, Refusal>
    where
        W: for<'t> FnOnce(
            &'t mut DirectoryTransaction<'_>,
        ) -> TxFuture<'t, Result<Stored, Refusal>>,
        W: Clone + Send + Sync + 'static,
    {
        let directory: &dyn Directory = self.service.directory;
        let scope = Scope {
            connection: self.connection().clone(),
            rules: self.service.rules,
            now: self.occasion.now,
        };
        transact(directory, &scope, work).await
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
        let record = stored.record();
        let location = record.location(self.service.view.base());
        Ok(ScimAnswer::resource(
            status,
            document,
            location,
            record.version,
        ))
    }
}
