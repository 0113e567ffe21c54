//! Rows of an import in the directory: a batch of them in one transaction, each with its entry in the provisioning log.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::format::MatchBy;
use super::rows::Row;
use super::rows::RowContent;
use crate::admin::Admin;
use crate::admin::AdminError;
use crate::admin::Done;
use crate::admin::effects::Effects;
use crate::admin::people::ChangeError;
use crate::admin::people::UserChange;
use crate::admin::people::log_entry;
use crate::admin::people::naming;
use crate::admin::people::narrow;
use crate::admin::people::patch;
use crate::admin::random;
use crate::directory::DirectoryTransaction;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::transact;
use crate::ports::StoreError;
use crate::provisioning::LogOperation;
use crate::provisioning::logged_detail;
use crate::provisioning::logged_name;
use crate::scim::PatchRequest;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::scim::ScimError;

/// A row after it was brought in, or refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowDone {
    /// The number under which people find it.
    pub number: u64,
    /// The userName in it.
    pub name: Option<String>,
    /// The id of its user; a dry run forgets it.
    pub id: Option<String>,
    /// The attributes of the user that have another value than before.
    pub changed: Vec<String>,
    /// The outcome.
    pub outcome: RowOutcome,
    /// The numbers of what it takes away: a user who was active, and sessions.
    pub(crate) takes: Effects,
}

/// The outcome of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowOutcome {
    /// Its user is new.
    Created,
    /// Its user was changed.
    Updated,
    /// Its user was as it says already.
    Unchanged,
    /// It was refused, for this reason.
    Refused(String),
}

impl RowDone {
    /// The row as an import reports it.
    pub fn json(&self) -> Value {
        let (outcome, reason) = self.outcome.words();
        json!({
            "row": self.number,
            "outcome": outcome,
            "user_name": self.name,
            "id": self.id,
            "changed": self.changed,
            "reason": reason,
        })
    }
}

impl RowOutcome {
    /// The outcome in a word, and the reason of a refusal.
    pub fn words(&self) -> (&'static str, Option<&str>) {
        match self {
            RowOutcome::Created => ("created", None),
            RowOutcome::Updated => ("updated", None),
            RowOutcome::Unchanged => ("unchanged", None),
            RowOutcome::Refused(reason) => ("refused", Some(reason)),
        }
    }
}

#[derive(Clone)]
pub(super) struct Upsert {
    pub(super) scope: Scope,
    pub(super) view: View,
    pub(super) by: MatchBy,
    pub(super) dry_run: bool,
}

enum BatchUndone {
    DryRun(Vec<RowDone>),
    Store(StoreError),
}

impl From<StoreError> for BatchUndone {
    fn from(error: StoreError) -> BatchUndone {
        BatchUndone::Store(error)
    }
}

impl Upsert {
    /// Brings in a batch of rows: all that it says was done is on disk when this returns, and nothing after an error.
    pub(super) async fn batch(&self, admin: &Admin, rows: Vec<Row>) -> Done<Vec<RowDone>> {
        let mut upsert = self.clone();
        upsert.scope.now = admin.now();
        let scope = upsert.scope.clone();
        let (rows, begun) = (numbered(rows)?, Instant::now());
        let done = transact(admin.store(), &scope, move |directory| {
            Box::pin(async move { upsert.all(directory, rows, begun).await })
        });
        match done.await {
            Ok(done) | Err(BatchUndone::DryRun(done)) => Ok(done),
            Err(BatchUndone::Store(error)) => Err(AdminError::Store(error)),
        }
    }

    /// Says what [`batch`](Upsert::batch) would do, and keeps nothing.
    pub(super) async fn rehearse(&self, admin: &Admin, rows: &[Row]) -> Done<Vec<RowDone>> {
        let rehearsal = Upsert {
            dry_run: true,
            ..self.clone()
        };
        rehearsal.batch(admin, rows.to_vec()).await
    }

    async fn all(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        rows: Vec<(Row, UserId)>,
        begun: Instant,
    ) -> Result<Vec<RowDone>, BatchUndone> {
        let mut all = Vec::with_capacity(rows.len());
        for (row, id) in rows {
            let done = match &row.content {
                Err(reason) => RowDone {
                    number: row.number,
                    name: None,
                    id: None,
                    changed: Vec::new(),
                    outcome: RowOutcome::Refused(reason.clone()),
                    takes: Effects::default(),
                },
                Ok(content) => self.row(directory, row.number, content, id, begun).await?,
            };
            all.push(done);
        }
        match self.dry_run {
            true => Err(BatchUndone::DryRun(all)),
            false => Ok(all),
        }
    }

    async fn row(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        number: u64,
        content: &RowContent,
        new: UserId,
        begun: Instant,
    ) -> Result<RowDone, StoreError> {
        let now = self.scope.now;
        let mut takes = Effects::default();
        let (outcome, id, changed) =
            match self.bring(directory, content, new, begun, &mut takes).await {
                Ok((outcome, change)) => {
                    let id = change.user.record().id.clone();
                    (outcome, Some(id), change.changed)
                }
                Err(ChangeError::Store(error)) => return Err(error),
                Err(ChangeError::Refused(error)) => {
                    self.log_refusal(directory, content, &error, begun, now)
                        .await?;
                    let outcome = RowOutcome::Refused(error.to_string());
                    (outcome, None, Vec::new())
                }
            };
        Ok(RowDone {
            number,
            name: content.name.clone(),
            id,
            changed,
            outcome,
            takes,
        })
    }

