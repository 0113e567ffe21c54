//! One user, shown and changed.

use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::change::ChangeError;
use super::change::UserChange;
use super::change::log_entry;
use super::change::patch;
use super::names::one;
use super::record::inner_view;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::sessions::SessionListed;
use crate::admin::sessions::live;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::connection::LinkRule;
use crate::directory::DirectoryTransaction;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::transact;
use crate::provisioning::LogOperation;
use crate::scim::ResourceKind;
use crate::scim::ScimError;
use crate::session::SessionFilter;
use crate::session::Subject;
use crate::session::subject_of;
use crate::session::unlink as forget_tie;

/// A user as a list shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct UserListed {
    /// The id in the directory.
    pub id: String,
    /// The connection that it belongs to.
    pub connection: ConnectionId,
    /// The name by which it signs on.
    pub user_name: Option<String>,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The identity provider's id.
    pub external_id: Option<String>,
    /// True if it may sign on.
    pub active: bool,
    /// The name of its origin.
    pub origin: &'static str,
    /// The moment when it came.
    pub created: Timestamp,
    /// The moment of the latest change.
    pub last_modified: Timestamp,
    /// The number of the latest change.
    pub version: u64,
}

impl From<UserRecord> for UserListed {
    fn from(user: UserRecord) -> UserListed {
        let record = user.record();
        let resource = &record.resource;
        let text = |text: Option<&str>| text.map(str::to_owned);
        UserListed {
            id: record.id.clone(),
            user_name: text(resource.user_name()),
            display_name: text(resource.display_name()),
            external_id: text(resource.external_id()),
            active: resource.is_active(),
            origin: user.origin.name(),
            created: record.created,
            last_modified: record.last_modified,
            version: record.version.0,
            connection: user.connection,
        }
    }
}

/// A user as SCIM clients see it, with its tie and its sessions.
#[derive(Serialize)]
pub struct UserShown {
    /// The connection that it belongs to.
    pub connection: ConnectionId,
    /// The rule by which the connection ties people to users.
    #[serde(skip)]
    pub link_rule: LinkRule,
    /// The name of its origin.
    pub origin: &'static str,
    /// The person at the identity provider that it is tied to.
    #[serde(serialize_with = "subject_text")]
    pub subject: Option<Subject>,
    /// Its live sessions.
    pub sessions: Vec<SessionListed>,
    /// The document with its groups.
    pub user: Map<String, Value>,
}

fn subject_text<S: serde::Serializer>(
    subject: &Option<Subject>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    subject.as_ref().map(Subject::as_str).serialize(serializer)
}

/// Shows the one user of a name or an id. Fails as [`one`](super::one) does.
pub async fn user(
    admin: &Admin,
    of: Option<&ConnectionId>,
    name: &str,
    base_url: &BaseUrl,
) -> Done<UserShown> {
    let (user, connection) = one::<UserRecord>(admin, of, name).await?;
    let (store, now, ids) = (admin.store(), admin.now(), [user.id()]);
    let groups = store.groups_of(connection.id(), &ids).await?;
    let groups = groups.into_iter().next_back().unwrap_or_default();
    let scope = Scope::of(&connection, now);
    let address = base_url.scim(connection.id());
    let of_user = SessionFilter {
        connection: Some(connection.id().clone()),
        user: Some(user.id()),
        ..SessionFilter::default()
    };
    Ok(UserShown {
        connection: connection.id().clone(),
        link_rule: connection.sign_on().link_rule,
        origin: user.origin.name(),
        subject: subject_of(store, &scope, user.id()).await?,
        sessions: live(admin, &of_user).await?,
        user: View::of(&connection, &address).user(&user, Some(&groups)),
    })
}

