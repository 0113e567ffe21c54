//! Microsoft's tests of pagination: walks by `startIndex`, five at a time, which read everybody and change nobody.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::case_error::mismatch;
use super::server::Server;
use super::server::excerpt;
use super::server::shortened;
use crate::practice::provision::ScimResponse;
use crate::practice::provision::Step;
use crate::practice::provision::listed;
use crate::practice::provision::name_of;
use crate::scim::ResourceKind;

pub(super) async fn users(server: &Server<'_>) -> Result<String, CaseError> {
    for _ in 0..OBJECTS {
        server.user().await?;
    }
    walk(server, ResourceKind::User).await
}

pub(super) async fn groups(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    for _ in 0..OBJECTS {
        server.group(&[]).await?;
    }
    walk(server, ResourceKind::Group).await
}

/// Walks all of them, or those of this run alone where there are too many. Others may change the directory meanwhile: a walk
/// in which the number of all changed is made again.
async fn walk(server: &Server<'_>, kind: ResourceKind) -> Result<String, CaseError> {
    let all = page(server, kind, 1, None).await?.total;
    let (filter, scope) = match all > LARGEST {
        false => (None, String::new()),
        true => {
            let mark = server.created.mark();
            let filter = format!("{} sw \"{mark}\"", name_of(kind).path());
            let filter = match page(server, kind, 1, Some(&filter)).await {
                Ok(_) => Some(filter),
                Err(silent @ CaseError::NoAnswer(_)) => return Err(silent),
                Err(_) => None,
            };
            let scope = match filter {
                Some(_) => format!(" of this run, since there are {all} in all"),
                None => format!(" of the first {LARGEST}, since there are {all} in all"),
            };
            (filter, scope)
        }
    };
    let mut tries = WALKS;
    loop {
        tries -= 1;
        match walked(server, kind, filter.as_deref()).await {
            Ok(count) => return Ok(format!("each of {count} once{scope}")),
            Err(Walk::Changed) if tries > 0 => {}
            Err(Walk::Changed) => {
                return Err(mismatch("one totalResults in all pages", "several"));
            }
            Err(Walk::Failed(error)) => return Err(error),
        }
    }
}

enum Walk {
    /// The number of all is another one than on the first page.
    Changed,
    Failed(CaseError),
}

impl From<CaseError> for Walk {
    fn from(error: CaseError) -> Walk {
        Walk::Failed(error)
    }
}

/// One walk from the first to the last page; the number of objects.
async fn walked(
    server: &Server<'_>,
    kind: ResourceKind,
    filter: Option<&str>,
) -> Result<usize, Walk> {
    let (mut seen, mut ours) = (BTreeSet::new(), BTreeSet::new());
    let first = page(server, kind, 1, filter).await?;
    let total = first.total;
    let last = total.min(LARGEST);
    let mut start = 1;
    while start <= last {
        let page = page(server, kind, start, filter).await?;
        if page.total != total {
            return Err(Walk::Changed);
        }
        for (id, name) in page.objects {
            if server.created.is_ours(&name) {
                ours.insert(id.clone());
            }
            let expected = "each object on one page";
            let again = format!("{} again on the page from {start}", shortened(&id));
            ensure(seen.insert(id), expected, || again)?;
        }
        start += COUNT;
    }
    let expected = format!("{last} different objects in the pages of {COUNT}");
    let whole = seen.len() as u64 >= last;
    ensure(whole, &expected, || seen.len().to_string())?;
    let is_all = total == last;
    ensure(
        !is_all || ours.len() >= OBJECTS,
        "everybody of this run",
        || format!("{} of {OBJECTS}", ours.len()),
    )?;
    Ok(seen.len())
}

struct Page {
    total: u64,
    /// Ids and names.
    objects: Vec<(String, String)>,
}

async fn page(
    server: &Server<'_>,
    kind: ResourceKind,
    start: u64,
    filter: Option<&str>,
) -> Result<Page, CaseError> {
    let mut call = server.call(Step::Read, Method::GET, kind);
    call.query.push(("startIndex", start.to_string()));
    call.query.push(("count", COUNT.to_string()));
    call.query
        .extend(filter.map(|filter| ("filter", filter.to_owned())));
    let answer = server.ask(call).await?;
    read(kind, start, &answer).ok_or_else(|| {
        let expected = format!(
            "a ListResponse from startIndex {start} with totalResults and at most {COUNT} Resources"
        );
        mismatch(expected, excerpt(&answer))
    })
}

fn read(kind: ResourceKind, start: u64, answer: &ScimResponse) -> Option<Page> {
    let resources = listed(answer).ok()?;
    let object = |resource: &Value| {
        let name = name_of(kind).read(resource)?;
        Some((
            resource["id"].as_str()?.to_owned(),
            name.as_str()?.to_owned(),
        ))
    };
    let starts = answer
        .body
        .get("startIndex")
        .is_none_or(|found| *found == start);
    let page = Page {
        total: answer.body["totalResults"].as_u64()?,
        objects: resources.iter().map(object).collect::<Option<_>>()?,
    };
    (starts && resources.len() as u64 <= COUNT).then_some(page)
}

/// Microsoft's `count`.
const COUNT: u64 = 5;
/// Objects of this run: three pages, the last of them short.
const OBJECTS: usize = 11;
/// Objects that are walked at most: 200 requests, at Entra's 25 a second eight seconds.
const LARGEST: u64 = 1000;
/// Walks, where others change the directory at the same time.
const WALKS: u32 = 3;
