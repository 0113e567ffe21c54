//! Lists over one connection or all, a part at a time.

use std::fmt;
use std::str::FromStr;

use super::record::DirectoryRecord;
use super::record::inner_view;
use super::record::query;
use crate::admin::Admin;
use crate::admin::AdminError;
use crate::admin::Done;
use crate::admin::connections;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::PAGE;
use crate::directory::View;

/// A list of users or groups to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListQuery {
    /// The connection, or `None` for all.
    pub connection: Option<ConnectionId>,
    /// The SCIM filter that describes them.
    pub filter: Option<String>,
    /// The number of resources at most.
    pub limit: usize,
    /// The place where an earlier list ended.
    pub cursor: Option<ListCursor>,
}

/// A part of a list over connections.
#[derive(Clone, PartialEq, Debug)]
pub struct ListPage<T> {
    /// The resources.
    pub resources: Vec<T>,
    /// The place where the list goes on, if it does.
    pub next: Option<ListCursor>,
}

/// A place in a list over connections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListCursor {
    connection: ConnectionId,
    place: String,
}

/// A text is not the cursor of a list.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the next_cursor of a list")]
pub struct InvalidListCursor;
debug_as_sentence!(InvalidListCursor);

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.connection, self.place)
    }
}

impl FromStr for ListCursor {
    type Err = InvalidListCursor;

    fn from_str(text: &str) -> Result<ListCursor, InvalidListCursor> {
        let (connection, place) = text.split_once(':').ok_or(InvalidListCursor)?;
        Ok(ListCursor {
            connection: connection.parse().map_err(|_| InvalidListCursor)?,
            place: place.to_owned(),
        })
    }
}

/// Lists users or groups: connection after connection, in each in the order of ids, which never changes. A walk misses nobody
/// who was there throughout. Fails on a filter or a cursor that cannot be read, a connection that is not there, and where the
/// store does.
pub async fn list<T: DirectoryRecord>(
    admin: &Admin,
    asked: &ListQuery,
    wanted: impl Fn(&T) -> bool + Send + Sync,
) -> Done<ListPage<T>> {
    let mut connections = connections::all(admin, asked.connection.as_ref()).await?;
    let start = asked.cursor.as_ref();
    if let Some(start) = start {
        connections.retain(|one| one.id().as_str() >= start.connection.as_str());
    }
    let mut resources: Vec<T> = Vec::new();
    for connection in &connections {
        let resumed = start.filter(|start| start.connection == *connection.id());
        let place = resumed.map(|start| start.place.clone()).unwrap_or_default();
        let mut walk = Walk::new(admin, connection, asked.filter.clone(), place);
        while let Some(place) = walk.place() {
            let left = asked.limit - resources.len();
            if left == 0 {
                let next = Some(ListCursor {
                    connection: connection.id().clone(),
                    place: place.to_owned(),
                });
                return Ok(ListPage { resources, next });
            }
            let part = walk.part::<T>(left).await?.0;
            resources.extend(part.into_iter().filter(&wanted));
        }
    }
    Ok(ListPage {
        resources,
        next: None,
    })
}

/// A walk through the users or groups of one connection.
pub struct Walk<'a> {
    admin: &'a Admin,
    connection: ConnectionId,
    view: View,
    filter: Option<String>,
    place: Option<String>,
}

impl<'a> Walk<'a> {
    /// A walk from a place on; the empty one is the beginning.
    pub fn new(
        admin: &'a Admin,
        connection: &Connection,
        filter: Option<String>,
        place: String,
    ) -> Walk<'a> {
        Walk {
            admin,
            connection: connection.id().clone(),
            view: inner_view(connection),
            filter,
            place: Some(place),
        }
    }

    /// The place of the walk; `None` at its end.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The form in which clients see the resources.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The next resources, at most so many, and how many there are in all, where somebody knows. There may be none, and more
    /// behind them. Fails on a filter or a place that cannot be read, and where the store does.
    pub async fn part<T: DirectoryRecord>(&mut self, count: usize) -> Done<(Vec<T>, Option<u64>)> {
        let Some(place) = self.place.take() else {
            return Ok((Vec::new(), None));
        };
        let filter = self.filter.as_deref();
        let query = query(&self.view, T::KIND, filter, Some(&place), count.min(PAGE));
        let query = query.map_err(AdminError::Question)?;
        let part = T::part(self.admin.store(), &self.connection, &query).await?;
        let behind = part.behind.as_ref();
        self.place = behind.map(|last| query.list.cursor_behind(&last.of_server().id));
        Ok((part.resources, part.total))
    }
}
