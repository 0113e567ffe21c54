//! `entrada log`: what those who provision did and tried, and what happened to people, sessions and trust.

mod follow;
mod lines;

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use serde_json::json;

pub(super) use self::lines::interleaved;
use super::Globals;
use super::duration::Since;
use super::error::CliError;
use super::output::Report;
use super::output::printable;
use super::site::Site;
use crate::admin::log;
use crate::admin::log::EventLine;
use crate::admin::log::LogLine;
use crate::admin::log::LogQuestion;
use crate::admin::log::SubjectAnswer;
pub(super) use crate::admin::log::time;
use crate::connection::ConnectionId;
use crate::event::EventKind;
use crate::provisioning::LogOutcome;
use crate::provisioning::LogQuery;

/// Read the provisioning log and the events: who did what to whom, who signed on or was turned away
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Log {
    /// Only what happened over this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// Only what is about this userName, displayName or value that was looked for; says in words what became of it
    #[arg(long, value_name = "NAME", visible_alias = "user")]
    subject: Option<String>,
    /// Only what happened since a time (RFC 3339), or since so long ago (2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    since: Option<Since>,
    /// Only what ended so
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<Outcome>,
    /// Only events of this kind, such as session-ended; without entries of the provisioning log
    #[arg(long, value_name = "KIND", value_parser = kind())]
    kind: Option<String>,
    /// At most so many entries, and as many events, the latest
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
    /// Requests that were done
    Done,
    /// Requests that were refused
    Refused,
}

const HELP: &str = "\
Examples:
  entrada log --subject ada@example.com
  entrada log --connection acme --outcome refused --since 24h
  entrada log --follow
  entrada log --follow --json | jq -r .text
  entrada log --kind sign-on-refused --since 24h

Events stand among the entries, by time: people and groups that came, changed
and went, sign-ons, refusals, sessions that ended and why, settings that were
changed. With --json they have a list of their own, events; each has a kind,
which an entry has not. With --follow, --json prints one document a line. What
was done by a command on this machine has the credential cli; an event of it
is by cli.

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

impl Log {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let question = self.question(&site);
        let page = site.run(log::latest(site.admin(), &question))?;
        if self.follow {
            return follow::follow(&site, page, globals.json);
        }
        let (lines, events) = (&page.part.entries, &page.part.events);
        let text = text(lines, events, &page.answers);
        let mut json = json!({ "entries": lines, "events": events });
        if self.subject.is_some() {
            json["answers"] = json!(page.answers);
        }
        Ok(Report::new(text, &json))
    }

    fn question(&self, site: &Site) -> LogQuestion {
        LogQuestion {
            connection: self.connection.clone(),
            subject: self.subject.clone(),
            since: self.since.map(|since| since.moment(site.now())),
            outcome: self.outcome.map(|outcome| match outcome {
                Outcome::Done => LogOutcome::Done,
                Outcome::Refused => LogOutcome::Refused,
            }),
            kind: self.kind.as_deref().and_then(EventKind::named),
            limit: self.limit,
        }
    }
}

fn text(lines: &[LogLine], events: &[EventLine], answers: &[SubjectAnswer]) -> String {
    let mut text = match (lines, events, answers) {
        ([], [], []) => "The log has no such entries.\n".to_owned(),
        (lines, events, _) => interleaved(lines, events),
    };
    for answer in answers {
        text.push_str(&printable(&answer.text));
        text.push('\n');
    }
    text
}

/// The kinds of events that are kept, by their names.
fn kind() -> PossibleValuesParser {
    let kept = EventKind::ALL.iter().filter(|kind| kind.is_kept());
    PossibleValuesParser::new(kept.map(|kind| kind.name()))
}
