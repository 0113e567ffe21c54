//! What is known about a person, gathered from the store.

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::claims::NOBODYS;
use super::claims::assumed;
use super::expected;
use super::groups::Groups;
use crate::admin::people::inner_view;
use crate::admin::people::named;
use crate::admin::sessions::SessionListed;
use crate::cli::error::CliError;
use crate::cli::provisioning_log::EventLine;
use crate::cli::provisioning_log::Line;
use crate::cli::provisioning_log::Names;
use crate::cli::site::Site;
use crate::connection::Connection;
use crate::connection::IdpInitiated;
use crate::connection::LinkRule;
use crate::directory::Scope;
use crate::directory::UserRecord;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::provisioning::LogQuery;
use crate::session::Admittance;
use crate::session::Claims;
use crate::session::Compared;
use crate::session::Expected;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::Rehearsal;
use crate::session::SessionFilter;
use crate::session::Subject;
use crate::session::subject_of;

/// All of it.
pub(super) struct Facts {
    pub(super) connection: Connection,
    pub(super) name: String,
    pub(super) user: Option<UserRecord>,
    /// The user as SCIM clients see it.
    pub(super) document: Option<Map<String, Value>>,
    pub(super) last: Option<LastSignOn>,
    pub(super) expected: Expected,
    pub(super) compared: Compared,
    /// The subject that the user is tied to.
    pub(super) tied: Option<Subject>,
    pub(super) groups: Groups,
    pub(super) sessions: Vec<SessionListed>,
    pub(super) log: Vec<Line>,
    pub(super) events: Vec<EventLine>,
}

impl Facts {
    pub(super) fn gather(
        site: &Site,
        connection: Connection,
        name: &str,
        now: Timestamp,
    ) -> Result<Facts, CliError> {
        let (user, last) = person(site, &connection, name)?;
        let id = user.as_ref().map(UserRecord::id);
        let scope = Scope::of(&connection, now);
        let tied = match &id {
            Some(id) => site.ask(|store| subject_of(store, &scope, id.clone()))?,
            None => None,
        };
        let claims = match (&last, &user) {
            (Some(last), _) => last.claims.clone(),
            (None, Some(user)) => {
                let issuer = issuer(site, &connection, now)?;
                assumed(user, tied.as_ref(), &issuer, now)
            }
            (None, None) => return Err(nobody(&connection, name)),
        };
        let (expected, compared) = rehearse(site, &connection, claims, now)?;
        let said = last.as_ref().map(|last| &last.claims);
        let groups = Groups::compare(site, connection.id(), id.as_ref(), said)?;
        let document = user
            .as_ref()
            .map(|user| inner_view(&connection).user(user, None));
        let (log, events) = told(site, &connection, user.as_ref(), name)?;
        Ok(Facts {
            sessions: sessions(site, &connection, user.as_ref(), last.as_ref(), now)?,
            name: name.to_owned(),
            connection,
            user,
            document,
            last,
            expected,
            compared,
            tied,
            groups,
            log,
            events,
        })
    }

    /// The targets of sign-ons that begin at the identity provider; empty where the connection refuses them.
    pub(super) fn targets(&self) -> Vec<&str> {
        if self.connection.idp_initiated() == IdpInitiated::Refuse {
            return Vec::new();
        }
        let listed = self.connection.relay_state_targets().iter();
        let default = [self.connection.default_relay_state()];
        default
            .into_iter()
            .chain(listed.map(String::as_str))
            .collect()
    }

    /// What the identity provider says, or would, of what the rule compares; `None` too for an object id that nobody knows.
    pub(super) fn claimed(&self) -> Option<&str> {
        let claimed = self.compared.claimed.as_deref();
        claimed.filter(|id| self.last.is_some() || *id != NOBODYS)
    }

    /// The values of the user that the rule compares.
    pub(super) fn provisioned(&self) -> Vec<&str> {
        let Some(user) = &self.user else {
            return Vec::new();
        };
        let resource = &user.record().resource;
        match self.connection.link_rule() {
            LinkRule::ObjectId => resource.external_id().into_iter().collect(),
            LinkRule::UserPrincipalName | LinkRule::NameId => {
                resource.user_name().into_iter().collect()
            }
            LinkRule::Email => resource.emails(),
        }
    }

    /// Whether both sides agree; nobody knows where one of them is missing.
    pub(super) fn agree(&self) -> Option<bool> {
        let user = self.user.as_ref()?.id();
        self.compared.claimed.as_ref()?;
        Some(self.compared.matching.contains(&user))
    }

