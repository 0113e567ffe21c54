//! The commands about one user: `entrada user show`, `deactivate`, `delete` and `unlink`.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::json;

use crate::admin::effects;
use crate::admin::effects::Effects;
use crate::admin::people;
use crate::admin::people::Unlinked;
use crate::admin::people::UserChange;
use crate::cli::consent::Consent;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::json_lines;
use crate::cli::output::printable;
use crate::cli::output::rows;
use crate::cli::session::lines;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::connection::LinkRule;
use crate::directory::UserRecord;
use crate::session::Subject;

/// The user that a command is about.
#[derive(clap::Args)]
struct Named {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

/// Show a user as SCIM clients see it, with its groups, whom it is tied to, and its live sessions
#[derive(clap::Args)]
#[command(after_help = SHOW_HELP)]
pub(in crate::cli) struct Show {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const SHOW_HELP: &str = "\
Examples:
  entrada user show ada@example.com
  entrada user show ada@example.com --connection acme --json | jq .user.groups

Exit codes:
  0  printed
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Show {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let base_url = self.base_url.of(site)?;
        let Named { user, connection } = &self.named;
        let shown = people::user(site.admin(), connection.as_ref(), user, base_url.get());
        let shown = site.run(shown)?;
        let facts = [
            ("Connection", shown.connection.as_str().into()),
            ("Origin", shown.origin.into()),
            ("Tied to", tied(shown.link_rule, shown.subject.as_ref())),
            ("Sessions", shown.sessions.len().to_string().into()),
        ];
        let text = rows(0, facts) + &lines(&shown.sessions, "") + &json_lines(&shown.user);
        Ok(Report::new(text, &json!(shown)).notes(base_url.warning()))
    }
}

/// The person that a user is tied to, in words. By object id nothing is remembered, and an older tie does not count.
pub(super) fn tied(rule: LinkRule, subject: Option<&Subject>) -> Cow<'_, str> {
    match (rule, subject) {
        (LinkRule::ObjectId, None) => "by externalId, nothing remembered".into(),
        (LinkRule::ObjectId, Some(subject)) => format!(
            "by externalId; {}, remembered under another rule, does not count",
            subject.as_str()
        )
        .into(),
        (_, Some(subject)) => subject.as_str().into(),
        (_, None) => "nobody".into(),
    }
}

/// Deactivate a user: it may not sign on any more
#[derive(clap::Args)]
#[command(after_help = DEACTIVATE_HELP)]
pub(in crate::cli) struct Deactivate {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    consent: Consent,
}

const DEACTIVATE_HELP: &str = "\
Examples:
  entrada user deactivate ada@example.com
  entrada user deactivate ada@example.com --connection acme --yes

The change is that of a SCIM PATCH with active=false: the user gets its next
version, and the provisioning log says that it was done here. Entra hears
nothing of it; unassign the user there too, or Entra may activate it again.
You are asked where it ends sessions.

Exit codes:
  0  deactivated, now or before
  1  you said no
  2  wrong usage, no such user, several of this name, or neither a terminal
     nor --yes
  4  the store does not answer";

impl Deactivate {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let Named { user, connection } = &self.named;
        let would = Effects {
            users: 0,
            ..site.run(effects::of_user(site.admin(), connection.as_ref(), user))?
        };
        let command = format!("user deactivate {}", printable(user));
        if let Some(report) = self.consent.ask(&command, &would)? {
            return Ok(report);
        }
        let change = people::deactivate(site.admin(), connection.as_ref(), user);
        let UserChange { user, changed, .. } = site.run(change)?;
        let changed = !changed.is_empty();
        let json = json!({
            "active": false,
            "changed": changed,
            "version": user.record().version.0,
        });
        Ok(report(&user, json, |name| match changed {
            true => format!("Deactivated {name}."),
            false => format!("{name} was not active before."),
        }))
    }
}

/// Delete a user: its name is free for another person, and its sessions end
#[derive(clap::Args)]
#[command(after_help = DELETE_HELP)]
pub(in crate::cli) struct Delete {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    consent: Consent,
}

const DELETE_HELP: &str = "\
Examples:
  entrada user delete ada@example.com --dry-run
  entrada user delete ada@example.com --connection acme --yes

The change is that of a SCIM DELETE: memberships, the tie to a person and
all sessions go with the user, in one step, and the provisioning log says
that it was done here. Entra hears nothing of it: while the person is
assigned there, it makes the user anew. Where --sign-on is just-in-time, so
does the next sign-on: to keep somebody out, deactivate the user.

Exit codes:
  0  deleted
  1  you said no
  2  wrong usage, no such user, several of this name, or neither a terminal
     nor --yes
  4  the store does not answer";

impl Delete {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let Named { user, connection } = &self.named;
        let would = site.run(effects::of_user(site.admin(), connection.as_ref(), user))?;
        let command = format!("user delete {}", printable(user));
        if let Some(report) = self.consent.ask(&command, &would)? {
            return Ok(report);
        }
        let user = site.run(people::delete(site.admin(), connection.as_ref(), user))?;
        let json = json!({ "deleted": true });
        Ok(report(&user, json, |name| format!("Deleted {name}.")))
    }
}

/// Forget which person of the identity provider a user is tied to
#[derive(clap::Args)]
#[command(after_help = UNLINK_HELP)]
pub(in crate::cli) struct Unlink {
    /// The connection that the user belongs to
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    #[command(flatten)]
    consent: Consent,
}

const UNLINK_HELP: &str = "\
Examples:
  entrada user unlink acme ada@example.com
  entrada user explain acme ada@example.com

The next person who signs on under the name that the connection's rule
compares is this user, and is tied to it. Do it for a person with a new account
at the identity provider; if the name was given to somebody else, delete the
user instead (entrada user delete). Under object-id there is nothing to forget:
change externalId. Sessions stay: entrada session revoke --user ends them. An
event, user-unlinked, tells of it.

Exit codes:
  0  forgotten, now or before
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Unlink {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let of_user = effects::of_user(site.admin(), Some(&self.connection), &self.user);
        site.run(of_user)?;
        let command = format!("user unlink {}", printable(&self.user));
        if let Some(report) = self.consent.ask(&command, &Effects::default())? {
            return Ok(report);
        }
        let unlinked = people::unlink(site.admin(), Some(&self.connection), &self.user);
        let Unlinked { user, was_tied } = site.run(unlinked)?;
        let json = json!({ "unlinked": was_tied });
        Ok(report(&user, json, |name| match was_tied {
            true => format!("{name} is tied to nobody any more."),
            false => format!("{name} was tied to nobody."),
        }))
    }
}

/// The report of a change: a sentence about the user, and the names of the user beside the facts in JSON.
fn report(user: &UserRecord, mut json: Value, sentence: impl FnOnce(&str) -> String) -> Report {
    let record = user.record();
    let user_name = record.resource.user_name();
    json["id"] = json!(record.id);
    json["connection"] = json!(user.connection);
    json["user_name"] = json!(user_name);
    let name = user_name.unwrap_or(&record.id);
    Report::new(sentence(&format!("{name} of {}", user.connection)), &json)
}
