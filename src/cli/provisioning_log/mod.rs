//! `entrada log`: what those who provision did and tried. It answers the question that admins ask: why was this user not
//! provisioned?

mod answer;
mod follow;
mod line;
mod words;

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::json;

use self::answer::Answer;
use self::line::Line;
use super::Globals;
use super::duration::Since;
use super::error::CliError;
use super::output::Report;
use super::output::printable;
use super::site::Site;
use crate::connection::ConnectionId;
use crate::provisioning::LogOutcome;
use crate::provisioning::LogQuery;

/// Read the provisioning log: who did what to whom, and with what success
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Log {
    /// Only what happened over this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// Only what is about this userName, displayName or value that was looked for; says in words what became of it
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Only what happened since a time (RFC 3339), or since so long ago (2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    since: Option<Since>,
    /// Only what ended so
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<Outcome>,
    /// At most so many entries, the latest
    #[arg(long, value_name = "NUMBER", default_value_t = LogQuery::LIMIT,
        value_parser = clap::value_parser!(u64).range(1..=ENTRIES_MOST))]
    limit: u64,
    /// Go on with what happens from now on, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

/// A report is held in memory as a whole: so many entries are some 5 MB.
const ENTRIES_MOST: u64 = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Outcome {
    /// What was done
    Done,
    /// What was refused
    Refused,
}

const HELP: &str = "\
Examples:
  entrada log --subject ada@example.com
  entrada log --connection acme --outcome refused --since 24h
  entrada log --follow
  entrada log --follow --json | jq -r .text

With --follow, --json prints one document a line. What was done by a command
on this machine has the credential cli.

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

impl Log {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        if let Some(id) = &self.connection {
            site.connection(id)?;
        }
        let query = self.query();
        let mut entries = site.ask(|store| store.log(&query))?;
        // The store has the latest first; people read towards them.
        entries.reverse();
        let answers = match &self.subject {
            Some(subject) => answer::answers(&site, self.connection.as_ref(), subject)?,
            None => Vec::new(),
        };
        if self.follow {
            return follow::follow(&site, query, &entries, &answers, globals.json);
        }
        let lines: Vec<Line> = entries.iter().map(Line::of).collect();
        let text = text(&lines, &answers);
        let mut json = json!({ "entries": lines });
        if self.subject.is_some() {
            json["answers"] = json!(answers);
        }
        Ok(Report::new(text, &json))
    }

    fn query(&self) -> LogQuery {
        let outcome = self.outcome.map(|outcome| match outcome {
            Outcome::Done => LogOutcome::Done,
            Outcome::Refused => LogOutcome::Refused,
        });
        LogQuery {
            connection: self.connection.clone(),
            subject: self.subject.clone(),
            outcome,
            since: self.since.map(|since| since.moment(Timestamp::now())),
            after: None,
            limit: self.limit,
        }
    }
}

fn text(lines: &[Line], answers: &[Answer]) -> String {
    let mut text = match (lines, answers) {
        ([], []) => "The log has no such entries.\n".to_owned(),
        (lines, _) => line::table(lines),
    };
    for answer in answers {
        text.push_str(&printable(&answer.text));
        text.push('\n');
    }
    text
}
