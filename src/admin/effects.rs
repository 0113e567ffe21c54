//! The numbers of what a command takes away, so that people can be asked before it is done.

use std::ops::AddAssign;

use jiff::Timestamp;
use serde::Serialize;

use super::Admin;
use super::Done;
use super::connections;
use super::people::Walk;
use super::sessions;
use super::sessions::WhoseSessions;
use crate::connection::CertificateDates;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;
use crate::connection::SpKeyId;
use crate::directory::Origin;
use crate::directory::PAGE;
use crate::directory::UserRecord;
use crate::metadata::ExpiryLevel;
use crate::metadata::MetadataCopy;
use crate::provisioning::ScimCredential;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::store::UnreadableKeys;
use crate::store::is_unreadable;

/// The numbers of what a command takes away. In JSON those that are zero are left out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Effects {
    /// Connections.
    #[serde(skip_serializing_if = "is_zero")]
    pub connections: u64,
    /// Users of the directory.
    #[serde(skip_serializing_if = "is_zero")]
    pub users: u64,
    /// Groups of the directory.
    #[serde(skip_serializing_if = "is_zero")]
    pub groups: u64,
    /// Live credentials of those who provision.
    #[serde(skip_serializing_if = "is_zero")]
    pub tokens: u64,
    /// Live sessions.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions: u64,
    /// Keys of ours.
    #[serde(skip_serializing_if = "is_zero")]
    pub keys: u64,
    /// Copies of connections that were removed.
    #[serde(skip_serializing_if = "is_zero")]
    pub copies: u64,
    /// Users who stay, and can sign on no longer.
    #[serde(skip_serializing_if = "is_zero")]
    pub shut_out: u64,
    /// Connections that stay, and over which nobody can sign on any more: their certificates have ended, and dates count.
    #[serde(skip_serializing_if = "is_zero")]
    pub locked_out: u64,
    /// Settings of a connection.
    #[serde(skip_serializing_if = "is_zero")]
    pub settings: u64,
}

impl Effects {
    /// True if it takes nothing away, so that nobody has to be asked.
    pub fn is_nothing(&self) -> bool {
        *self == Effects::default()
    }

    /// True if it takes away no more than `agreed`, of anything.
    pub(crate) fn is_within(&self, agreed: &Effects) -> bool {
        let mine = self.numbers();
        mine.iter()
            .zip(agreed.numbers())
            .all(|(mine, agreed)| *mine <= agreed)
    }

    /// All numbers. One that is new does not compile until it stands here.
    fn numbers(&self) -> [u64; 10] {
        let Effects {
            connections,
            users,
            groups,
            tokens,
            sessions,
            keys,
            copies,
            shut_out,
            locked_out,
            settings,
        } = *self;
        [
            connections,
            users,
            groups,
            tokens,
            sessions,
            keys,
            copies,
            shut_out,
            locked_out,
            settings,
        ]
    }
}

