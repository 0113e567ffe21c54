//! `entrada log`: what those who provision did and tried, and what happened to people, sessions and trust. It answers the question that admins ask: why was this user not
//! provisioned?

mod answer;
mod event_line;
mod events;
mod follow;
mod line;
mod words;

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use serde_json::json;

use self::answer::Answer;
pub(super) use self::event_line::EventLine;
pub(super) use self::event_line::Names;
pub(super) use self::event_line::interleaved;
use self::events::About;
use self::events::Asked;
pub(super) use self::line::Line;
pub(super) use self::line::time;
use super::Globals;
use super::duration::Since;
use super::error::CliError;
use super::output::Report;
use super::output::printable;
use super::site::Site;
use crate::connection::ConnectionId;
use crate::event::EventKind;
use crate::event::EventPart;
use crate::event::EventQuery;
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
  entrada log --kind sign-on-refused --since 24h

Events stand among the entries, by time: people and groups that came, changed
and went, sign-ons, refusals, sessions that ended and why. With --json they
have a list of their own, events; each has a kind, which an entry has not.
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
        let query = self.query(&site)?;
        let about = About::of(&site, self.connection.as_ref(), self.subject.as_deref())?;
        let asked = Asked {
            log: self.kind.is_none().then_some(query),
            events: self.event_query(site.now()),
            about,
            outcome: self.outcome,
        };
        let (entries, events) = asked.latest(&site)?;
        let answers = match &self.subject {
            Some(subject) => answer::answers(&site, self.connection.as_ref(), subject)?,
            None => Vec::new(),
        };
        if self.follow {
            return follow::follow(&site, asked, &entries, &events, &answers, globals.json);
        }
        let lines: Vec<Line> = entries.iter().map(Line::of).collect();
        let events = events::lines(&site, &events)?;
        let text = text(&lines, &events, &answers);
        let mut json = json!({ "entries": lines, "events": events });
        if self.subject.is_some() {
            json["answers"] = json!(answers);
        }
        Ok(Report::new(text, &json))
    }

    fn event_query(&self, now: Timestamp) -> EventQuery {
        let kind = self.kind.as_deref().and_then(EventKind::named);
        let refused = (self.outcome == Some(Outcome::Refused)).then_some(EventKind::SignOnRefused);
        EventQuery {
            connection: self.connection.clone(),
            kind: kind.or(refused),
            since: self.since.map(|since| since.moment(now)),
            part: EventPart::Latest,
            limit: self.limit,
            ..EventQuery::default()
        }
    }

    fn query(&self, site: &Site) -> Result<LogQuery, CliError> {
        let subject = self.subject.as_deref();
        let subject = subject.map(|name| events::subject(site, self.connection.as_ref(), name));
        let outcome = self.outcome.map(|outcome| match outcome {
            Outcome::Done => LogOutcome::Done,
            Outcome::Refused => LogOutcome::Refused,
        });
        Ok(LogQuery {
            connection: self.connection.clone(),
            subject: subject.transpose()?,
            outcome,
            overlooked: false,
            since: self.since.map(|since| since.moment(site.now())),
            after: None,
            limit: self.limit,
        })
    }
}

fn text(lines: &[Line], events: &[EventLine], answers: &[Answer]) -> String {
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
