//! Lists. What an index answers is asked of SQLite as a whole; anything else is evaluated on a bounded number of rows.

use serde_json::Map;
use serde_json::Value;

use super::failed;
use super::rows::Kept;
use super::rows::within_scan;
use super::terms;
use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::Listed;
use crate::directory::PAGE;
use crate::directory::Query;
use crate::directory::SCAN;
use crate::directory::column;
use crate::scim::Filter;
use crate::scim::Indexed;
use crate::scim::Page;
use crate::scim::Plan;
use crate::scim::Sort;
use crate::scim::Term;
use crate::store::sqlite::Db;
use crate::store::sqlite::statement::Sql;
use crate::store::sqlite::statement::column as only_column;

/// A list of users or of groups.
pub(super) fn list<T: Kept>(
    db: &Db,
    connection: &ConnectionId,
    query: &Query,
) -> Result<Listed<T>, DirectoryError> {
    let plan = query.list.filter.as_ref().map(Filter::plan);
    let nothing = Plan {
        terms: Vec::new(),
        left: None,
    };
    let Plan { terms, left } = plan.unwrap_or(nothing);
    let list = List {
        db,
        connection,
        terms: &terms,
        query,
    };
    let sort = query.list.sort.as_ref();
    match (&query.list.page, left) {
        (Page::Cursor { .. }, _) if sort.is_some() => Err(DirectoryError::SortedCursor),
        (Page::Cursor { after, count }, left) => {
            let after = after.as_ref().map(|cursor| cursor.id.clone());
            let count = (*count).min(PAGE);
            match left {
                None => list.walk(after, count),
                Some(left) => list.walk_evaluated(after, count, &left),
            }
        }
        (Page::Index { start_index, count }, left) => {
            let part = Part {
                offset: start_index.saturating_sub(1),
                count: (*count).min(PAGE),
            };
            match (left, sort.map(|sort| (sort, column(sort.path())))) {
                (None, None) => list.part(part, None),
                (None, Some((sort, Some(column)))) => list.part(part, Some((sort, column))),
                (left, _) => list.part_evaluated(part, left.as_ref()),
            }
        }
    }
}

/// A part of a list by number.
#[derive(Clone, Copy)]
struct Part {
    offset: u64,
    count: usize,
}

/// A list on its way.
struct List<'a> {
    db: &'a Db,
    connection: &'a ConnectionId,
    terms: &'a [Term],
    query: &'a Query,
}

impl List<'_> {
    /// A part that SQLite finds and orders. A list that ends on the part is counted by that.
    fn part<T: Kept>(
        &self,
        part: Part,
        sort: Option<(&Sort, Indexed)>,
    ) -> Result<Listed<T>, DirectoryError> {
        let mut resources = Vec::new();
        if part.count > 0 {
            let mut query = self.select::<T>(T::COLUMNS);
            order(&mut query, sort);
            query.push(" LIMIT ").bind(part.count as i64);
            let offset = i64::try_from(part.offset).unwrap_or(i64::MAX);
            query.push(" OFFSET ").bind(offset);
            resources = self.fetch(&query)?;
        }
        let last = part.offset == 0 && resources.len() < part.count;
        let total = match last {
            true => resources.len() as u64,
            false => self.total::<T>()?,
        };
        Ok(Listed {
            resources,
            total: Some(total),
            behind: None,
        })
    }

    /// A part behind a resource: one more is read, to know whether there is more.
    fn walk<T: Kept>(
        &self,
        after: Option<String>,
        count: usize,
    ) -> Result<Listed<T>, DirectoryError> {
        let total = self.total::<T>()?;
        let mut resources = self.behind::<T>(after.as_deref(), count + 1)?;
        let more = resources.len() > count;
        resources.truncate(count);
        let behind = resources.last().filter(|_| more).cloned();
        Ok(Listed {
            resources,
            total: Some(total),
            behind,
        })
    }

    /// A part behind a resource, where each has to be evaluated: as many as there are among a bounded number of rows.
    fn walk_evaluated<T: Kept>(
        &self,
        after: Option<String>,
        count: usize,
        left: &Filter,
    ) -> Result<Listed<T>, DirectoryError> {
        let mut scan = Scan::new(after);
        let mut resources: Vec<T> = Vec::new();
        let mut last = None;
        while !scan.ended && scan.looked_at + CHUNK <= SCAN {
            let rows = self.behind::<T>(scan.after.as_deref(), CHUNK)?;
            let documents = self.documents(&rows, Some(left), &mut scan)?;
            for (row, document) in rows.into_iter().zip(documents) {
                if resources.len() == count {
                    let behind = last;
                    return Ok(unnumbered(resources, behind));
                }
                last = Some(row.clone());
                if left.matches(&document) {
                    resources.push(row);
                }
            }
        }
        let behind = last.filter(|_| !scan.ended);
        Ok(unnumbered(resources, behind))
    }

    /// A part by number of what has to be evaluated, or ordered by what no column holds.
    fn part_evaluated<T: Kept>(
        &self,
        part: Part,
        left: Option<&Filter>,
    ) -> Result<Listed<T>, DirectoryError> {
        within_scan(self.candidates::<T>()?)?;
        let mut scan = Scan::new(None);
        let mut found: Vec<(Option<Map<String, Value>>, T)> = Vec::new();
        let sort = self.query.list.sort.as_ref();
        while !scan.ended {
            let rows = self.behind::<T>(scan.after.as_deref(), CHUNK)?;
            let documents = self.documents(&rows, left, &mut scan)?;
            let pairs = rows.into_iter().zip(documents);
            let matching = pairs.filter(|(_, of)| left.is_none_or(|left| left.matches(of)));
            found.extend(matching.map(|(row, of)| (sort.map(|_| of), row)));
        }
        if let Some(sort) = sort {
            found.sort_by(|(left, _), (right, _)| match (left, right) {
                (Some(left), Some(right)) => sort.compare(left, right),
                _ => std::cmp::Ordering::Equal,
            });
        }
        let total = found.len() as u64;
        let offset = usize::try_from(part.offset).unwrap_or(usize::MAX);
        let part = found.into_iter().skip(offset).take(part.count);
        Ok(Listed {
            resources: part.map(|(_, row)| row).collect(),
            total: Some(total),
            behind: None,
        })
    }

    /// What clients see of the rows of a chunk, with members or groups where something looks at them.
    fn documents<T: Kept>(
        &self,
        rows: &[T],
        left: Option<&Filter>,
        scan: &mut Scan,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError> {
        scan.advance(rows);
        let by_filter = left.is_some_and(|left| left.mentions(T::RELATION));
        let sort = self.query.list.sort.as_ref();
        let by_sort = sort.is_some_and(|sort| sort.path().attribute().name == T::RELATION);
        let with_relations = by_filter || by_sort;
        let view = &self.query.view;
        T::documents(self.db, rows, view, with_relations, &mut scan.looked_at)
    }

    /// Rows behind an id, in the order of ids.
    fn behind<T: Kept>(&self, after: Option<&str>, count: usize) -> Result<Vec<T>, DirectoryError> {
        let mut query = self.select::<T>(T::COLUMNS);
        push_behind(&mut query, after, count);
        self.fetch(&query)
    }

    fn total<T: Kept>(&self) -> Result<u64, DirectoryError> {
        let query = match self.terms.is_empty() {
            true => {
                let mut query = Sql::new("SELECT ");
                query.push(T::TABLE);
                query.push(" FROM directory_counts WHERE connection = ");
                query.bind(self.connection.as_str().to_owned());
                query
            }
            false => self.select::<T>("count(*)"),
        };
        let count: Option<i64> = query.first(self.db, only_column).map_err(failed)?;
        u64::try_from(count.unwrap_or(0)).map_err(failed)
    }

    /// How many rows the terms leave over, counted up to the first that is too many.
    fn candidates<T: Kept>(&self) -> Result<usize, DirectoryError> {
        let mut query = Sql::new("SELECT count(*) FROM (");
        push_select::<T>(&mut query, "1", self.connection, self.terms);
        query.push(" LIMIT ").bind(SCAN as i64 + 1).push(")");
        let count: Option<i64> = query.first(self.db, only_column).map_err(failed)?;
        usize::try_from(count.unwrap_or(0)).map_err(failed)
    }

    fn select<T: Kept>(&self, columns: &'static str) -> Sql {
        let mut query = Sql::new("");
        push_select::<T>(&mut query, columns, self.connection, self.terms);
        query
    }

    fn fetch<T: Kept>(&self, query: &Sql) -> Result<Vec<T>, DirectoryError> {
        let records = query.all(self.db, |row| T::read(row, self.connection));
        records.map_err(failed)
    }
}

