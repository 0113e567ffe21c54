//! Lists (RFC 7644 §3.4.2 and §3.4.3, RFC 9865): of one type, or at the root of both, one after the other.

use serde_json::Map;
use serde_json::Value;

use super::LIMITS;
use super::ScimAnswer;
use super::exchange::Exchange;
use super::log;
use super::page_ends::PageRequest;
use super::refusal::Refusal;
use crate::directory::GroupRecord;
use crate::directory::Query;
use crate::directory::UserRecord;
use crate::scim::ListQuery;
use crate::scim::ListResponse;
use crate::scim::Page;
use crate::scim::PageLimits;
use crate::scim::PagePosition;
use crate::scim::Parameters;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

struct List {
    kind: ResourceKind,
    parameters: Parameters,
}

struct Part {
    documents: Vec<Map<String, Value>>,
    total: Option<u64>,
    /// The id of its last resource.
    last: Option<String>,
    next: Option<String>,
}

const PAGE_LIMITS: PageLimits = PageLimits {
    most: LIMITS.page,
    default: LIMITS.default_page,
};

impl Exchange<'_> {
    pub(super) async fn list(
        &mut self,
        kinds: &[ResourceKind],
        parameters: Parameters,
    ) -> Result<ScimAnswer, Refusal> {
        let lists = self.lists(kinds, &parameters);
        let resolved = self.resolved(&lists);
        let plain = match &resolved {
            // The log says whom a walk looked for that is refused for its order.
            Err(_) if parameters.sorts(self.of(kinds[0])) => {
                let plain = parameters.unsorted().from_the_start();
                self.resolve(kinds[0], &plain).ok()
            }
            _ => None,
        };
        let query = resolved.as_ref().ok().map(|(_, query)| query);
        let filter = query
            .or(plain.as_ref())
            .and_then(|query| query.filter.as_ref());
        self.entry.subject = filter.and_then(log::looked_for);
        let (first, query) = resolved?;
        let response = match query.page {
            Page::Index {
                start_index, count, ..
            } => self.by_index(&lists, start_index, count).await?,
            Page::Cursor { .. } => self.by_cursor(&lists[first..], query).await?,
        };
        Ok(ScimAnswer::json(200, response.into_json()))
    }

    /// The query for each type. An attribute that sorts one type need not be there in another. No resource of that type
    /// has a value then: there is nothing to sort it by.
    fn lists(&self, kinds: &[ResourceKind], parameters: &Parameters) -> Vec<List> {
        let sorts = |kind: &ResourceKind| parameters.sorts(self.of(*kind));
        let any = kinds.iter().any(sorts);
        let list = |kind: &ResourceKind| List {
            kind: *kind,
            parameters: match any && !sorts(kind) {
                true => parameters.unsorted(),
                false => parameters.clone(),
            },
        };
        kinds.iter().map(list).collect()
    }

    /// The query of a list. It may name what another type has: no resource of this one has a value of it.
    fn resolve(&self, kind: ResourceKind, parameters: &Parameters) -> Result<ListQuery, ScimError> {
        let all = ResourceKind::ALL.map(|kind| self.of(kind));
        parameters.resolve_among(self.of(kind), &all, PAGE_LIMITS)
    }

    /// The query for the first of the types that it fits: a cursor belongs to one.
    fn resolved(&self, lists: &[List]) -> Result<(usize, ListQuery), ScimError> {
        let mut refused = ScimError::InvalidCursor;
        for (index, list) in lists.iter().enumerate() {
            match self.resolve(list.kind, &list.parameters) {
                Ok(query) => return Ok((index, query)),
                Err(error) => refused = error,
            }
            if refused != ScimError::InvalidCursor {
                break;
            }
        }
        Err(refused)
    }

    async fn by_index(
        &self,
        lists: &[List],
        start_index: u64,
        count: usize,
    ) -> Result<ListResponse, Refusal> {
        let mut offset = start_index - 1;
        let (mut total, mut resources) = (0, Vec::new());
        let client = self.context.caller.credential();
        for list in lists {
            let mut query = self.resolve(list.kind, &list.parameters)?;
            let page = PageRequest {
                query: query.fingerprint(),
                count: count - resources.len(),
                start: offset + 1,
                now: self.context.now,
            };
            // At the root, the place of a group depends on the number of users.
            let remembers = lists.len() == 1 && query.sort.is_none() && page.count > 0;
            let before = remembers.then(|| self.service.page_ends.before(client, &page));
            query.page = Page::Index {
                start_index: page.start,
                count: page.count,
                behind: before.flatten(),
            };
            let part = self.part(list.kind, query).await?;
            let in_all = part.total.unwrap_or_default();
            if let Some(last) = part.last.filter(|_| remembers) {
                let end = (part.documents.len() as u64, last);
                self.service.page_ends.note(client, &page, end, in_all);
            }
            resources.extend(part.documents);
            offset = offset.saturating_sub(in_all);
            total += in_all;
        }
        Ok(ListResponse {
            total_results: Some(total),
            resources,
            place: PagePosition::Index(start_index),
        })
    }

    /// A walk goes through the types one after the other: behind the last user comes the first group.
    async fn by_cursor(&self, lists: &[List], query: ListQuery) -> Result<ListResponse, Refusal> {
        let part = self.part(lists[0].kind, query).await?;
        let next = match (part.next, lists.get(1)) {
            (Some(next), _) => Some(next),
            (None, Some(list)) => {
                let query = self.resolve(list.kind, &list.parameters.from_the_start())?;
                Some(query.cursor_behind(""))
            }
            (None, None) => None,
        };
        Ok(ListResponse {
            total_results: part.total.filter(|_| lists.len() == 1),
            resources: part.documents,
            place: PagePosition::Cursor(next),
        })
    }

    async fn part(&self, kind: ResourceKind, list: ListQuery) -> Result<Part, Refusal> {
        let (directory, connection) = (self.service.directory, self.connection());
        let query = Query {
            list,
            view: self.service.view.clone(),
        };
        let projection = &query.list.projection;
        let next = |id: &String| query.list.cursor_behind(id);
        Ok(match kind {
            ResourceKind::User => {
                let page = directory.users(connection, &query).await?;
                let id = |user: &UserRecord| user.record().id.clone();
                Part {
                    documents: self.users(&page.resources, projection).await?,
                    total: page.total,
                    last: page.resources.last().map(id),
                    next: page.behind.as_ref().map(id).as_ref().map(next),
                }
            }
            ResourceKind::Group => {
                let page = directory.groups(connection, &query).await?;
                let id = |group: &GroupRecord| group.record().id.clone();
                Part {
                    documents: self.groups(&page.resources, projection).await?,
                    total: page.total,
                    last: page.resources.last().map(id),
                    next: page.behind.as_ref().map(id).as_ref().map(next),
                }
            }
        })
    }
}
