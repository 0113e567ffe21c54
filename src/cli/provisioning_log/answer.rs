//! "Why was this user not provisioned?": what the log and the directory say about a name, put together.

use jiff::Timestamp;
use serde::Serialize;

use super::line::by_whom;
use super::line::time;
use super::words::reason;
use super::words::tried;
use crate::admin::people::named;
use crate::cli::error::CliError;
use crate::cli::site::Site;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::session::LastSignOnOf;
use crate::site::mend;

/// What became of a name over one connection.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(super) struct Answer {
    connection: ConnectionId,
    verdict: Verdict,
    /// The last sign-on, if the directory turned the person away.
    sign_on_refused: Option<Refused>,
    pub(super) text: String,
}

/// A sign-on that the directory refused.
#[derive(Serialize, Clone, PartialEq, Debug)]
struct Refused {
    at: Timestamp,
    code: String,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// It is in the directory.
    Present,
    /// It is in the directory, and may not sign on.
    Inactive,
    /// It is there under another name.
    Renamed,
    /// It was there.
    Deleted,
    /// Creating or changing it was refused.
    Refused,
    /// The client looked for it, and then did not create it.
    LookedUp,
    /// The client never mentioned it.
    NeverAskedFor,
    /// The client has no valid credentials.
    NoCredentials,
    /// No client has ever come.
    NobodyCame,
}

/// What is known about a name over one connection.
struct Facts {
    connection: ConnectionId,
    subject: String,
    /// Entries about the name, the latest first.
    entries: Vec<LogEntry>,
    /// Those who made the entries.
    by: Vec<Option<String>>,
    /// The latest entry about anybody.
    latest: Option<LogEntry>,
    /// When the log begins.
    begins: Option<Timestamp>,
    /// When it was created, and whether it may sign on, if it is there.
    present: Option<(Timestamp, bool)>,
    /// The name that it has now, if it is there under another one.
    renamed: Option<String>,
    /// The last sign-on, if it was refused.
    refused: Option<Refused>,
}

/// What became of a name, over one connection or all; of several, those that know it.
pub(super) fn answers(
    site: &Site,
    connection: Option<&ConnectionId>,
    subject: &str,
) -> Result<Vec<Answer>, CliError> {
    let mut all = Vec::new();
    for connection in site.connections(connection)? {
        all.push(Facts::gather(site, &connection, subject)?);
    }
    if all.iter().any(Facts::know_it) {
        all.retain(Facts::know_it);
    }
    Ok(all.iter().map(Facts::answer).collect())
}

impl Facts {
    fn gather(site: &Site, connection: &Connection, subject: &str) -> Result<Facts, CliError> {
        let id = connection.id();
        let read = |query: LogQuery| {
            let query = LogQuery {
                connection: Some(id.clone()),
                ..query
            };
            site.ask(|store| store.log(&query))
        };
        let about = read(LogQuery {
            subject: Some(subject.to_owned()),
            ..LogQuery::default()
        })?;
        let latest = read(LogQuery {
            limit: 1,
            ..LogQuery::default()
        })?;
        let earliest = read(LogQuery {
            limit: 1,
            after: Some(0),
            ..LogQuery::default()
        })?;
        let present = present(site, connection, subject)?;
        let by = about.iter().map(by_whom).collect();
        let entries: Vec<LogEntry> = about.into_iter().map(|logged| logged.entry).collect();
        let renamed = match present {
            Some(_) => None,
            None => renamed(site, id, &entries)?,
        };
        let first = |logged: Vec<LoggedEntry>| logged.into_iter().next().map(|one| one.entry);
        Ok(Facts {
            connection: id.clone(),
            subject: subject.to_owned(),
            entries,
            by,
            latest: first(latest),
            begins: first(earliest).map(|entry| entry.at),
            present,
            renamed,
            refused: refused(site, id, subject)?,
        })
    }