fn push_select<T: Kept>(
    query: &mut Sql,
    columns: &'static str,
    connection: &ConnectionId,
    terms: &[Term],
) {
    query.push("SELECT ").push(columns).push(" FROM ");
    query.push(T::TABLE).push(" AS r WHERE ");
    // An index on the connection would lead to all of its rows; as an expression it leaves the lead to the other table.
    query.push(match terms.iter().any(terms::is_elsewhere) {
        true => "r.connection || '' = ",
        false => "r.connection = ",
    });
    query.bind(connection.as_str().to_owned());
    for term in terms {
        terms::push(query, connection, term);
    }
}

/// The text of a page's statement.
#[cfg(test)]
pub(super) fn statement<T: Kept>(terms: &[Term], after: Option<&str>) -> String {
    let mut query = Sql::new("");
    let acme = "acme".parse().unwrap();
    push_select::<T>(&mut query, T::COLUMNS, &acme, terms);
    push_behind(&mut query, after, PAGE);
    query.text().to_owned()
}

fn push_behind(query: &mut Sql, after: Option<&str>, count: usize) {
    if let Some(after) = after {
        query.push(" AND r.id > ").bind(after.to_owned());
    }
    order(query, None);
    query.push(" LIMIT ").bind(count as i64);
}

fn order(query: &mut Sql, sort: Option<(&Sort, Indexed)>) {
    query.push(" ORDER BY ");
    if let Some((sort, column)) = sort {
        query.push(terms::name(column));
        query.push(match sort.is_descending() {
            true => " DESC NULLS FIRST, ",
            false => " ASC NULLS LAST, ",
        });
    }
    query.push("r.id");
}

/// How far the evaluation of a list has come.
struct Scan {
    after: Option<String>,
    looked_at: usize,
    ended: bool,
}

impl Scan {
    fn new(after: Option<String>) -> Scan {
        Scan {
            after,
            looked_at: 0,
            ended: false,
        }
    }

    fn advance<T: Kept>(&mut self, rows: &[T]) {
        self.looked_at += rows.len();
        self.ended = rows.len() < CHUNK;
        if let Some(last) = rows.last() {
            self.after = Some(last.record().id.clone());
        }
    }
}

fn unnumbered<T>(resources: Vec<T>, behind: Option<T>) -> Listed<T> {
    Listed {
        resources,
        total: None,
        behind,
    }
}

pub(super) const COUNTS: &str =
    "SELECT users, active_users, groups FROM directory_counts WHERE connection = ?1";

/// Rows that are evaluated at a time: they are what is in memory at once.
const CHUNK: usize = 500;
