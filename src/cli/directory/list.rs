//! Lists over one connection or all, a part at a time.

use serde::Serialize;
use serde_json::json;

use super::Kept;
use super::failed;
use super::inner_view;
use super::query;
use super::wrong;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::table;
use crate::cli::site::Site;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::PAGE;
use crate::directory::View;
use crate::scim::Relations;

/// Which resources a list has.
#[derive(clap::Args)]
pub(in crate::cli) struct Which {
    /// Only those of this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// Only those that this SCIM filter describes
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=LIST_MOST))]
    limit: u32,
    /// Go on where a list ended that had more (its `next_cursor`)
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

/// A list is held in memory as a whole; 10,000 users are some 20 MB. What is longer is walked, or exported.
const LIST_MOST: i64 = 10_000;

/// A part of a list over connections.
struct Found<T> {
    /// The resources, each with the connection that it belongs to.
    resources: Vec<T>,
    /// Where the list goes on, if it does.
    next: Option<String>,
}

/// Lists users or groups: connection after connection, in each in the order of ids, which never changes. A walk misses
/// nobody who was there throughout.
fn list<T: Kept>(
    site: &Site,
    which: &Which,
    wanted: impl Fn(&T) -> bool,
) -> Result<Found<T>, CliError> {
    let (start, mut cursor) = which.start()?;
    let mut connections = site.connections(which.connection.as_ref())?;
    if let Some(start) = &start {
        connections.retain(|one| one.id().as_str() >= start.as_str());
    }
    let limit = which.limit as usize;
    let mut resources: Vec<T> = Vec::new();
    for connection in &connections {
        let resumed = start.as_ref() == Some(connection.id());
        let cursor = cursor.take().filter(|_| resumed).unwrap_or_default();
        let mut walk = Walk::new(site, connection, which.filter.clone(), cursor);
        while let Some(place) = walk.place() {
            let left = limit - resources.len();
            if left == 0 {
                let next = Some(format!("{}:{place}", connection.id()));
                return Ok(Found { resources, next });
            }
            let part = walk.part::<T>(left)?.0;
            resources.extend(part.into_iter().filter(&wanted));
        }
    }
    Ok(Found {
        resources,
        next: None,
    })
}

/// A list as it is printed: each resource as `L`, a line of columns in the text, an object in the JSON under the `name` of all.
pub(in crate::cli) fn report<T: Kept, L: Serialize + From<T>, const COLUMNS: usize>(
    site: &Site,
    which: &Which,
    name: &'static str,
    wanted: impl Fn(&T) -> bool,
    line: impl Fn(&L) -> [&str; COLUMNS],
) -> Result<Report, CliError> {
    let Found { resources, next } = list::<T>(site, which, wanted)?;
    let listed: Vec<L> = resources.into_iter().map(L::from).collect();
    let text = match listed.as_slice() {
        [] => format!("There are no such {name}."),
        listed => table(&listed.iter().map(line).collect::<Vec<_>>()),
    };
    let more = next
        .as_ref()
        .map(|cursor| format!("note: there is more: --cursor {cursor}"));
    let json = json!({ (name): listed, "next_cursor": next });
    Ok(Report::new(text, &json).notes(more))
}

impl Which {
    /// The connection where the list goes on, and the place in it.
    fn start(&self) -> Result<(Option<ConnectionId>, Option<String>), CliError> {
        let Some(cursor) = &self.cursor else {
            return Ok((None, None));
        };
        let parts = cursor.split_once(':');
        let parts = parts.and_then(|(id, place)| Some((id.parse().ok()?, place)));
        match parts {
            Some((id, place)) => Ok((Some(id), Some(place.to_owned()))),
            None => Err(CliError::Usage(
                "--cursor: expected the next_cursor of a list".to_owned(),
            )),
        }
    }
}

/// A walk through the users or groups of one connection.
pub(in crate::cli) struct Walk<'s> {
    site: &'s Site,
    connection: ConnectionId,
    view: View,
    filter: Option<String>,
    place: Option<String>,
}

impl<'s> Walk<'s> {
    /// A walk from a place on; the empty one is the beginning.
    pub(in crate::cli) fn new(
        site: &'s Site,
        connection: &Connection,
        filter: Option<String>,
        place: String,
    ) -> Walk<'s> {
        Walk {
            site,
            connection: connection.id().clone(),
            view: inner_view(connection),
            filter,
            place: Some(place),
        }
    }

    /// Where the walk is; `None` at its end.
    pub(in crate::cli) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// How clients see what is found.
    pub(in crate::cli) fn view(&self) -> &View {
        &self.view
    }

    /// The next resources, at most so many, and how many there are in all, where somebody knows. There may be none, and
    /// more behind them.
    pub(in crate::cli) fn part<T: Kept>(
        &mut self,
        count: usize,
    ) -> Result<(Vec<T>, Option<u64>), CliError> {
        let Some(place) = self.place.take() else {
            return Ok((Vec::new(), None));
        };
        let filter = self.filter.as_deref();
        let query = query(&self.view, T::KIND, filter, Some(&place), count.min(PAGE));
        let query = query.map_err(|error| wrong(&error))?;
        let part = self
            .site
            .wait(|store| T::part(store, &self.connection, &query));
        let part = part.map_err(failed)?;
        let of = self.view.schemas().resource_type(T::KIND);
        let behind = part.behind.as_ref().map(|last| {
            let document = last.kept().document(of, Relations::None, "");
            query.list.cursor_behind(&document)
        });
        self.place = behind;
        Ok((part.resources, part.total))
    }
}