/// Deactivates a user: it may not sign on any more. The change is that of a SCIM PATCH. Fails as [`one`](super::one) does, and
/// where the directory refuses it.
pub async fn deactivate(admin: &Admin, of: Option<&ConnectionId>, name: &str) -> Done<UserChange> {
    let begun = Instant::now();
    let (user, connection) = one::<UserRecord>(admin, of, name).await?;
    let (id, view) = (user.id(), inner_view(&connection));
    let scope = Scope::of(&connection, admin.now()).by(admin.actor());
    let now = scope.now;
    let done = transact(admin.store(), &scope, move |directory| {
        Box::pin(deactivate_within(directory, id, view, begun, now))
    });
    Ok(done.await?)
}

async fn deactivate_within(
    directory: &mut DirectoryTransaction<'_>,
    id: UserId,
    view: View,
    begun: Instant,
    now: Timestamp,
) -> Result<UserChange, ChangeError> {
    let of = view.schemas().resource_type(ResourceKind::User);
    let patch = patch(
        &[json!({ "op": "replace", "path": "active", "value": false })],
        of,
    )?;
    let user = directory.user(&id).await?;
    let user = user.ok_or_else(|| ScimError::no_resource(ResourceKind::User, &id.to_string()))?;
    let change = UserChange::of(user, &patch, of, now)?;
    change.keep(directory, begun, now).await?;
    Ok(change)
}

/// Deletes a user, as a SCIM DELETE does; returns the user as it was. Fails as [`one`](super::one) does.
pub async fn delete(admin: &Admin, of: Option<&ConnectionId>, name: &str) -> Done<UserRecord> {
    let begun = Instant::now();
    let (user, connection) = one::<UserRecord>(admin, of, name).await?;
    let id = user.id();
    let scope = Scope::of(&connection, admin.now()).by(admin.actor());
    let now = scope.now;
    let done = transact(admin.store(), &scope, move |directory| {
        Box::pin(delete_within(directory, id, begun, now))
    });
    Ok(done.await?)
}

async fn delete_within(
    directory: &mut DirectoryTransaction<'_>,
    id: UserId,
    begun: Instant,
    now: Timestamp,
) -> Result<UserRecord, ChangeError> {
    let user = directory.user(&id).await?;
    let user = user.ok_or_else(|| ScimError::no_resource(ResourceKind::User, &id.to_string()))?;
    directory.delete_user(&id).await?;
    let connection = &user.connection;
    let mut entry = log_entry(connection, LogOperation::Delete, 204, begun.elapsed(), now);
    entry.about(&user);
    directory.append_log(&entry.0).await?;
    Ok(user)
}

/// A user, and whether it was tied to a person until now.
#[derive(Clone, PartialEq, Debug)]
pub struct Unlinked {
    /// The user.
    pub user: UserRecord,
    /// True if there was a tie.
    pub was_tied: bool,
}

/// Forgets the person of the identity provider that a user is tied to. Fails as [`one`](super::one) does.
pub async fn unlink(admin: &Admin, of: Option<&ConnectionId>, name: &str) -> Done<Unlinked> {
    let (user, connection) = one::<UserRecord>(admin, of, name).await?;
    let scope = Scope::of(&connection, admin.now()).by(admin.actor());
    let was_tied = forget_tie(admin.store(), &scope, user.id()).await?;
    Ok(Unlinked { user, was_tied })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::AdminError;
    use crate::admin::Class;
    use crate::configuration::danger::put_connection;
    use crate::connection::Connection;
    use crate::store::SqliteStore;

    /// Somebody else deletes the user between the look for the name and the transaction.
    #[tokio::test]
    async fn a_user_who_goes_meanwhile_is_absent_and_not_refused() {
        let store = SqliteStore::in_memory().await.unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        put_connection(&store, &acme, now).await.unwrap();
        let (scope, view, begun) = (Scope::of(&acme, now), inner_view(&acme), Instant::now());
        let gone = UserId::from_random([1; 16]);
        let done = transact(&store, &scope, move |directory| {
            let (gone, view) = (gone.clone(), view.clone());
            Box::pin(deactivate_within(directory, gone, view, begun, now))
        });
        let error = AdminError::from(done.await.unwrap_err());
        assert_eq!(error.class(), Class::Absent, "{error}");
    }
}
