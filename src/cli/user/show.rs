//! `entrada user show`.

use serde_json::json;

use super::origin;
use super::tied as told;
use crate::cli::Globals;
use crate::cli::directory::failed;
use crate::cli::directory::one;
use crate::cli::directory::view;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::json_lines;
use crate::cli::output::rows;
use crate::cli::session::Listed;
use crate::cli::session::lines;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::Scope;
use crate::directory::UserRecord;
use crate::session::SessionFilter;
use crate::session::Subject;
use crate::session::subject_of;

/// Show a user as SCIM clients see it, with its groups, whom it is tied to, and its live sessions
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Show {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada user show ada@example.com
  entrada user show ada@example.com --connection acme --json | jq .user.groups

Exit codes:
  0  printed
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Show {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let (user, connection) = one::<UserRecord>(&site, self.connection.as_ref(), &self.user)?;
        let ids = [user.id()];
        let groups = site.wait(|store| store.groups_of(connection.id(), &ids));
        let groups = groups.map_err(failed)?.pop().unwrap_or_default();
        let base_url = self.base_url.of(&site)?;
        let document = view(&connection, base_url.get()).user(&user, Some(&groups));
        let now = site.now();
        let scope = Scope::of(&connection, now);
        let tied = site.ask(|store| subject_of(store, &scope, user.id()))?;
        let filter = SessionFilter {
            connection: Some(connection.id().clone()),
            user: Some(user.id()),
            ..SessionFilter::default()
        };
        let sessions = site.ask(|store| store.sessions(&filter, now))?;
        let sessions: Vec<_> = sessions.into_iter().map(Listed::from).collect();
        let facts = [
            ("Connection", connection.id().as_str().into()),
            ("Origin", origin(user.origin).into()),
            ("Tied to", told(connection.link_rule(), tied.as_ref())),
            ("Sessions", sessions.len().to_string().into()),
        ];
        let text = rows(0, facts) + &lines(&sessions) + &json_lines(&document);
        let json = json!({
            "connection": connection.id(),
            "origin": origin(user.origin),
            "subject": tied.as_ref().map(Subject::as_str),
            "sessions": sessions,
            "user": document,
        });
        Ok(Report::new(text, &json).notes(base_url.warning()))
    }
}