    fn know_it(&self) -> bool {
        self.present.is_some() || !self.entries.is_empty() || self.refused.is_some()
    }

    fn answer(&self) -> Answer {
        let (verdict, mut text) = self.told();
        if let Some(Refused { at, code }) = &self.refused {
            let (at, mend) = (time(*at), mend(code));
            text.push_str(&format!(
                " The last sign-on, at {at}, was refused [{code}]: {mend}"
            ));
        }
        Answer {
            connection: self.connection.clone(),
            verdict,
            sign_on_refused: self.refused.clone(),
            text,
        }
    }

    fn told(&self) -> (Verdict, String) {
        let (subject, connection) = (&self.subject, &self.connection);
        if let Some((created, active)) = self.present {
            return self.told_of_present(created, active);
        }
        if let Some(name) = &self.renamed {
            let text = format!(
                "{subject} is in the directory of {connection} under another name: {name}."
            );
            return (Verdict::Renamed, text);
        }
        let gone = self.latest_of(|entry| is_done(entry) && is_change(entry));
        let refused = self.latest_of(|entry| !is_done(entry) && is_change(entry));
        let refused = refused.filter(|(refused, _)| {
            let later = |(gone, _): &(&LogEntry, String)| refused.at > gone.at;
            gone.as_ref().is_none_or(later)
        });
        match (gone, refused) {
            (Some((gone, by)), None) => self.told_of_gone(gone, by),
            (_, Some((refused, by))) => (
                Verdict::Refused,
                format!(
                    "{subject} is not in the directory of {connection}: {} it was refused at {}, {by}: {}.",
                    tried(refused.operation),
                    time(refused.at),
                    reason(refused)
                ),
            ),
            _ => self.told_of_unknown(),
        }
    }

    fn told_of_present(&self, created: Timestamp, active: bool) -> (Verdict, String) {
        let (subject, connection) = (&self.subject, &self.connection);
        let since = time(created);
        let (verdict, mut text) = match active {
            true => (
                Verdict::Present,
                format!("{subject} is in the directory of {connection} since {since}."),
            ),
            false => (
                Verdict::Inactive,
                format!(
                    "{subject} is in the directory of {connection} since {since}, but not active: it may not sign on{}.",
                    self.deactivated()
                ),
            ),
        };
        let latest = self.latest_of(is_change);
        if let Some((entry, by)) = latest.filter(|(entry, _)| !is_done(entry)) {
            let (tried, at, why) = (tried(entry.operation), time(entry.at), reason(entry));
            text.push_str(&format!(
                " Since then, {tried} it was refused at {at}, {by}: {why}."
            ));
        }
        (verdict, text)
    }

    /// Who changed `active` last.
    fn deactivated(&self) -> String {
        let change = |entry: &LogEntry| {
            let mut changed = entry.changed.iter();
            is_done(entry) && changed.any(|name| name == "active")
        };
        match self.latest_of(change) {
            Some((entry, by)) => format!(" since {}, {by}", time(entry.at)),
            None => String::new(),
        }
    }

    fn told_of_gone(&self, gone: &LogEntry, by: String) -> (Verdict, String) {
        let (subject, connection, at) = (&self.subject, &self.connection, time(gone.at));
        let text = match gone.operation {
            LogOperation::Delete => {
                format!("{subject} was deleted from the directory of {connection} at {at}, {by}.")
            }
            _ => format!(
                "{subject} was in the directory of {connection} at {at}, and is not there any more."
            ),
        };
        (Verdict::Deleted, text)
    }

