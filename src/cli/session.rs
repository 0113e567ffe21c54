//! `entrada session`: who is signed in, and signing people out.

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::consent::Consent;
use super::error::CliError;
use super::output::Report;
use super::output::counted;
use super::output::list;
use super::provisioning_log::time;
use super::site::Site;
use crate::admin::effects;
use crate::admin::sessions;
use crate::admin::sessions::Revoked;
use crate::admin::sessions::SessionListed;
use crate::admin::sessions::WhoseSessions;
use crate::connection::ConnectionId;
use crate::session::Device;
use crate::session::SessionId;

/// List live sessions, or end them
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Session {
    List(List),
    Revoke(Revoke),
}

const HELP: &str = "\
Examples:
  entrada session list --connection acme
  entrada session revoke 0123456789abcdef --yes

Exit codes:
  0  done
  2  wrong usage, or no such session
  4  the store does not answer";

impl Session {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        match self {
            Session::List(command) => command.run(&site),
            Session::Revoke(command) => command.run(&site),
        }
    }
}

/// List live sessions, newest first
#[derive(clap::Args)]
#[command(after_help = LIST_HELP)]
pub(super) struct List {
    /// Only those of this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// Only those of this person
    #[arg(long, value_name = "NAMEID")]
    name_id: Option<String>,
    /// Only those of this user of the directory, by userName or id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
}

const LIST_HELP: &str = "\
Examples:
  entrada session list
  entrada session list --user ada@example.com
  entrada session list --json | jq -r '.sessions[].id'

Exit codes:
  0  printed
  2  wrong usage, or no such user
  4  the store does not answer";

impl List {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let whose = WhoseSessions {
            connection: self.connection,
            name_id: self.name_id,
            user: self.user,
            limit: self.limit,
        };
        let sessions = site.run(sessions::list(site.admin(), &whose))?;
        let text = lines(&sessions, "Nobody is signed in.");
        Ok(Report::new(text, &json!({ "sessions": sessions })))
    }
}

pub(super) fn lines(sessions: &[SessionListed], none: &str) -> String {
    list(sessions, none, |session| {
        let Device { address, agent } = &session.device;
        let address = address.as_deref().unwrap_or("-");
        let device = match agent {
            Some(agent) => format!("{address} {agent}").into(),
            None => address.into(),
        };
        [
            session.id.as_str().into(),
            session.connection.as_str().into(),
            session.name_id.value.as_str().into(),
            format!("since {}, until {}", session.opened, session.expires).into(),
            format!("last seen {}", time(session.last_seen)).into(),
            device,
        ]
    })
}

/// End sessions: the next request of each person has to sign on again
#[derive(clap::Args)]
#[command(after_help = REVOKE_HELP)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true).args(["ids", "connection", "name_id", "user", "all"])))]
pub(super) struct Revoke {
    /// The sessions, by their ids
    #[arg(value_name = "ID", conflicts_with_all = ["connection", "name_id", "user", "all"])]
    ids: Vec<SessionId>,
    /// All of this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// All of this person
    #[arg(long, value_name = "NAMEID")]
    name_id: Option<String>,
    /// All of this user of the directory, by userName or id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// All
    #[arg(long, conflicts_with_all = ["connection", "name_id", "user"])]
    all: bool,
    #[command(flatten)]
    consent: Consent,
}

const REVOKE_HELP: &str = "\
Examples:
  entrada session revoke 0123456789abcdef --yes
  entrada session revoke --name-id alice@example.com --connection acme
  entrada session revoke --user ada@example.com --dry-run
  entrada session revoke --all --yes

Exit codes:
  0  ended (with a filter, even if it fits none)
  1  you said no
  2  wrong usage, no such user, no live session of an id (the others are
     ended), or neither a terminal nor --yes
  4  the store does not answer";

impl Revoke {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let by_id = !self.ids.is_empty();
        let whose = WhoseSessions {
            connection: self.connection,
            name_id: self.name_id,
            user: self.user,
            limit: None,
        };
        let would = match by_id {
            true => site.run(effects::of_session_ids(site.admin(), &self.ids))?,
            false => site.run(effects::of_sessions(site.admin(), &whose))?,
        };
        if let Some(report) = self.consent.ask("session revoke", &would)? {
            return Ok(report);
        }
        let Revoked { revoked, absent } = match by_id {
            true => site.run(sessions::revoke(site.admin(), &self.ids))?,
            false => site.run(sessions::revoke_all(site.admin(), &whose))?,
        };
        // One that ended by itself since it was listed is as good as revoked.
        if by_id && !absent.is_empty() {
            let absent: Vec<&str> = absent.iter().map(SessionId::as_str).collect();
            return Err(CliError::Usage(format!(
                "there is no live session {}",
                absent.join(", ")
            )));
        }
        let text = format!("Ended {}.", counted(revoked.len() as u64, "session"));
        Ok(Report::new(text, &json!({ "revoked": revoked })))
    }
}
