//! A change of a user from the command line: the path of a PATCH, with the next version of the user and an entry in the
//! provisioning log in one transaction.

use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

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

/// Why a change was not made.
#[derive(Debug)]
pub(in crate::cli) enum Failed {
    /// It is refused.
    Refused(ScimError),
    /// The store failed.
    Store(StoreError),
}

impl From<ScimError> for Failed {
    fn from(error: ScimError) -> Failed {
        Failed::Refused(error.cause())
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Failed {
        Failed::Store(error)
    }
}

impl From<DirectoryError> for Failed {
    fn from(error: DirectoryError) -> Failed {
        match error {
            DirectoryError::Store(error) => Failed::Store(error),
            error => Failed::Refused(error.to_scim()),
        }
    }
}

/// What was made of a user.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::cli) struct Change {
    /// The user now.
    pub(in crate::cli) user: UserRecord,
    /// The attributes that have another value than before.
    pub(in crate::cli) changed: Vec<String>,
    /// Names that were given and no schema has.
    pub(in crate::cli) overlooked: Vec<String>,
}

/// A PatchOp of these operations.
pub(in crate::cli) fn patch(
    operations: &[Value],
    of: &ResourceType,
) -> Result<PatchRequest, ScimError> {
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    PatchRequest::parse(body, of).map_err(ScimError::cause)
}

impl Change {
    /// What a patch makes of a user. One that changes nothing leaves the version as it is.
    pub(in crate::cli) fn of(
        user: UserRecord,
        patch: &PatchRequest,
        of: &ResourceType,
        now: Timestamp,
    ) -> Result<Change, ScimError> {
        let patched = patch.apply(&user.record().resource, of)?;
        let user = match patched.changed.is_empty() {
            true => user,
            false => user.changed(patched.resource, now),
        };
        Ok(Change {
            user,
            changed: patched.changed,
            overlooked: patch.overlooked().to_vec(),
        })
    }

    /// Keeps the user, and writes the log.
    pub(in crate::cli) async fn keep(
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
pub(in crate::cli) struct Entry(pub(in crate::cli) LogEntry);

/// The entry of what was done on the spot: it has no credential.
pub(in crate::cli) fn log_entry(
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
    /// It is about this user.
    pub(in crate::cli) fn about(&mut self, user: &UserRecord) {
        let record = user.record();
        self.0.resource = Some(record.id.clone());
        self.0.subject = record.resource.user_name().map(str::to_owned);
    }

    /// It is of this change.
    pub(in crate::cli) fn of(&mut self, change: &Change) {
        self.about(&change.user);
        self.0.changed.clone_from(&change.changed);
        self.0.overlooked.clone_from(&change.overlooked);
    }
}
