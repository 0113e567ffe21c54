//! Lists. A store finds and orders by its columns; anything else is evaluated here, on a bounded number of rows.

mod row;
mod scan;
mod selection;
mod strategy;

use serde_json::Map;
use serde_json::Value;

use self::row::Row;
use self::scan::Scan;
pub(super) use self::scan::TOO_MANY;
pub use self::selection::RowOrder;
pub use self::selection::RowPlace;
pub use self::selection::RowSelection;
use self::strategy::Part;
use self::strategy::Strategy;
use super::DirectoryError;
use super::DirectoryView;
use super::Listed;
use super::Query;
use super::SCAN;
use crate::scim::Filter;
use crate::scim::PageEnd;
use crate::scim::Plan;
use crate::scim::Term;

pub(super) async fn list<T: Row>(
    view: &mut dyn DirectoryView,
    query: &Query,
) -> Result<Listed<T>, DirectoryError> {
    let plan = query.list.filter.as_ref().map(Filter::plan);
    let Plan { terms, left } = plan.unwrap_or_default();
    let strategy = Strategy::of(&query.list, left.is_some());
    let mut list = List {
        view,
        terms: &terms,
        left: left.as_ref(),
        query,
    };
    match strategy {
        Strategy::Walk { after, count } => list.walk(after, count).await,
        Strategy::WalkEvaluated { after, count } => list.walk_evaluated(after, count).await,
        Strategy::Part(part, order) => list.part(part, order).await,
        Strategy::Behind(part, end) => list.behind(part, end).await,
        Strategy::BehindEvaluated(part, end) => list.behind_evaluated(part, end).await,
        Strategy::PartEvaluated(part) => list.part_evaluated(part).await,
    }
}

struct List<'a> {
    view: &'a mut dyn DirectoryView,
    terms: &'a [Term],
    /// The part of the filter that no column answers.
    left: Option<&'a Filter>,
    query: &'a Query,
}

