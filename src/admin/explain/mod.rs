//! One person from both sides, and what would happen if they signed on now.

mod claims;
mod groups;

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use self::claims::NOBODYS;
use self::claims::assumed;
pub use self::groups::ComparedGroups;
pub use self::groups::ProvisionedGroup;
use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use super::log::EventLine;
use super::log::LogLine;
use super::log::Names;
use super::people::inner_view;
use super::people::named;
use super::sessions::SessionListed;
use super::sessions::live;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::IdpInitiated;
use crate::connection::LinkRule;
use crate::directory::Scope;
use crate::directory::UserRecord;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::provisioning::LogQuery;
use crate::session::Claims;
use crate::session::Compared;
use crate::session::Denial;
use crate::session::Expected;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::Rehearsal;
use crate::session::SessionFilter;
use crate::session::SignOnAuthority;
use crate::session::Subject;
use crate::session::subject_of;
use crate::site::remedy;

/// One person from both sides, and the verdict of a sign-on now.
pub struct Explained {
    /// The connection.
    pub connection: Connection,
    /// The name that was asked for.
    pub name: String,
    /// The user of the directory.
    pub user: Option<UserRecord>,
    /// The user as SCIM clients see it.
    pub document: Option<Map<String, Value>>,
    /// The last sign-on of the person.
    pub last: Option<LastSignOn>,
    /// The verdict.
    pub expected: Expected,
    /// The two sides of the connection's rule.
    pub compared: Compared,
    /// The subject that the user is tied to.
    pub tied: Option<Subject>,
    /// The groups on both sides.
    pub groups: ComparedGroups,
    /// The live sessions.
    pub sessions: Vec<SessionListed>,
    /// The last entries of the log about the person.
    pub log: Vec<LogLine>,
    /// The last events about the user.
    pub events: Vec<EventLine>,
}

/// Explains the person of a userName, an id or a NameID. The sign-on is rehearsed in a transaction that is undone. Fails on an
/// unknown connection, where nobody has the name, and where the store does.
pub async fn person(admin: &Admin, id: &ConnectionId, name: &str) -> Done<Explained> {
    let connection = connections::one(admin, id).await?;
    let now = admin.now();
    let (user, last) = user_and_sign_on(admin, &connection, name).await?;
    let id = user.as_ref().map(UserRecord::id);
    let scope = Scope::of(&connection, now);
    let tied = match &id {
        Some(id) => subject_of(admin.store(), &scope, id.clone()).await?,
        None => None,
    };
    let claims = match (&last, &user) {
        (Some(last), _) => last.claims.clone(),
        (None, Some(user)) => {
            let issuer = issuer(admin, &connection, now).await?;
            assumed(user, tied.as_ref(), &issuer, now)
        }
        (None, None) => {
            return Err(AdminError::NobodyKnown {
                connection: connection.id().clone(),
                name: name.to_owned(),
            });
        }
    };
    let (expected, compared) = rehearse(admin, &connection, claims, now).await?;
    let said = last.as_ref().map(|last| &last.claims);
    let groups = ComparedGroups::compare(admin, connection.id(), id.as_ref(), said).await?;
    let document = user
        .as_ref()
        .map(|user| inner_view(&connection).user(user, None));
    let (log, events) = told(admin, &connection, user.as_ref(), name).await?;
    Ok(Explained {
        sessions: sessions(admin, &connection, user.as_ref(), last.as_ref()).await?,
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

impl Explained {
    /// The targets of sign-ons that begin at the identity provider; empty where the connection refuses them.
    pub fn targets(&self) -> Vec<&str> {
        if self.connection.sign_on().idp_initiated == IdpInitiated::Refuse {
            return Vec::new();
        }
        let listed = self.connection.sign_on().relay_state_targets.iter();
        let default = [self.connection.default_relay_state()];
        default
            .into_iter()
            .chain(listed.map(String::as_str))
            .collect()
    }

    /// The value that the identity provider claims, or would, for the rule; `None` too for an object id that nobody knows.
    pub fn claimed(&self) -> Option<&str> {
        let claimed = self.compared.claimed.as_deref();
        claimed.filter(|id| self.last.is_some() || *id != NOBODYS)
    }

    /// The values of the user that the rule compares.
    pub fn provisioned(&self) -> Vec<&str> {
        let Some(user) = &self.user else {
            return Vec::new();
        };
        let resource = &user.record().resource;
        match self.connection.sign_on().link_rule {
            LinkRule::ObjectId => resource.external_id().into_iter().collect(),
            LinkRule::UserPrincipalName | LinkRule::NameId => {
                resource.user_name().into_iter().collect()
            }
            LinkRule::Email => resource.emails(),
        }
    }

    /// True if both sides agree; `None` where one of them is missing.
    pub fn agree(&self) -> Option<bool> {
        let user = self.user.as_ref()?.id();
        self.compared.claimed.as_ref()?;
        Some(self.compared.matching.contains(&user))
    }

    /// The reason of a refusal.
    pub fn denial(&self) -> Option<Denial> {
        match &self.expected {
            Expected::Denied(denial) => Some(*denial),
            _ => None,
        }
    }

    /// The remedy of a refusal.
    pub fn remedy(&self) -> Option<&'static str> {
        self.denial().map(|denial| remedy(denial.code()))
    }

    /// The name of the verdict.
    pub fn outcome(&self) -> &'static str {
        match self.expected {
            Expected::LetInAsNobody => "let-in-as-nobody",
            Expected::LetIn(_) => "let-in",
            Expected::LetInAsNew(_) => "let-in-as-new",
            Expected::Reauthenticate(_) => "prove-anew",
            _ => "refused",
        }
    }

    fn expected_json(&self) -> Value {
        let user = match &self.expected {
            Expected::LetIn(user) | Expected::LetInAsNew(user) | Expected::Reauthenticate(user) => {
                user.record().resource.user_name()
            }
            _ => None,
        };
        let denial = self.denial();
        json!({
            "outcome": self.outcome(),
            "user": user,
            "code": denial.map(Denial::code),
            "message": denial.map(|denial| denial.to_string()),
            "remedy": self.remedy(),
            // The former name, for one version.
            "mend": self.remedy(),
            "claims_assumed": self.last.is_none(),
        })
    }

    /// All of it, as a document.
    pub fn json(&self) -> Value {
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
                "rule": self.connection.sign_on().link_rule.name(),
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
            "expected": self.expected_json(),
        })
    }
}

