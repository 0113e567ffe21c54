//! "Why was this user not provisioned?": the log and the directory about one name, put together.

use jiff::Timestamp;
use serde::Serialize;

use super::line::by_whom;
use super::line::time;
use super::words::reason;
use super::words::tried;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::connections;
use crate::admin::people::named;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::provisioning::LogQuery;
use crate::session::LastSignOnOf;
use crate::site::remedy;

/// The answer about a name over one connection.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub struct SubjectAnswer {
    /// The connection.
    pub connection: ConnectionId,
    /// The verdict.
    pub verdict: SubjectVerdict,
    /// The last sign-on, if the directory turned the person away.
    pub sign_on_refused: Option<RefusedSignOn>,
    /// The answer in words, with the remedy.
    pub text: String,
}

/// A sign-on that the directory refused.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub struct RefusedSignOn {
    /// The moment.
    pub at: Timestamp,
    /// The code of the refusal.
    pub code: String,
}

/// The state of a name over one connection.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectVerdict {
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

/// All that the store knows of a name over one connection.
struct SubjectHistory {
    connection: ConnectionId,
    subject: String,
    /// Entries about the name, the latest first.
    entries: Vec<LogEntry>,
    /// Those who made the entries.
    by: Vec<Option<String>>,
    /// The latest entry about anybody.
    latest: Option<LogEntry>,
    /// The moment of the first entry of the log.
    begins: Option<Timestamp>,
    /// The moment when it was created, and true if it may sign on, if it is there.
    present: Option<(Timestamp, bool)>,
    /// The name that it has now, if it is there under another one.
    renamed: Option<String>,
    refused: Option<RefusedSignOn>,
}

/// Answers for a name, over one connection or all; of several, those that know it.
pub(super) async fn answers(
    admin: &Admin,
    connection: Option<&ConnectionId>,
    subject: &str,
) -> Done<Vec<SubjectAnswer>> {
    let mut all = Vec::new();
    for connection in connections::all(admin, connection).await? {
        all.push(SubjectHistory::gather(admin, &connection, subject).await?);
    }
    if all.iter().any(SubjectHistory::know_it) {
        all.retain(SubjectHistory::know_it);
    }
    Ok(all.iter().map(SubjectHistory::answer).collect())
}

impl SubjectHistory {
    async fn gather(admin: &Admin, connection: &Connection, subject: &str) -> Done<SubjectHistory> {
        let (store, id) = (admin.store(), connection.id());
        let of_it = LogQuery {
            connection: Some(id.clone()),
            ..LogQuery::default()
        };
        let about = LogQuery {
            subject: Some(subject.to_owned()),
            ..of_it.clone()
        };
        let about = store.log(&about).await?;
        let latest = first(admin, &of_it, None).await?;
        let earliest = first(admin, &of_it, Some(0)).await?;
        let present = present(admin, connection, subject).await?;
        let by = about.iter().map(by_whom).collect();
        let entries: Vec<LogEntry> = about.into_iter().map(|logged| logged.entry).collect();
        let renamed = match present {
            Some(_) => None,
            None => renamed(admin, id, &entries).await?,
        };
        Ok(SubjectHistory {
            connection: id.clone(),
            subject: subject.to_owned(),
            entries,
            by,
            latest,
            begins: earliest.map(|entry| entry.at),
            present,
            renamed,
            refused: refused(admin, id, subject).await?,
        })
    }

    fn know_it(&self) -> bool {
        self.present.is_some() || !self.entries.is_empty() || self.refused.is_some()
    }

    fn answer(&self) -> SubjectAnswer {
        let (verdict, mut text) = self.told();
        if let Some(RefusedSignOn { at, code }) = &self.refused {
            let (at, remedy) = (time(*at), remedy(code));
            text.push_str(&format!(
                " The last sign-on, at {at}, was refused [{code}]: {remedy}"
            ));
        }
        SubjectAnswer {
            connection: self.connection.clone(),
            verdict,
            sign_on_refused: self.refused.clone(),
            text,
        }
    }

