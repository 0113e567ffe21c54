//! Users and groups as commands reach them: over which connections, by which names, and lists walked page by page, so
//! that no directory is too large.

mod change;
mod list;

use std::sync::Arc;

use serde_json::json;

pub(super) use self::change::Change;
pub(super) use self::change::Failed;
pub(super) use self::change::log_entry;
pub(super) use self::change::patch;
pub(super) use self::list::Walk;
pub(super) use self::list::Which;
pub(super) use self::list::report;
use super::error::CliError;
use super::site::Site;
use crate::connection::BaseUrl;
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
use crate::scim::Schemas;
use crate::scim::ScimError;
use crate::store::Store;

/// How the clients of a connection see its resources.
pub(super) fn view(connection: &Connection, base_url: &BaseUrl) -> View {
    seen_at(connection, &base_url.scim(connection.id()))
}

/// The same where nobody sees an address.
pub(super) fn inner_view(connection: &Connection) -> View {
    seen_at(connection, "")
}

/// The extensions were checked when they came; if they do not hold now, the standard's schemas are left, as for clients.
fn seen_at(connection: &Connection, base: &str) -> View {
    let schemas = Schemas::with_extensions(connection.scim_extensions());
    let schemas = schemas.unwrap_or_else(|_| Schemas::standard());
    View::new(Arc::new(schemas), base)
}

/// Users or groups.
pub(super) trait Kept: Clone + Send + Sync {
    /// Which of them.
    const KIND: ResourceKind;

    /// The attribute by which people name one.
    const NAMED_BY: &'static str;

    /// The resource, and what the server knows about it.
    fn kept(&self) -> &Record;

    /// A part of a list.
    async fn part(
        store: &dyn Store,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<Self>, DirectoryError>;
}

impl Kept for UserRecord {
    const KIND: ResourceKind = ResourceKind::User;
    const NAMED_BY: &'static str = USER_NAME;

    fn kept(&self) -> &Record {
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

impl Kept for GroupRecord {
    const KIND: ResourceKind = ResourceKind::Group;
    const NAMED_BY: &'static str = "displayName";

    fn kept(&self) -> &Record {
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

/// What a list asks for. A cursor, even an empty one, begins a walk.
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
pub(super) fn one<T: Kept>(
    site: &Site,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Result<(T, Connection), CliError> {
    let mut found = named::<T>(site, connection, name)?;
    let what = T::KIND.name().to_lowercase();
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(CliError::Usage(format!("there is no {what} {name}"))),
        (Some(one), true) => Ok(one),
        (Some(one), false) => {
            let all = found.iter().chain([&one]);
            let all = all.map(|(one, of)| format!("{} of {}", one.kept().id, of.id()));
            let all: Vec<String> = all.collect();
            Err(CliError::Usage(format!(
                "there is more than one {what} {name}: {}; name it by its id, or give --connection",
                all.join(", ")
            )))
        }
    }
}

/// Those of a name, or the one of an id; of many, the first few.
pub(super) fn named<T: Kept>(
    site: &Site,
    connection: Option<&ConnectionId>,
    name: &str,
) -> Result<Vec<(T, Connection)>, CliError> {
    let mut found = Vec::new();
    for connection in site.connections(connection)? {
        let view = inner_view(&connection);
        for attribute in ["id", T::NAMED_BY] {
            let query = naming(&view, T::KIND, attribute, name).map_err(|error| wrong(&error))?;
            let part = site.wait(|store| T::part(store, connection.id(), &query));
            let mut part = part.map_err(failed)?.resources;
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
pub(super) fn narrow<T: Kept>(found: &mut Vec<T>, name: &str) {
    if found.len() < 2 {
        return;
    }
    let user_name = |one: &T| one.kept().resource.user_name().map(str::to_owned);
    let is_same = |one: &T| user_name(one).as_deref() == Some(name);
    let is_like = |one: &T| user_name(one).is_some_and(|one| one.eq_ignore_ascii_case(name));
    if found.iter().any(is_same) {
        found.retain(is_same);
    } else if found.iter().any(is_like) {
        found.retain(is_like);
    }
}

/// What a store says to a list.
pub(super) fn failed(error: DirectoryError) -> CliError {
    match error {
        DirectoryError::Store(error) => CliError::Io(error.to_string()),
        error => CliError::Usage(error.to_scim().to_string()),
    }
}

/// What is wrong with a list that was asked for.
pub(super) fn wrong(error: &ScimError) -> CliError {
    let flag = match error {
        ScimError::InvalidFilter { .. } => "--filter: ",
        ScimError::InvalidCursor => "--cursor: ",
        _ => "",
    };
    CliError::Usage(format!("{flag}{error}"))
}

/// Of those that share a name, so many are enough to see that there are several.
const SEVERAL: usize = 5;

const USER_NAME: &str = "userName";
