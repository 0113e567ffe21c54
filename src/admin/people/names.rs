//! The users and groups of a name.

use serde_json::json;

use super::record::DirectoryRecord;
use super::record::USER_NAME;
use super::record::inner_view;
use super::record::query;
use crate::admin::Admin;
use crate::admin::AdminError;
use crate::admin::Done;
use crate::admin::connections;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::Query;
use crate::directory::View;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// The query for those whose attribute has this value.
pub(in crate::admin) fn naming(
    view: &View,
    kind: ResourceKind,
    attribute: &str,
    value: &str,
) -> Result<Query, ScimError> {
    let filter = format!("{attribute} eq {}", json!(value));
    query(view, kind, Some(&filter), None, SEVERAL)
}

/// The one user or group of a name or an id. Fails if nobody or several have it, without the connection, or as the store does.
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
pub(crate) async fn named<T: DirectoryRecord>(
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
pub(in crate::admin) fn narrow<T: DirectoryRecord>(found: &mut Vec<T>, name: &str) {
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
