//! Rows of an import in the directory: a batch of them in one transaction, each with its entry in the provisioning log.

use std::time::Instant;

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::Map;
use serde_json::json;

use super::rows::Content;
use super::rows::Row;
use crate::admin::people::ChangeError;
use crate::admin::people::UserChange;
use crate::admin::people::log_entry;
use crate::admin::people::naming;
use crate::admin::people::narrow;
use crate::admin::people::patch;
use crate::admin::random;
use crate::cli::error::CliError;
use crate::cli::site::Site;
use crate::directory::DirectoryTransaction;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::transact;
use crate::ports::StoreError;
use crate::provisioning::LogOperation;
use crate::scim::PatchRequest;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::scim::ScimError;

/// By which attribute a row finds its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Match {
    /// The name by which people sign on
    #[value(name = "userName")]
    UserName,
    /// The identity provider's own name
    #[value(name = "externalId")]
    ExternalId,
}

impl Match {
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Match::UserName => "userName",
            Match::ExternalId => "externalId",
        }
    }
}

/// What came of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Done {
    pub(super) number: u64,
    pub(super) name: Option<String>,
    pub(super) id: Option<String>,
    pub(super) changed: Vec<String>,
    pub(super) outcome: Outcome,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Refused(String),
}

/// How rows are brought in.
#[derive(Clone)]
pub(super) struct Upsert {
    pub(super) scope: Scope,
    pub(super) view: View,
    pub(super) by: Match,
    pub(super) dry_run: bool,
}

/// Why nothing of a batch was kept.
enum Undone {
    /// Nothing was to be.
    DryRun(Vec<Done>),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Undone {
        Undone::Store(error)
    }
}

impl Upsert {
    /// Brings in a batch of rows. When this returns, what it says was done is on disk; after an error, nothing of the
    /// batch is.
    pub(super) fn batch(&self, site: &Site, rows: Vec<Row>) -> Result<Vec<Done>, CliError> {
        let mut upsert = self.clone();
        upsert.scope.now = site.now();
        let scope = upsert.scope.clone();
        let (rows, begun) = (numbered(rows)?, Instant::now());
        let done = site.wait(|store| {
            transact(store, &scope, move |directory| {
                Box::pin(async move { upsert.all(directory, rows, begun).await })
            })
        });
        match done {
            Ok(done) | Err(Undone::DryRun(done)) => Ok(done),
            Err(Undone::Store(error)) => Err(CliError::Io(error.to_string())),
        }
    }

    async fn all(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        rows: Vec<(Row, UserId)>,
        begun: Instant,
    ) -> Result<Vec<Done>, Undone> {
        let mut all = Vec::with_capacity(rows.len());
        for (row, id) in rows {
            let done = match &row.content {
                Err(reason) => Done {
                    number: row.number,
                    name: None,
                    id: None,
                    changed: Vec::new(),
                    outcome: Outcome::Refused(reason.clone()),
                },
                Ok(content) => self.row(directory, row.number, content, id, begun).await?,
            };
            all.push(done);
        }
        match self.dry_run {
            true => Err(Undone::DryRun(all)),
            false => Ok(all),
        }
    }

    async fn row(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        number: u64,
        content: &Content,
        new: UserId,
        begun: Instant,
    ) -> Result<Done, StoreError> {
        let now = self.scope.now;
        let (outcome, id, changed) = match self.bring(directory, content, new, begun).await {
            Ok((outcome, change)) => {
                let id = change.user.record().id.clone();
                (outcome, Some(id), change.changed)
            }
            Err(ChangeError::Store(error)) => return Err(error),
            Err(ChangeError::Refused(error)) => {
                self.log_refusal(directory, content, &error, begun, now)
                    .await?;
                let outcome = Outcome::Refused(error.to_string());
                (outcome, None, Vec::new())
            }
        };
        Ok(Done {
            number,
            name: content.name.clone(),
            id,
            changed,
            outcome,
        })
    }

    async fn bring(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        content: &Content,
        new: UserId,
        begun: Instant,
    ) -> Result<(Outcome, UserChange), ChangeError> {
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
            return Ok((Outcome::Created, change));
        };
        let origin = user.origin;
        let mut change = UserChange::of(user, patch, of, now)?;
        change.user.origin = Origin::Provisioned;
        if change.changed.is_empty() {
            if origin == Origin::JustInTime {
                directory.replace_user(&change.user).await?;
            }
            return Ok((Outcome::Unchanged, change));
        }
        change.keep(directory, begun, now).await?;
        Ok((Outcome::Updated, change))
    }

    /// The user that a row is about, if there is one.
    async fn find(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        content: &Content,
    ) -> Result<Option<UserRecord>, ChangeError> {
        let attribute = self.by.attribute();
        let refuse = |expected: String| ScimError::value(attribute, expected);
        let key = content.key.as_deref();
        let nothing = "a value, since users are matched by it";
        let key = key.ok_or_else(|| refuse(nothing.to_owned()))?;
        let query = naming(&self.view, ResourceKind::User, attribute, key)?;
        let mut found = directory.users(&query).await?.resources;
        if self.by == Match::UserName {
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
        content: &Content,
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
        entry.subject = content.name.as_deref().map(short);
        entry.scim_type = error.scim_type().map(str::to_owned);
        entry.detail = Some(error.to_string());
        let appended = directory.append_log(&entry).await;
        appended.map_err(StoreError::new)
    }
}

/// Each row with the id that its user gets if it is new. Ids are drawn before the transaction: a store may run its work again, which
/// must do the same then.
fn numbered(rows: Vec<Row>) -> Result<Vec<(Row, UserId)>, CliError> {
    let numbered = rows
        .into_iter()
        .map(|row| Ok((row, UserId::from_random(random::bytes()?))));
    numbered.collect()
}

/// A name as the log keeps it: nobody's is longer.
fn short(name: &str) -> String {
    name.chars().take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Connection;
    use crate::scim::Schemas;
    use crate::store::SqliteStore;
    use crate::trust::put_connection;

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
            content: Ok(Content {
                key: Some(name.to_owned()),
                name: Some(name.to_owned()),
                patch: patch(
                    &[json!({"op": "add", "path": "userName", "value": name})],
                    of,
                ),
            }),
        });
        let upsert = Upsert {
            scope: Scope::of(&acme, now),
            view: View::new(std::sync::Arc::clone(&schemas), "https://app.example"),
            by: Match::UserName,
            dry_run: true,
        };
        let (rows, begun) = (numbered(rows.to_vec()).unwrap(), Instant::now());
        let run = async || {
            let (upsert, rows, scope) = (upsert.clone(), rows.clone(), upsert.scope.clone());
            let undone = transact(&store, &scope, move |directory| {
                Box::pin(async move { upsert.all(directory, rows, begun).await })
            });
            match undone.await {
                Err(Undone::DryRun(done)) => done,
                _ => panic!("a dry run keeps nothing"),
            }
        };
        let first = run().await;
        assert_eq!(run().await, first);
        assert!(first.iter().all(|done| done.outcome == Outcome::Created));
        assert_ne!(first[0].id, first[1].id);
    }
}
