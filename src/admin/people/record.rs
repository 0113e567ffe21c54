//! Users and groups alike, as lists and names find them.

use serde_json::json;

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
pub(in crate::admin) fn inner_view(connection: &Connection) -> View {
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
pub(in crate::admin) fn query(
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

pub(super) const USER_NAME: &str = "userName";