    pub(super) fn json(&self) -> Value {
        let last = self.last.as_ref().map(|last| {
            let claims = last.claims.attributes.iter();
            let claims: Map<String, Value> = claims
                .map(|one| (one.name.clone(), json!(one.values)))
                .collect();
            json!({
                "at": last.at,
                "outcome": last.refused.as_deref().unwrap_or("let-in"),
                "issuer": last.claims.issuer,
                "name_id": last.claims.name_id,
                "authn_instant": last.claims.authn_instant,
                "claims": claims,
            })
        });
        json!({
            "connection": self.connection.id(),
            "name": self.name,
            "origin": self.user.as_ref().map(|user| user.origin.name()),
            "user": self.document,
            "last_sign_on": last,
            "relay_state_targets": self.targets(),
            "link": {
                "rule": self.connection.link_rule().name(),
                "claim": self.compared.claim,
                "claimed": self.claimed(),
                "attribute": self.compared.attribute,
                "provisioned": self.provisioned(),
                "agree": self.agree(),
                "matching": self.compared.matching.len(),
                "subject": self.tied.as_ref().map(Subject::as_str),
            },
            "groups": self.groups,
            "sessions": self.sessions,
            "log": self.log,
            "events": self.events,
            "expected": expected(&self.expected, self.last.is_none()),
        })
    }
}

/// The user of a name, and the latest sign-on that reached it or was of this name.
fn person(
    site: &Site,
    connection: &Connection,
    name: &str,
) -> Result<(Option<UserRecord>, Option<LastSignOn>), CliError> {
    let id = connection.id();
    let ask = |of: LastSignOnOf| site.ask(|store| store.last_sign_ons(id, &of));
    let mut signed_on = ask(LastSignOnOf::Name(name.to_owned()))?;
    let mut user = site
        .run(named::<UserRecord>(site.admin(), Some(id), name))?
        .pop();
    if user.is_none()
        && let Some(reached) = signed_on.iter().find_map(|last| last.user.clone())
    {
        let reached = site.directory(|store| store.user(id, &reached))?;
        user = reached.map(|user| (user, connection.clone()));
    }
    let user = user.map(|(user, _)| user);
    if let Some(user) = &user {
        signed_on.extend(ask(LastSignOnOf::User(user.id()))?);
        if let Some(name) = user.record().resource.user_name() {
            signed_on.extend(ask(LastSignOnOf::Name(name.to_owned()))?);
        }
    }
    let last = signed_on.into_iter().max_by_key(|last| last.at);
    Ok((user, last))
}

/// The identity provider, as far as the store knows it: explaining fetches nothing.
fn issuer(site: &Site, connection: &Connection, now: Timestamp) -> Result<String, CliError> {
    let copy = site.metadata_copy(connection)?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, now);
    Ok(trust.map_or_else(|_| String::new(), |trust| trust.entity_id().to_owned()))
}

fn nobody(connection: &Connection, name: &str) -> CliError {
    let id = connection.id();
    CliError::Usage(format!(
        "{name} is not in the directory of {id}, and nobody of that NameID has signed on over it while the directory decides; entrada log --connection {id} --subject {name} says whether provisioning ever asked"
    ))
}

fn rehearse(
    site: &Site,
    connection: &Connection,
    claims: Claims,
    now: Timestamp,
) -> Result<(Expected, Compared), CliError> {
    let provisioned = site.ask(|store| store.provisioned())?;
    let rehearsal = Rehearsal {
        connection,
        admittance: Admittance::of(connection, provisioned.contains(connection.id())),
        claims,
        schemas: inner_view(connection).schemas().clone(),
        now,
    };
    site.ask(|store| rehearsal.run(store))
}

fn sessions(
    site: &Site,
    connection: &Connection,
    user: Option<&UserRecord>,
    last: Option<&LastSignOn>,
    now: Timestamp,
) -> Result<Vec<SessionListed>, CliError> {
    let name_id = last.map(|last| last.claims.name_id.value.clone());
    let filter = SessionFilter {
        connection: Some(connection.id().clone()),
        user: user.map(UserRecord::id),
        name_id: name_id.filter(|_| user.is_none()),
        limit: None,
    };
    let records = site.ask(|store| store.sessions(&filter, now))?;
    Ok(records.into_iter().map(SessionListed::from).collect())
}

/// The last of the log and of the events about a person, the earliest first.
fn told(
    site: &Site,
    connection: &Connection,
    user: Option<&UserRecord>,
    name: &str,
) -> Result<(Vec<Line>, Vec<EventLine>), CliError> {
    let known = user.and_then(|user| user.record().resource.user_name());
    let query = LogQuery {
        connection: Some(connection.id().clone()),
        subject: Some(known.unwrap_or(name).to_owned()),
        limit: LATEST,
        ..LogQuery::default()
    };
    let mut log = site.ask(|store| store.log(&query))?;
    log.reverse();
    let events = match user {
        None => Vec::new(),
        Some(user) => {
            let query = EventQuery {
                connection: Some(connection.id().clone()),
                user: Some(user.id().to_string()),
                part: EventPart::Latest,
                limit: LATEST,
                ..EventQuery::default()
            };
            site.ask(|store| store.events(&query))?
        }
    };
    let mut names = Names::new(site);
    let events = events.iter().map(|event| EventLine::of(event, &mut names));
    let events: Result<Vec<EventLine>, CliError> = events.collect();
    Ok((log.iter().map(Line::of).collect(), events?))
}

/// Entries of each kind: enough to see what happened last, few enough for one screen.
const LATEST: u64 = 10;