/// The user of a name, and the latest sign-on that reached it or was of this name.
async fn user_and_sign_on(
    admin: &Admin,
    connection: &Connection,
    name: &str,
) -> Done<(Option<UserRecord>, Option<LastSignOn>)> {
    let (store, id) = (admin.store(), connection.id());
    let of_name = LastSignOnOf::Name(name.to_owned());
    let mut signed_on = store.last_sign_ons(id, &of_name).await?;
    let mut users = named::<UserRecord>(admin, Some(id), name).await?;
    let mut user = users.pop().map(|(user, _)| user);
    if user.is_none()
        && let Some(reached) = signed_on.iter().find_map(|last| last.user.clone())
    {
        user = store.user(id, &reached).await?;
    }
    if let Some(user) = &user {
        let of_user = LastSignOnOf::User(user.id());
        signed_on.extend(store.last_sign_ons(id, &of_user).await?);
        if let Some(name) = user.record().resource.user_name() {
            let of_name = LastSignOnOf::Name(name.to_owned());
            signed_on.extend(store.last_sign_ons(id, &of_name).await?);
        }
    }
    let last = signed_on.into_iter().max_by_key(|last| last.at);
    Ok((user, last))
}

/// The identity provider, as far as the store knows it: explaining fetches nothing.
async fn issuer(admin: &Admin, connection: &Connection, now: Timestamp) -> Done<String> {
    let copy = connections::metadata_copy(admin, connection).await?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, now);
    Ok(trust.map_or_else(|_| String::new(), |trust| trust.entity_id().to_owned()))
}

async fn rehearse(
    admin: &Admin,
    connection: &Connection,
    claims: Claims,
    now: Timestamp,
) -> Done<(Expected, Compared)> {
    let provisioned = admin.store().provisioned().await?;
    let rehearsal = Rehearsal {
        connection,
        authority: SignOnAuthority::of(connection, provisioned.contains(connection.id())),
        claims,
        schemas: inner_view(connection).schemas().clone(),
        now,
    };
    Ok(rehearsal.run(admin.store()).await?)
}

async fn sessions(
    admin: &Admin,
    connection: &Connection,
    user: Option<&UserRecord>,
    last: Option<&LastSignOn>,
) -> Done<Vec<SessionListed>> {
    let name_id = last.map(|last| last.claims.name_id.value.clone());
    let filter = SessionFilter {
        connection: Some(connection.id().clone()),
        user: user.map(UserRecord::id),
        name_id: name_id.filter(|_| user.is_none()),
        ..SessionFilter::default()
    };
    live(admin, &filter).await
}

/// The last of the log and of the events about a person, the earliest first.
async fn told(
    admin: &Admin,
    connection: &Connection,
    user: Option<&UserRecord>,
    name: &str,
) -> Done<(Vec<LogLine>, Vec<EventLine>)> {
    let known = user.and_then(|user| user.record().resource.user_name());
    let query = LogQuery {
        connection: Some(connection.id().clone()),
        subject: Some(known.unwrap_or(name).to_owned()),
        limit: LATEST,
        ..LogQuery::default()
    };
    let mut log = admin.store().log(&query).await?;
    log.reverse();
    let mut names = Names::new(admin);
    let mut events = Vec::new();
    if let Some(user) = user {
        let query = EventQuery {
            connection: Some(connection.id().clone()),
            user: Some(user.id().to_string()),
            part: EventPart::Latest,
            limit: LATEST,
            ..EventQuery::default()
        };
        for event in admin.store().events(&query).await? {
            events.push(EventLine::of(&event, &mut names).await?);
        }
    }
    Ok((log.iter().map(LogLine::of).collect(), events))
}

/// Entries of each kind: enough to see what happened last, few enough for one screen.
const LATEST: u64 = 10;