    fn told_of_unknown(&self) -> (Verdict, String) {
        let (subject, connection) = (&self.subject, &self.connection);
        let begins = self.begins.map(time).unwrap_or_default();
        if let Some((entry, by)) = self.latest_of(|_| true) {
            let times = self.entries.len();
            let text = format!(
                "{subject} was looked up over {connection} ({times} time{}, last at {}, {by}), found in vain, and never created. In Entra, see whether the user is assigned and in scope, and \"Create\" is among the target object actions; \"Provision on demand\" says which.",
                if times == 1 { "" } else { "s" },
                time(entry.at)
            );
            return (Verdict::LookedUp, text);
        }
        match &self.latest {
            None => (
                Verdict::NobodyCame,
                format!(
                    "{subject} was never asked for: no request over {connection} is in the log. In Entra, see that provisioning is on, and the Tenant URL leads here."
                ),
            ),
            Some(latest) if latest.status == 401 => (
                Verdict::NoCredentials,
                format!(
                    "{subject} was never asked for, and the latest request over {connection}, at {}, had no valid credentials: see entrada token list, and the Secret Token in Entra.",
                    time(latest.at)
                ),
            ),
            Some(latest) => (
                Verdict::NeverAskedFor,
                format!(
                    "{subject} was never asked for over {connection}, whose log begins at {begins}; the latest entry is of {}. In Entra, see whether the user is assigned to the app and in scope.",
                    time(latest.at)
                ),
            ),
        }
    }

    fn latest_of(&self, wanted: impl Fn(&LogEntry) -> bool) -> Option<(&LogEntry, String)> {
        let mut entries = self.entries.iter().zip(&self.by);
        let (entry, by) = entries.find(|(entry, _)| wanted(entry))?;
        let by = match by.as_deref() {
            Some("cli") => "by a command on the spot".to_owned(),
            Some(id) => format!("by the token {id}"),
            None => "by a caller without valid credentials".to_owned(),
        };
        Some((entry, by))
    }
}

/// The last sign-on of whoever has this name on either side, if it was refused.
fn refused(
    site: &Site,
    connection: &ConnectionId,
    subject: &str,
) -> Result<Option<Refused>, CliError> {
    let mut asked = vec![LastSignOnOf::Name(subject.to_owned())];
    for (user, _) in site.run(named::<UserRecord>(site.admin(), Some(connection), subject))? {
        asked.push(LastSignOnOf::User(user.id()));
    }
    let mut all = Vec::new();
    for of in asked {
        all.extend(site.ask(|store| store.last_sign_ons(connection, &of))?);
    }
    let last = all.into_iter().max_by_key(|last| last.at);
    Ok(last.and_then(|last| {
        let code = last.refused?;
        Some(Refused { at: last.at, code })
    }))
}

fn is_done(entry: &LogEntry) -> bool {
    entry.status < 400
}

fn is_change(entry: &LogEntry) -> bool {
    !matches!(
        entry.operation,
        LogOperation::Search | LogOperation::Read | LogOperation::Other
    )
}

/// When a user or group of this name was created, and whether it may be used, if it is there.
fn present(
    site: &Site,
    connection: &Connection,
    subject: &str,
) -> Result<Option<(Timestamp, bool)>, CliError> {
    let id = Some(connection.id());
    if let Some((user, _)) = site
        .run(named::<UserRecord>(site.admin(), id, subject))?
        .pop()
    {
        let record = user.record();
        return Ok(Some((record.created, record.resource.is_active())));
    }
    let group = site
        .run(named::<GroupRecord>(site.admin(), id, subject))?
        .pop();
    Ok(group.map(|(group, _)| (group.record().created, true)))
}

/// The name that a user has now about whom there are entries under an earlier one.
fn renamed(
    site: &Site,
    connection: &ConnectionId,
    entries: &[LogEntry],
) -> Result<Option<String>, CliError> {
    let changed = entries
        .iter()
        .find(|entry| is_done(entry) && is_change(entry));
    let id = changed.and_then(|entry| entry.resource.as_deref()?.parse().ok());
    let Some(id) = id else {
        return Ok(None);
    };
    let user = site.directory(|store| store.user(connection, &id))?;
    Ok(user.and_then(|user| user.record().resource.user_name().map(str::to_owned)))
}