impl List<'_> {
    /// A part that the store finds and orders. A list that ends on the part is counted by that.
    async fn part<T: Row>(
        &mut self,
        part: Part,
        order: Option<RowOrder>,
    ) -> Result<Listed<T>, DirectoryError> {
        let place = RowPlace::At {
            offset: part.offset,
            order,
        };
        let resources: Vec<T> = match part.count {
            0 => Vec::new(),
            count => self.rows(place, count).await?,
        };
        let total = match part.counts(resources.len()) {
            Some(total) => total,
            None => self.total::<T>().await?,
        };
        Ok(Listed {
            resources,
            total: Some(total),
            behind: None,
        })
    }

    /// A part behind the page before it: one more is read, to know whether there is more.
    async fn behind<T: Row>(
        &mut self,
        part: Part,
        end: &PageEnd,
    ) -> Result<Listed<T>, DirectoryError> {
        let place = RowPlace::Behind(Some(&end.id));
        let resources = self.rows(place, part.count + 1).await?;
        // The store knows the number of all without counting.
        let total = match end.total.filter(|_| !self.terms.is_empty()) {
            Some(total) => total,
            None => self.total::<T>().await?,
        };
        Ok(part.numbered(resources, total))
    }

    /// A part behind the page before it, where each has to be evaluated: all of them only where their number is not known.
    async fn behind_evaluated<T: Row>(
        &mut self,
        part: Part,
        end: &PageEnd,
    ) -> Result<Listed<T>, DirectoryError> {
        scan::within(self.candidates::<T>().await?)?;
        let mut scan = Scan::behind(end.total.map(|_| end.id.as_str()));
        let (mut matching, mut resources) = (0, Vec::new());
        while !scan.has_ended() && (end.total.is_none() || resources.len() <= part.count) {
            for (row, document) in self.next::<T>(&mut scan).await? {
                if self.left.is_none_or(|left| left.matches(&document)) {
                    matching += 1;
                    if row.record().id > end.id && resources.len() <= part.count {
                        resources.push(row);
                    }
                }
            }
        }
        Ok(part.numbered(resources, end.total.unwrap_or(matching)))
    }

    /// A part behind a resource: one more is read, to know whether there is more.
    async fn walk<T: Row>(
        &mut self,
        after: Option<&str>,
        count: usize,
    ) -> Result<Listed<T>, DirectoryError> {
        let total = self.total::<T>().await?;
        let mut resources: Vec<T> = self.rows(RowPlace::Behind(after), count + 1).await?;
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
    async fn walk_evaluated<T: Row>(
        &mut self,
        after: Option<&str>,
        count: usize,
    ) -> Result<Listed<T>, DirectoryError> {
        let mut scan = Scan::behind(after);
        let mut resources: Vec<T> = Vec::new();
        let mut last = None;
        while scan.goes_on_within_bounds() {
            for (row, document) in self.next::<T>(&mut scan).await? {
                if resources.len() == count {
                    return Ok(unnumbered(resources, last));
                }
                last = Some(row.clone());
                if self.left.is_none_or(|left| left.matches(&document)) {
                    resources.push(row);
                }
            }
        }
        let behind = last.filter(|_| !scan.has_ended());
        Ok(unnumbered(resources, behind))
    }

    /// A part by number of what has to be evaluated, or ordered by what no column holds.
    async fn part_evaluated<T: Row>(&mut self, part: Part) -> Result<Listed<T>, DirectoryError> {
        scan::within(self.candidates::<T>().await?)?;
        let mut scan = Scan::behind(None);
        let mut found: Vec<(Option<Map<String, Value>>, T)> = Vec::new();
        let sort = self.query.list.sort.as_ref();
        while !scan.has_ended() {
            let pairs = self.next::<T>(&mut scan).await?.into_iter();
            let matching = pairs.filter(|(_, of)| self.left.is_none_or(|left| left.matches(of)));
            found.extend(matching.map(|(row, of)| (sort.map(|_| of), row)));
        }
        if let Some(sort) = sort {
            found.sort_by(|(left, _), (right, _)| match (left, right) {
                (Some(left), Some(right)) => sort.compare(left, right),
                _ => std::cmp::Ordering::Equal,
            });
        }
        let total = found.len() as u64;
        let resources = part.of(found).map(|(_, row)| row).collect();
        Ok(Listed {
            resources,
            total: Some(total),
            behind: None,
        })
    }

    /// The next rows of a scan, and what clients see of them, with members or groups where something looks at them.
    async fn next<T: Row>(
        &mut self,
        scan: &mut Scan,
    ) -> Result<Vec<(T, Map<String, Value>)>, DirectoryError> {
        let rows: Vec<T> = self
            .rows(RowPlace::Behind(scan.after()), scan::CHUNK)
            .await?;
        scan.advance(
            rows.len(),
            rows.last().map(|last| last.record().id.as_str()),
        );
        let view = &self.query.view;
        let documents = match self.looks_at(T::RELATION) {
            false => rows.iter().map(|row| row.document(view)).collect(),
            true => T::related(self.view, &rows, view, scan).await?,
        };
        Ok(rows.into_iter().zip(documents).collect())
    }

    fn looks_at(&self, relation: &str) -> bool {
        let sort = self.query.list.sort.as_ref();
        self.left.is_some_and(|left| left.mentions(relation))
            || sort.is_some_and(|sort| sort.path().attribute().name == relation)
    }

    async fn rows<T: Row>(
        &mut self,
        place: RowPlace<'_>,
        count: usize,
    ) -> Result<Vec<T>, DirectoryError> {
        let selection = RowSelection {
            terms: self.terms,
            place,
            count,
        };
        T::rows(self.view, &selection).await
    }

    async fn total<T: Row>(&mut self) -> Result<u64, DirectoryError> {
        match self.terms.is_empty() {
            true => Ok(T::all_of(&self.view.counts().await?)),
            false => self.view.count_rows(T::KIND, self.terms, u64::MAX).await,
        }
    }

    /// The number of rows that the terms leave over, counted up to the first that is too many.
    async fn candidates<T: Row>(&mut self) -> Result<usize, DirectoryError> {
        let most = SCAN as u64 + 1;
        let count = self.view.count_rows(T::KIND, self.terms, most).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// A part of a list whose length nobody knows.
fn unnumbered<T>(resources: Vec<T>, behind: Option<T>) -> Listed<T> {
    Listed {
        resources,
        total: None,
        behind,
    }
}
