//! The users and groups of the directory: over which connections, by which names, and lists that are walked page by page, so
//! that no directory is too large.

mod change;
mod groups;
mod list;
mod users;

use serde_json::json;

pub(super) use self::change::ChangeError;
pub use self::change::UserChange;
pub(super) use self::change::log_entry;
pub(super) use self::change::patch;
pub use self::groups::GroupListed;
pub use self::groups::GroupShown;
pub use self::groups::group;
pub use self::list::InvalidListCursor;
pub use self::list::ListCursor;
pub use self::list::ListPage;
pub use self::list::ListQuery;
pub use self::list::Walk;
pub use self::list::list;
pub use self::users::Unlinked;
pub use self::users::UserListed;
pub use self::users::UserShown;
pub use self::users::deactivate;
pub use self::users::delete;
pub use self::users::unlink;
pub use self::users::user;
use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::Directory;
use crate::directory::DirectoryError;
use crate::directory::GroupRecord;
use crate::directory::Listed;
use crate::directory::PAGE;
use crate::directory::Query;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::scim::PageLimits;
use crate::scim::Parameters;
use crate::scim::Record;
use crate::scim::ResourceKind;
use crate::scim::SEARCH_REQUEST;
use crate::scim::ScimError;
use crate::store::Store;

/// The view of resources where nobody sees an address.
pub(super) fn inner_view(connection: &Connection) -> View {
    View::of(connection, "")
}

/// Users or groups.
pub trait DirectoryRecord: Clone + Send + Sync {
    /// The kind of the resource.
    const KIND: ResourceKind;

    /// The attribute by which people name one.
    const NAMED_BY: &'static str;

    /// The resource, and what the server knows about it.
    fn of_server(&self) -> &Record;

    /// A part of a list.
    fn part(
        store: &dyn Store,
        connection: &ConnectionId,
        query: &Query,
    ) -> impl Future<Output = Result<Listed<Self>, DirectoryError>> + Send;
}

impl DirectoryRecord for UserRecord {
    const KIND: ResourceKind = ResourceKind::User;
    const NAMED_BY: &'static str = USER_NAME;

    fn of_server(&self) -> &Record {
        self.record()
    }

    async fn part(
        store: &dyn Store,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<UserRecord>, DirectoryError> {
        Directory::users(store, connection, query).await
    }
}

impl DirectoryRecord for GroupRecord {
    const KIND: ResourceKind = ResourceKind::Group;
    const NAMED_BY: &'static str = "displayName";

    fn of_server(&self) -> &Record {
        self.record()
    }

    async fn part(
        store: &dyn Store,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<GroupRecord>, DirectoryError> {
        Directory::groups(store, connection, query).await
    }
}

/// The query of a part of a list. A cursor, even an empty one, begins a walk.
pub(super) fn query(
    view: &View,
    kind: ResourceKind,
    filter: Option<&str>,
    cursor: Option<&str>,
    count: usize,
) -> Result<Query, ScimError> {
    let mut search = json!({ "schemas": [SEARCH_REQUEST], "count": count });
    for (name, value) in [("filter", filter), ("cursor", cursor)] {
        if let Some(value) = value {
            search[name] = json!(value);
        }
    }
    let limits = PageLimits {
        most: PAGE,
        default: PAGE,
    };
    let of = view.schemas().resource_type(kind);
    Ok(Query {
        list: Parameters::from_search(search)?.resolve(of, limits)?,
        view: view.clone(),
    })
}

/// The query for those whose attribute has this value.
pub(super) fn naming(
    view: &View,
    kind: ResourceKind,
    attribute: &str,
    value: &str,
) -> Result<Query, ScimError> {
    let filter = format!("{attribute} eq {}", json!(value));
    query(view, kind, Some(&filter), None, SEVERAL)
}

/// The one user or group of a name or an id.
///
/// # Errors
/// Nobody of this name or several, a connection that is not there, and a store that does not answer.
pub async fn one<T: DirectoryRecord>(
    admin: &Admin,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Done<(T, Connection)> {
    let mut found = named::<T>(admin, connection, name).await?;
    let (kind, name) = (T::KIND, name.to_owned());
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(AdminError::NoResource { kind, name }),
        (Some(one), true) => Ok(one),
        (Some(one), false) => {
            let all = found.iter().chain([&one]);
            let all = all.map(|(one, of)| (one.of_server().id.clone(), of.id().clone()));
            let found = all.collect();
            Err(AdminError::Ambiguous { kind, name, found })
        }
    }
}

/// Those of a name, or the one of an id; of many, the first few.
///
/// # Errors
/// A connection that is not there, and a store that does not answer.
pub async fn named<T: DirectoryRecord>(
    admin: &Admin,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Done<Vec<(T, Connection)>> {
    let mut found = Vec::new();
    for connection in connections::all(admin, connection).await? {
        let view = inner_view(&connection);
        for attribute in ["id", T::NAMED_BY] {
            let query = naming(&view, T::KIND, attribute, name).map_err(AdminError::Question)?;
            let part = T::part(admin.store(), connection.id(), &query).await?;
            let mut part = part.resources;
            if attribute == USER_NAME {
                narrow(&mut part, name);
            }
            found.extend(part.into_iter().map(|one| (one, connection.clone())));
        }
    }
    Ok(found)
}

/// Of the users whose names count as one, which an earlier version admitted, the one whose name is this, or is equal but for
/// ASCII case; all of them if none is.
pub(super) fn narrow<T: DirectoryRecord>(found: &mut Vec<T>, name: &str) {
    if found.len() < 2 {
        return;
    }
    let user_name = |one: &T| one.of_server().resource.user_name().map(str::to_owned);
    let is_same = |one: &T| user_name(one).as_deref() == Some(name);
    let is_like = |one: &T| user_name(one).is_some_and(|one| one.eq_ignore_ascii_case(name));
    if found.iter().any(is_same) {
        found.retain(is_same);
    } else if found.iter().any(is_like) {
        found.retain(is_like);
    }
}

/// Of those that share a name, so many are enough to see that there are several.
const SEVERAL: usize = 5;

const USER_NAME: &str = "userName";
