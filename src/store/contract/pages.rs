//! Promises of pages by number that begin behind the end of the page before.

use std::sync::Arc;

use serde_json::json;

use super::lists::named;
use super::people::insert;
use super::people::numbers;
use super::people::query;
use super::people::user;
use super::people::user_id;
use super::people::user_of;
use super::people::users;
use super::people::write;
use super::samples::id;
use super::samples::with_connections;
use crate::directory::Listed;
use crate::directory::UserRecord;
use crate::scim::Page;
use crate::scim::PageEnd;
use crate::scim::ResourceKind;
use crate::store::Store;

/// A client that reads a list by number, five at a time, with the end of each page remembered.
struct Numbered {
    filter: &'static str,
    /// True if the total is remembered too.
    with_total: bool,
    start: u64,
    behind: Option<PageEnd>,
    met: Vec<u32>,
    ended: bool,
}

impl Numbered {
    /// Clients for lists that columns answer, and that have to be evaluated. They begin together.
    fn all() -> Vec<Numbered> {
        let filters = [
            "",
            "active eq true",
            "userName sw \"person\"",
            "not (title pr)",
            "active eq true and not (title pr)",
        ];
        let client = |filter| {
            [true, false].map(|with_total| Numbered {
                filter,
                with_total,
                start: 1,
                behind: None,
                met: Vec::new(),
                ended: false,
            })
        };
        filters.into_iter().flat_map(client).collect()
    }

    async fn page(&self, store: &Arc<dyn Store>, behind: Option<PageEnd>) -> Listed<UserRecord> {
        let mut query = query(ResourceKind::User, self.filter, "");
        query.list.page = Page::Index {
            start_index: self.start,
            count: 5,
            behind,
        };
        let page = store.users(&id("acme"), &query).await;
        page.expect("the store answers")
    }

    /// Reads the next page; a client ends where the total says so.
    async fn read_on(&mut self, store: &Arc<dyn Store>) {
        let page = self.page(store, self.behind.clone()).await;
        self.met.extend(numbers(&page.resources));
        self.start += page.resources.len() as u64;
        self.behind = page.resources.last().map(|last| PageEnd {
            id: last.record().id.clone(),
            total: page.total.filter(|_| self.with_total),
        });
        self.ended = page.resources.is_empty() || page.total.is_none_or(|of| self.start > of);
    }
}

pub(super) async fn a_page_behind_the_one_before_is_the_page_of_its_number(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for number in 10..33 {
        let kept = insert(&store, &user(number, named(number))).await;
        kept.expect("the user is kept");
    }
    let titled = |number| {
        let attributes = json!({"userName": format!("titled-{number}"), "title": "Reader"});
        user(number, attributes)
    };
    for other in [titled(9), titled(35), user_of("bolt", 34, named(34))] {
        let kept = insert(&store, &other).await;
        kept.expect("the user is kept");
    }
    for mut client in Numbered::all() {
        while !client.ended {
            let page = client.page(&store, client.behind.clone()).await;
            let by_number = client.page(&store, None).await;
            assert_eq!(page, by_number, "{}, from {}", client.filter, client.start);
            client.read_on(&store).await;
        }
        let found = users(&store, client.filter, "").await;
        let expected = numbers(&found.expect("the store answers").resources);
        assert_eq!(client.met, expected, "{}", client.filter);
    }
}

pub(super) async fn pages_by_number_miss_nothing_that_was_there_throughout(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let throughout: Vec<u32> = (100..140).collect();
    for number in &throughout {
        let kept = insert(&store, &user(*number, named(*number))).await;
        kept.expect("the user is kept");
    }
    let mut clients = Numbered::all();
    for turn in 1.. {
        let mut reading = clients.iter_mut().filter(|client| !client.ended);
        let Some(first) = reading.next() else {
            break;
        };
        first.read_on(&store).await;
        let met = first.met.clone();
        for client in reading {
            client.read_on(&store).await;
        }
        // Of those who were met three go; one comes before the place, and one behind it.
        let changed = write(&store, "acme", move |directory| {
            Box::pin(async move {
                for number in met.iter().rev().take(3) {
                    directory.delete_user(&user_id(*number)).await?;
                }
                for number in [turn, 1000 + turn] {
                    directory.insert_user(&user(number, named(number))).await?;
                }
                Ok(())
            })
        });
        changed.await.expect("the change is kept");
    }
    for client in clients {
        let found = client.met.iter().copied();
        let found: Vec<u32> = found.filter(|met| throughout.contains(met)).collect();
        assert_eq!(found, throughout, "{}", client.filter);
    }
}