    async fn bring(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        content: &RowContent,
        new: UserId,
        begun: Instant,
        takes: &mut Effects,
    ) -> Result<(RowOutcome, UserChange), ChangeError> {
        let now = self.scope.now;
        let of = self.view.schemas().resource_type(ResourceKind::User);
        let patch = content.patch.as_ref().map_err(ScimError::clone)?;
        let Some(user) = self.find(directory, content).await? else {
            let change = self.created(patch, of, &new)?;
            directory.insert_user(&change.user).await?;
            let operation = LogOperation::Create;
            let mut entry = log_entry(&self.scope.connection, operation, 201, begun.elapsed(), now);
            entry.of(&change);
            directory.append_log(&entry.0).await?;
            return Ok((RowOutcome::Created, change));
        };
        let (origin, was_active) = (user.origin, user.record().resource.is_active());
        let mut change = UserChange::of(user, patch, of, now)?;
        change.user.origin = Origin::Provisioned;
        if change.changed.is_empty() {
            if origin == Origin::JustInTime {
                directory.replace_user(&change.user).await?;
            }
            return Ok((RowOutcome::Unchanged, change));
        }
        let before = directory.ended_sessions();
        change.keep(directory, begun, now).await?;
        takes.shut_out = u64::from(was_active && !change.user.record().resource.is_active());
        takes.sessions = directory.ended_sessions() - before;
        Ok((RowOutcome::Updated, change))
    }

    async fn find(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        content: &RowContent,
    ) -> Result<Option<UserRecord>, ChangeError> {
        let attribute = self.by.attribute();
        let refuse = |expected: String| ScimError::value(attribute, expected);
        let key = content.key.as_deref();
        let nothing = "a value, since users are matched by it";
        let key = key.ok_or_else(|| refuse(nothing.to_owned()))?;
        let query = naming(&self.view, ResourceKind::User, attribute, key)?;
        let mut found = directory.users(&query).await?.resources;
        if self.by == MatchBy::UserName {
            narrow(&mut found, key);
        }
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|user| user.record().id.as_str()).collect();
            let ids = ids.join(", ");
            let expected = "a value that one user has and no other";
            return Err(refuse(format!("{expected}, found several users: {ids}")).into());
        }
        Ok(found.pop())
    }

    /// The user that a row makes; it may sign on if the row does not say otherwise.
    fn created(
        &self,
        named: &PatchRequest,
        of: &ResourceType,
        id: &UserId,
    ) -> Result<UserChange, ChangeError> {
        let nothing = Resource::restored(ResourceKind::User, Map::new());
        let mut patched = named.apply(&nothing, of)?;
        if !patched.resource.attributes().contains_key("active") {
            let active = json!({ "op": "add", "path": "active", "value": true });
            patched.resource = patch(&[active], of)?.apply(&patched.resource, of)?.resource;
            patched.changed.push("active".to_owned());
        }
        let (connection, now) = (self.scope.connection.clone(), self.scope.now);
        let resource = patched.resource;
        Ok(UserChange {
            user: UserRecord::new(id, connection, Origin::Provisioned, resource, now),
            changed: patched.changed,
            overlooked: named.overlooked().to_vec(),
        })
    }

    async fn log_refusal(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        content: &RowContent,
        error: &ScimError,
        begun: Instant,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (operation, status) = (LogOperation::Create, error.status());
        let mut entry = log_entry(
            &self.scope.connection,
            operation,
            status,
            begun.elapsed(),
            now,
        )
        .0;
        entry.subject = content.name.as_deref().map(logged_name);
        entry.scim_type = error.scim_type().map(str::to_owned);
        entry.detail = Some(logged_detail(error));
        let appended = directory.append_log(&entry).await;
        appended.map_err(StoreError::new)
    }
}

/// Each row with an id for a new user. Ids are drawn before the transaction, so that a store that runs it again does the same.
fn numbered(rows: Vec<Row>) -> Done<Vec<(Row, UserId)>> {
    let numbered = rows
        .into_iter()
        .map(|row| Ok((row, UserId::from_random(random::bytes()?))));
    numbered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::danger::put_connection;
    use crate::connection::Connection;
    use crate::scim::Schemas;
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn rows_make_the_same_users_when_their_work_is_run_again() {
        let store = SqliteStore::in_memory().await.unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        put_connection(&store, &acme, now).await.unwrap();
        let schemas = std::sync::Arc::new(Schemas::standard());
        let of = schemas.resource_type(ResourceKind::User);
        let rows = ["ada", "eve"].map(|name| Row {
            number: 1,
            content: Ok(RowContent {
                key: Some(name.to_owned()),
                name: Some(name.to_owned()),
                patch: patch(
                    &[json!({"op": "add", "path": "userName", "value": name})],
                    of,
                ),
                groups: Vec::new(),
            }),
        });
        let upsert = Upsert {
            scope: Scope::of(&acme, now),
            view: View::new(std::sync::Arc::clone(&schemas), "https://app.example"),
            by: MatchBy::UserName,
            dry_run: true,
        };
        let (rows, begun) = (numbered(rows.to_vec()).unwrap(), Instant::now());
        let run = async || {
            let (upsert, rows, scope) = (upsert.clone(), rows.clone(), upsert.scope.clone());
            let undone = transact(&store, &scope, move |directory| {
                Box::pin(async move { upsert.all(directory, rows, begun).await })
            });
            match undone.await {
                Err(BatchUndone::DryRun(done)) => done,
                _ => panic!("a dry run keeps nothing"),
            }
        };
        let first = run().await;
        assert_eq!(run().await, first);
        assert!(first.iter().all(|done| done.outcome == RowOutcome::Created));
        assert_ne!(first[0].id, first[1].id);
    }
}