impl AddAssign for Effects {
    fn add_assign(&mut self, other: Effects) {
        self.connections += other.connections;
        self.users += other.users;
        self.groups += other.groups;
        self.tokens += other.tokens;
        self.sessions += other.sessions;
        self.keys += other.keys;
        self.copies += other.copies;
        self.shut_out += other.shut_out;
        self.locked_out += other.locked_out;
        self.settings += other.settings;
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Counts what belongs to a connection. One that this version cannot read counts one key if it holds any. Fails on an unknown
/// connection, and where the store does.
pub async fn of_connection(admin: &Admin, id: &ConnectionId) -> Done<Effects> {
    let (store, now) = (admin.store(), admin.now());
    let keys = match store.connection(id).await {
        Ok(None) => return Err(connections::unknown(admin, id).await?),
        Ok(Some(connection)) => connection.sp_keys().iter().count() as u64,
        Err(error) if is_unreadable(&error) => u64::from(UnreadableKeys::is_cause_of(&error)),
        Err(error) => return Err(error.into()),
    };
    let counts = store.counts(id).await?;
    let credentials = store.credentials(Some(id)).await?;
    let live = credentials.iter().filter(|one| is_live(one, now));
    let whose = WhoseSessions {
        connection: Some(id.clone()),
        ..WhoseSessions::default()
    };
    Ok(Effects {
        users: counts.users,
        groups: counts.groups,
        tokens: live.count() as u64,
        keys,
        ..of_sessions(admin, &whose).await?
    })
}

/// Counts the live sessions of a selection. Fails where nobody or several have the user's name, and where the store does.
pub async fn of_sessions(admin: &Admin, whose: &WhoseSessions) -> Done<Effects> {
    count(admin, &sessions::filter(admin, whose).await?).await
}

/// Counts the live sessions of these ids. Fails where the store does.
pub async fn of_session_ids(admin: &Admin, ids: &[SessionId]) -> Done<Effects> {
    let filter = SessionFilter {
        ids: ids.to_vec(),
        ..SessionFilter::default()
    };
    count(admin, &filter).await
}

async fn count(admin: &Admin, filter: &SessionFilter) -> Done<Effects> {
    Ok(Effects {
        sessions: admin.store().count_sessions(filter, admin.now()).await?,
        ..Effects::default()
    })
}

/// Counts a user with its live sessions. Fails where nobody or several have the name, and where the store does.
pub async fn of_user(admin: &Admin, of: Option<&ConnectionId>, name: &str) -> Done<Effects> {
    let whose = WhoseSessions {
        connection: of.cloned(),
        user: Some(name.to_owned()),
        ..WhoseSessions::default()
    };
    Ok(Effects {
        users: 1,
        ..of_sessions(admin, &whose).await?
    })
}

/// Counts a key that can be retired. Fails on an unknown connection or key, one that is needed, and where the store does.
pub async fn of_key(admin: &Admin, id: &ConnectionId, key: &SpKeyId) -> Done<Effects> {
    let connection = connections::one(admin, id).await?;
    let keys = connection.sp_keys().clone().retired(key)?;
    connection.with_sp_keys(keys)?;
    Ok(Effects {
        keys: 1,
        ..Effects::default()
    })
}

/// Counts the active users who can come in over a connection as it is, and could not as it would be, with this copy of its metadata;
/// the live credentials that it takes, and would not; and the connection, if nobody could come in. Fails where the store does.
pub(super) async fn of_new_rules(
    admin: &Admin,
    before: &Connection,
    after: &Connection,
    copy: Option<&MetadataCopy>,
) -> Done<Effects> {
    let mut effects = Effects {
        tokens: refused_credentials(admin, before, after).await?,
        ..Effects::default()
    };
    if is_locked(admin, after, copy).await? {
        let copy = connections::metadata_copy(admin, before).await?;
        let was_locked = is_locked(admin, before, copy.as_ref()).await?;
        effects.locked_out = u64::from(!was_locked);
    }
    if before.sign_on() == after.sign_on()
        || after.sign_on().policy != SignOnPolicy::ProvisionedOnly
        || !admin.store().provisioned().await?.contains(after.id())
    {
        return Ok(effects);
    }
    let active = Some("active eq true".to_owned());
    let mut walk = Walk::new(admin, after, active, String::new());
    while walk.place().is_some() {
        let (users, _) = walk.part::<UserRecord>(PAGE).await?;
        let goes = |user: &&UserRecord| comes_in(before, user) && !comes_in(after, user);
        effects.shut_out += users.iter().filter(goes).count() as u64;
    }
    Ok(effects)
}

async fn refused_credentials(admin: &Admin, before: &Connection, after: &Connection) -> Done<u64> {
    if before.scim().credentials == after.scim().credentials {
        return Ok(0);
    }
    let now = admin.now();
    let credentials = admin.store().credentials(Some(after.id())).await?;
    let refused = credentials.iter().filter(|one| {
        let takes = |connection: &Connection| one.kind().is_taken(connection.scim().credentials);
        is_live(one, now) && takes(before) && !takes(after)
    });
    Ok(refused.count() as u64)
}

/// True if no certificate of a connection lasts, and dates count.
async fn is_locked(
    admin: &Admin,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
) -> Done<bool> {
    if connection.sign_on().certificate_dates != CertificateDates::Enforced {
        return Ok(false);
    }
    let last = connections::last_certificate(admin, connection, copy, admin.now()).await?;
    Ok(last.is_some_and(|last| last.level == ExpiryLevel::Past))
}

/// True if an active user of a provisioned connection would be found by a sign-on, or be made by it.
pub(super) fn comes_in(connection: &Connection, user: &UserRecord) -> bool {
    let sign_on = connection.sign_on();
    let resource = &user.record().resource;
    let has_value = match sign_on.link_rule {
        LinkRule::ObjectId => resource.external_id().is_some(),
        LinkRule::Email => !resource.emails().is_empty(),
        LinkRule::UserPrincipalName | LinkRule::NameId => resource.user_name().is_some(),
    };
    sign_on.policy != SignOnPolicy::ProvisionedOnly
        || user.origin == Origin::Provisioned && has_value
}

/// True if a credential opens its connection.
pub(super) fn is_live(credential: &ScimCredential, now: Timestamp) -> bool {
    credential.revoked.is_none() && credential.expires > now
}
