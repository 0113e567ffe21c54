//! `entrada user delete`.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::Globals;
use crate::cli::directory::Failed;
use crate::cli::directory::log_entry;
use crate::cli::directory::one;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::DirectoryTransaction;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::transact;
use crate::provisioning::LogOperation;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// Delete a user: its name is free for another person, and its sessions end
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Delete {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

const HELP: &str = "\
Examples:
  entrada user delete ada@example.com
  entrada user delete ada@example.com --connection acme --json

The change is that of a SCIM DELETE: memberships, the tie to a person and
all sessions go with the user, in one step, and the provisioning log says
that it was done here. Entra hears nothing of it: while the person is
assigned there, it makes the user anew. Where --sign-on is just-in-time, so
does the next sign-on: to keep somebody out, deactivate the user.

Exit codes:
  0  deleted
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Delete {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let begun = Instant::now();
        let site = Site::open(globals)?;
        let (user, connection) = one::<UserRecord>(&site, self.connection.as_ref(), &self.user)?;
        let id = user.id();
        let scope = Scope::of(&connection, site.now());
        let now = scope.now;
        let done = site.wait(|store| {
            transact(store, &scope, move |directory| {
                Box::pin(delete(directory, id, begun, now))
            })
        });
        let user = done.map_err(|error| match error {
            Failed::Refused(error) => CliError::Usage(error.to_string()),
            Failed::Store(error) => CliError::Io(error.to_string()),
        })?;
        let record = user.record();
        let name = record.resource.user_name().unwrap_or(&record.id);
        let text = format!("Deleted {name} of {}.", user.connection);
        let json = json!({
            "id": record.id,
            "connection": user.connection,
            "user_name": record.resource.user_name(),
            "deleted": true,
        });
        Ok(Report::new(text, &json))
    }
}

async fn delete(
    directory: &mut DirectoryTransaction<'_>,
    id: UserId,
    begun: Instant,
    now: Timestamp,
) -> Result<UserRecord, Failed> {
    let user = directory.user(&id).await?;
    let user = user.ok_or_else(|| ScimError::no_resource(ResourceKind::User, &id.to_string()))?;
    directory.delete_user(&id).await?;
    let connection = &user.connection;
    let mut entry = log_entry(connection, LogOperation::Delete, 204, begun.elapsed(), now);
    entry.about(&user);
    directory.append_log(&entry.0).await?;
    Ok(user)
}
