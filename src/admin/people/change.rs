//! A change of a user by those who run the site: a PATCH, and its entry in the provisioning log, in one transaction.

use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::admin::AdminError;
use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::UserRecord;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::scim::PATCH_OP;
use crate::scim::PatchRequest;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::scim::ScimError;

#[derive(Debug)]
pub(in crate::admin) enum ChangeError {
    Refused(ScimError),
    Store(StoreError),
}

impl From<ScimError> for ChangeError {
    fn from(error: ScimError) -> ChangeError {
        ChangeError::Refused(error.cause())
    }
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> ChangeError {
        ChangeError::Store(error)
    }
}

impl From<ChangeError> for AdminError {
    fn from(error: ChangeError) -> AdminError {
        match error {
            ChangeError::Refused(error) => AdminError::Refused(error),
            ChangeError::Store(error) => AdminError::Store(error),
        }
    }
}

impl From<DirectoryError> for ChangeError {
    fn from(error: DirectoryError) -> ChangeError {
        match error {
            DirectoryError::Store(error) => ChangeError::Store(error),
            error => ChangeError::Refused(error.to_scim()),
        }
    }
}

/// A user after a change.
#[derive(Clone, PartialEq, Debug)]
pub struct UserChange {
    /// The user now.
    pub user: UserRecord,
    /// The attributes that have another value than before.
    pub changed: Vec<String>,
    /// Names that were given and no schema has.
    pub overlooked: Vec<String>,
}

pub(in crate::admin) fn patch(
    operations: &[Value],
    of: &ResourceType,
) -> Result<PatchRequest, ScimError> {
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    PatchRequest::parse(body, of).map_err(ScimError::cause)
}

impl UserChange {
    /// The user after a patch. One that changes nothing leaves the version as it is.
    pub(in crate::admin) fn of(
        user: UserRecord,
        patch: &PatchRequest,
        of: &ResourceType,
        now: Timestamp,
    ) -> Result<UserChange, ScimError> {
        let patched = patch.apply(&user.record().resource, of)?;
        let user = match patched.changed.is_empty() {
            true => user,
            false => user.changed(patched.resource, now),
        };
        Ok(UserChange {
            user,
            changed: patched.changed,
            overlooked: patch.overlooked().to_vec(),
        })
    }

    pub(in crate::admin) async fn keep(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        begun: Instant,
        now: Timestamp,
    ) -> Result<(), DirectoryError> {
        if !self.changed.is_empty() {
            directory.replace_user(&self.user).await?;
        }
        let connection = &self.user.connection;
        let mut entry = log_entry(connection, LogOperation::Patch, 200, begun.elapsed(), now);
        entry.of(self);
        directory.append_log(&entry.0).await
    }
}

/// An entry of the log on its way.
pub(in crate::admin) struct Entry(pub(in crate::admin) LogEntry);

/// The entry of what was done on the spot: it has no credential.
pub(in crate::admin) fn log_entry(
    connection: &ConnectionId,
    operation: LogOperation,
    status: u16,
    duration: Duration,
    now: Timestamp,
) -> Entry {
    Entry(LogEntry {
        connection: connection.clone(),
        at: now,
        credential: None,
        operation,
        resource_kind: Some(ResourceKind::User),
        resource: None,
        subject: None,
        status,
        scim_type: None,
        detail: None,
        changed: Vec::new(),
        overlooked: Vec::new(),
        request_id: None,
        duration,
    })
}

impl Entry {
    pub(in crate::admin) fn about(&mut self, user: &UserRecord) {
        let record = user.record();
        self.0.resource = Some(record.id.clone());
        self.0.subject = record.resource.user_name().map(str::to_owned);
    }

    pub(in crate::admin) fn of(&mut self, change: &UserChange) {
        self.about(&change.user);
        self.0.changed.clone_from(&change.changed);
        self.0.overlooked.clone_from(&change.overlooked);
    }
}
