//! Lists of users and groups, as commands print them.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::json;

use super::error::CliError;
use super::output::Report;
use super::output::list;
use super::site::Site;
use crate::admin::people;
use crate::admin::people::DirectoryRecord;
use crate::admin::people::InvalidListCursor;
use crate::admin::people::ListQuery;
use crate::connection::ConnectionId;

/// The resources that a list has.
#[derive(clap::Args)]
pub(super) struct Which {
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

/// A list as it is printed: each resource as `L`, a line of cells in the text, an object in the JSON under the `name` of all.
pub(super) fn report<T: DirectoryRecord, L: Serialize + From<T>, const CELLS: usize>(
    site: &Site,
    which: &Which,
    name: &'static str,
    wanted: impl Fn(&T) -> bool + Send + Sync,
    cells: fn(&L) -> [Cow<'_, str>; CELLS],
) -> Result<Report, CliError> {
    let query = which.query()?;
    let page = site.run(people::list::<T>(site.admin(), &query, wanted))?;
    let listed: Vec<L> = page.resources.into_iter().map(L::from).collect();
    let text = list(&listed, &format!("There are no such {name}."), cells);
    let next = page.next.map(|cursor| cursor.to_string());
    let more = next
        .as_ref()
        .map(|cursor| format!("note: there is more: --cursor {cursor}"));
    let json = json!({ (name): listed, "next_cursor": next });
    Ok(Report::new(text, &json).notes(more))
}

impl Which {
    fn query(&self) -> Result<ListQuery, CliError> {
        let cursor = self.cursor.as_deref().map(str::parse).transpose();
        let cursor = cursor
            .map_err(|error: InvalidListCursor| CliError::Usage(format!("--cursor: {error}")))?;
        Ok(ListQuery {
            connection: self.connection.clone(),
            filter: self.filter.clone(),
            limit: self.limit as usize,
            cursor,
        })
    }
}