    fn told(&self) -> (SubjectVerdict, String) {
        let (subject, connection) = (&self.subject, &self.connection);
        if let Some((created, active)) = self.present {
            return self.told_of_present(created, active);
        }
        if let Some(name) = &self.renamed {
            let text = format!(
                "{subject} is in the directory of {connection} under another name: {name}."
            );
            return (SubjectVerdict::Renamed, text);
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
                SubjectVerdict::Refused,
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

    fn told_of_present(&self, created: Timestamp, active: bool) -> (SubjectVerdict, String) {
        let (subject, connection) = (&self.subject, &self.connection);
        let since = time(created);
        let (verdict, mut text) = match active {
            true => (
                SubjectVerdict::Present,
                format!("{subject} is in the directory of {connection} since {since}."),
            ),
            false => (
                SubjectVerdict::Inactive,
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

    fn told_of_gone(&self, gone: &LogEntry, by: String) -> (SubjectVerdict, String) {
        let (subject, connection, at) = (&self.subject, &self.connection, time(gone.at));
        let text = match gone.operation {
            LogOperation::Delete => {
                format!("{subject} was deleted from the directory of {connection} at {at}, {by}.")
            }
            _ => format!(
                "{subject} was in the directory of {connection} at {at}, and is not there any more."
            ),
        };
        (SubjectVerdict::Deleted, text)
    }

    fn told_of_unknown(&self) -> (SubjectVerdict, String) {
        let (subject, connection) = (&self.subject, &self.connection);
        let begins = self.begins.map(time).unwrap_or_default();
        if let Some((entry, by)) = self.latest_of(|_| true) {
            let times = self.entries.len();
            let text = format!(
                "{subject} was looked up over {connection} ({times} time{}, last at {}, {by}), found in vain, and never created. In Entra, see whether the user is assigned and in scope, and \"Create\" is among the target object actions; \"Provision on demand\" says which.",
                if times == 1 { "" } else { "s" },
                time(entry.at)
            );
            return (SubjectVerdict::LookedUp, text);
        }
        match &self.latest {
            None => (
                SubjectVerdict::NobodyCame,
                format!(
                    "{subject} was never asked for: no request over {connection} is in the log. In Entra, see that provisioning is on, and the Tenant URL leads here."
                ),
            ),
            Some(latest) if latest.status == 401 => (
                SubjectVerdict::NoCredentials,
                format!(
                    "{subject} was never asked for, and the latest request over {connection}, at {}, had no valid credentials: see entrada token list or entrada client list, and the Admin Credentials in Entra.",
                    time(latest.at)
                ),
            ),
            Some(latest) => (
                SubjectVerdict::NeverAskedFor,
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

async fn first(admin: &Admin, query: &LogQuery, after: Option<u64>) -> Done<Option<LogEntry>> {
    let query = LogQuery {
        limit: 1,
        after,
        ..query.clone()
    };
    let found = admin.store().log(&query).await?;
    Ok(found.into_iter().next().map(|logged| logged.entry))
}

/// The last sign-on of whoever has this name on either side, if it was refused.
async fn refused(
    admin: &Admin,
    connection: &ConnectionId,
    subject: &str,
) -> Done<Option<RefusedSignOn>> {
    let mut asked = vec![LastSignOnOf::Name(subject.to_owned())];
    for (user, _) in named::<UserRecord>(admin, Some(connection), subject).await? {
        asked.push(LastSignOnOf::User(user.id()));
    }
    let mut all = Vec::new();
    for of in asked {
        all.extend(admin.store().last_sign_ons(connection, &of).await?);
    }
    let last = all.into_iter().max_by_key(|last| last.at);
    Ok(last.and_then(|last| {
        let code = last.refused?;
        Some(RefusedSignOn { at: last.at, code })
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

/// The moment when a user or group of this name was created, and true if it may be used, if it is there.
async fn present(
    admin: &Admin,
    connection: &Connection,
    subject: &str,
) -> Done<Option<(Timestamp, bool)>> {
    let id = Some(connection.id());
    let mut users = named::<UserRecord>(admin, id, subject).await?;
    if let Some((user, _)) = users.pop() {
        let record = user.record();
        return Ok(Some((record.created, record.resource.is_active())));
    }
    let mut groups = named::<GroupRecord>(admin, id, subject).await?;
    Ok(groups
        .pop()
        .map(|(group, _)| (group.record().created, true)))
}

/// The name that a user has now about whom there are entries under an earlier one.
async fn renamed(
    admin: &Admin,
    connection: &ConnectionId,
    entries: &[LogEntry],
) -> Done<Option<String>> {
    let changed = entries
        .iter()
        .find(|entry| is_done(entry) && is_change(entry));
    let id = changed.and_then(|entry| entry.resource.as_deref()?.parse().ok());
    let Some(id) = id else {
        return Ok(None);
    };
    let user = admin.store().user(connection, &id).await?;
    Ok(user.and_then(|user| user.record().resource.user_name().map(str::to_owned)))
}
