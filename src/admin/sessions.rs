//! Live sessions: who is signed in, and signing people out.

use jiff::Timestamp;
use serde::Serialize;

use super::Admin;
use super::Done;
use super::people;
use crate::connection::ConnectionId;
use crate::directory::UserRecord;
use crate::saml::NameId;
use crate::session::Device;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::revoke as revoke_sessions;

/// A session as a list shows it. The claims of the identity provider about the person stay in the store.
#[derive(Clone, PartialEq, Serialize, Debug)]
pub struct SessionListed {
    /// The id by which it is revoked; it opens nothing.
    pub id: SessionId,
    /// The connection over which the person signed on.
    pub connection: ConnectionId,
    /// The name of the person at the identity provider.
    pub name_id: NameId,
    /// The identity provider.
    pub issuer: String,
    /// The identity provider's name of the session.
    pub session_index: Option<String>,
    /// The moment of the sign-on.
    pub opened: Timestamp,
    /// The moment of its end.
    pub expires: Timestamp,
    /// The id of the user in the directory.
    pub user: Option<String>,
    /// The device from which the person signed on.
    pub device: Device,
    /// The latest request that was noted.
    pub last_seen: Timestamp,
}

impl From<SessionRecord> for SessionListed {
    fn from(record: SessionRecord) -> SessionListed {
        SessionListed {
            id: record.id,
            connection: record.connection,
            name_id: record.name_id,
            issuer: record.issuer,
            session_index: record.session_index,
            opened: record.opened,
            expires: record.expires,
            user: record.user.map(|user| user.to_string()),
            device: record.device,
            last_seen: record.seen,
        }
    }
}

/// A selection of sessions; that of all has nothing set.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct WhoseSessions {
    /// Only those of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those of this person.
    pub name_id: Option<String>,
    /// Only those of this user of the directory, by userName or id; without a connection the name must be of one user.
    pub user: Option<String>,
    /// The number of sessions at most.
    pub limit: Option<u32>,
}

/// Lists live sessions, newest first. Fails where nobody or several have the user's name, and where the store does.
pub async fn list(admin: &Admin, whose: &WhoseSessions) -> Done<Vec<SessionListed>> {
    let filter = filter(admin, whose).await?;
    live(admin, &filter).await
}

pub(super) async fn live(admin: &Admin, filter: &SessionFilter) -> Done<Vec<SessionListed>> {
    let records = admin.store().sessions(filter, admin.now()).await?;
    Ok(records.into_iter().map(SessionListed::from).collect())
}

pub(super) async fn filter(admin: &Admin, whose: &WhoseSessions) -> Done<SessionFilter> {
    let mut filter = SessionFilter {
        connection: whose.connection.clone(),
        name_id: whose.name_id.clone(),
        limit: whose.limit,
        ..SessionFilter::default()
    };
    if let Some(user) = &whose.user {
        let found = people::one::<UserRecord>(admin, whose.connection.as_ref(), user);
        let (user, connection) = found.await?;
        filter.connection = Some(connection.id().clone());
        filter.user = Some(user.id());
    }
    Ok(filter)
}

/// The sessions that were named, after they were revoked.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Revoked {
    /// The sessions that have ended.
    pub revoked: Vec<SessionId>,
    /// The ids of no live session.
    pub absent: Vec<SessionId>,
}

/// Ends the sessions of these ids, in bounded batches. Fails where the store does; the batches before have ended then.
pub async fn revoke(admin: &Admin, ids: &[SessionId]) -> Done<Revoked> {
    let mut ended = revoke_sessions(admin.store(), ids, admin.now(), Some(admin.actor())).await?;
    let ids = ids.iter().cloned();
    let (revoked, absent) = ids.partition(|id| ended.remove(id.as_str()));
    Ok(Revoked { revoked, absent })
}

/// Ends the sessions of a selection. One that ended by itself in between is among the absent. Fails as [`list`] and [`revoke`] do.
pub async fn revoke_all(admin: &Admin, whose: &WhoseSessions) -> Done<Revoked> {
    let listed = list(admin, whose).await?;
    let ids: Vec<SessionId> = listed.into_iter().map(|session| session.id).collect();
    revoke(admin, &ids).await
}
