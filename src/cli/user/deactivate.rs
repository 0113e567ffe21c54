//! `entrada user deactivate`.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::Globals;
use crate::cli::directory::Change;
use crate::cli::directory::Failed;
use crate::cli::directory::inner_view;
use crate::cli::directory::one;
use crate::cli::directory::patch;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::DirectoryTransaction;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::transact;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// Deactivate a user: it may not sign on any more
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Deactivate {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

const HELP: &str = "\
Examples:
  entrada user deactivate ada@example.com
  entrada user deactivate ada@example.com --connection acme --json

The change is that of a SCIM PATCH with active=false: the user gets its next
version, and the provisioning log says that it was done here. Entra hears
nothing of it; unassign the user there too, or Entra may activate it again.

Exit codes:
  0  deactivated, now or before
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Deactivate {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let begun = Instant::now();
        let site = Site::open(globals)?;
        let (user, connection) = one::<UserRecord>(&site, self.connection.as_ref(), &self.user)?;
        let (id, view) = (user.id(), inner_view(&connection));
        let scope = Scope::of(&connection, site.now());
        let now = scope.now;
        let done = site.wait(|store| {
            transact(store, &scope, move |directory| {
                Box::pin(deactivate(directory, id, view, begun, now))
            })
        });
        let Change { user, changed, .. } = done.map_err(|error| match error {
            Failed::Refused(error) => CliError::Refused(error.to_string()),
            Failed::Store(error) => CliError::Io(error.to_string()),
        })?;
        Ok(report(&user, !changed.is_empty()))
    }
}

async fn deactivate(
    directory: &mut DirectoryTransaction<'_>,
    id: UserId,
    view: View,
    begun: Instant,
    now: Timestamp,
) -> Result<Change, Failed> {
    let of = view.schemas().resource_type(ResourceKind::User);
    let patch = patch(
        &[json!({ "op": "replace", "path": "active", "value": false })],
        of,
    )?;
    let user = directory.user(&id).await?;
    let user = user.ok_or_else(|| ScimError::no_resource(ResourceKind::User, &id.to_string()))?;
    let change = Change::of(user, &patch, of, now)?;
    change.keep(directory, begun, now).await?;
    Ok(change)
}

fn report(user: &UserRecord, changed: bool) -> Report {
    let record = user.record();
    let name = record.resource.user_name().unwrap_or(&record.id);
    let text = match changed {
        true => format!("Deactivated {name} of {}.", user.connection),
        false => format!("{name} of {} was not active before.", user.connection),
    };
    let json = json!({
        "id": record.id,
        "connection": user.connection,
        "user_name": record.resource.user_name(),
        "active": false,
        "changed": changed,
        "version": record.version.0,
    });
    Report::new(text, &json)
}
