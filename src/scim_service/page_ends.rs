//! The memory of pages by number. A store finds the place of `startIndex` 249,901 by stepping over 249,900 rows; behind the last
//! resource of the page before it begins at once. So a client that reads page after page pays for each the same, and meets everybody
//! who is there throughout once: what comes and goes before the place does not move it. An end counts for the page that is asked for next
//! and for no other: pages that come in another order, as from a client that asks for several at once, are found by their numbers, as a
//! standing list has them. A mixture of both would leave out people whom each of them shows.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::provisioning::CredentialId;
use crate::scim::PageEnd;

/// The ends of the pages by number that clients have read last, each client's apart.
#[derive(Debug, Default)]
pub struct PageEnds(Mutex<HashMap<CredentialId, Vec<Entry>>>);

/// A page that a client asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PageRequest {
    /// The query, by its type, filter and order.
    pub(super) query: u64,
    /// The resources that the client asks for. Walks with pages of different sizes do not disturb each other.
    pub(super) count: usize,
    /// The first position, from 1.
    pub(super) start: u64,
    pub(super) now: Timestamp,
}

#[derive(Clone, Debug)]
struct Entry {
    query: u64,
    count: usize,
    /// The first position behind the page.
    next: u64,
    /// The id of the last resource on it.
    id: String,
    total: u64,
    /// The moment when the total was counted.
    counted: Timestamp,
    /// The moment when the page was read.
    read: Timestamp,
}

impl Entry {
    fn is_of_walk(&self, page: &PageRequest) -> bool {
        self.query == page.query && self.count == page.count
    }

    fn is_before(&self, page: &PageRequest) -> bool {
        let is_next = self.is_of_walk(page) && self.next == page.start;
        is_next && page.now.duration_since(self.read) <= LIFETIME
    }
}

impl PageEnds {
    /// The end of the page before, where that is the page of this walk that the client has read last, or the one before it. All other
    /// ends of the walk are forgotten.
    pub(super) fn before(&self, client: &CredentialId, page: &PageRequest) -> Option<PageEnd> {
        let mut clients = self.clients();
        let entries = clients.get_mut(client)?;
        entries.retain(|entry| !entry.is_of_walk(page) || entry.is_before(page));
        let entry = entries.iter().find(|entry| entry.is_before(page))?;
        let is_fresh = page.now.duration_since(entry.counted) <= TOTAL_LIFETIME;
        Some(PageEnd {
            id: entry.id.clone(),
            total: is_fresh.then_some(entry.total),
        })
    }

    /// Notes the last resource of a page of `length`, and the length of the list, unless that ends with the page. The end of the page
    /// before stays: the page itself may be asked for again.
    pub(super) fn note(
        &self,
        client: &CredentialId,
        page: &PageRequest,
        (length, id): (u64, String),
        total: u64,
    ) {
        let next = page.start.saturating_add(length);
        if next > total {
            return;
        }
        let mut clients = self.clients();
        make_room(&mut clients, client);
        let entries = clients.entry(client.clone()).or_default();
        let before = entries.iter().find(|entry| entry.is_before(page));
        let counted = before.map(|entry| entry.counted);
        let counted = counted.filter(|at| page.now.duration_since(*at) <= TOTAL_LIFETIME);
        let entry = Entry {
            query: page.query,
            count: page.count,
            next,
            id,
            total,
            counted: counted.unwrap_or(page.now),
            read: page.now,
        };
        entries.retain(|old| !old.is_of_walk(page) || old.is_before(page));
        if entries.len() == ENTRIES {
            entries.remove(0);
        }
        entries.push(entry);
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<CredentialId, Vec<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the client that has read nothing for the longest time, where there is no room for another one.
fn make_room(clients: &mut HashMap<CredentialId, Vec<Entry>>, comes: &CredentialId) {
    if clients.len() < CLIENTS || clients.contains_key(comes) {
        return;
    }
    let last_read = |entries: &Vec<Entry>| entries.last().map(|entry| entry.read);
    let idle = clients.iter().min_by_key(|(_, of)| last_read(of));
    if let Some(idle) = idle.map(|(client, _)| client.clone()) {
        clients.remove(&idle);
    }
}

/// Clients with entries. With all of their entries they take about 2 MB.
const CLIENTS: usize = 512;

/// Entries of a client. A walk has two, so that so many halves of this go on at once.
const ENTRIES: usize = 16;

/// The time after which a client that comes back begins at a number again: it may mean another walk.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The time for which a list is not counted again while a client walks through it.
const TOTAL_LIFETIME: SignedDuration = SignedDuration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn client(number: u16) -> CredentialId {
        let [high, low] = number.to_be_bytes();
        CredentialId::from_random([high, low, 0, 0, 0, 0, 0, 0])
    }

    fn page(start: u64, count: usize, second: i64) -> PageRequest {
        PageRequest {
            query: 7,
            count,
            start,
            now: Timestamp::from_second(second).unwrap(),
        }
    }

    fn note(ends: &PageEnds, client: &CredentialId, page: &PageRequest, id: &str) {
        ends.note(client, page, (page.count as u64, id.to_owned()), 1_000_000);
    }

    fn id(end: Option<PageEnd>) -> Option<String> {
        end.map(|end| end.id)
    }

    fn entries(ends: &PageEnds) -> usize {
        ends.clients().values().map(Vec::len).sum()
    }

    #[test]
    fn a_page_begins_behind_the_page_before_of_the_same_walk() {
        let (ends, ada) = (PageEnds::default(), client(1));
        note(&ends, &ada, &page(1, 5, 0), "e");
        assert_eq!(id(ends.before(&ada, &page(6, 5, 1))).as_deref(), Some("e"));
        let of_another_query = PageRequest {
            query: 8,
            ..page(6, 5, 1)
        };
        for other in [
            page(5, 5, 1),
            page(7, 5, 1),
            page(6, 4, 1),
            of_another_query,
        ] {
            assert_eq!(ends.before(&ada, &other), None, "{other:?}");
        }
        assert_eq!(ends.before(&client(2), &page(6, 5, 1)), None);
    }

    #[test]
    fn a_walk_has_two_entries_and_its_last_page_may_be_asked_for_again() {
        let (ends, ada) = (PageEnds::default(), client(1));
        for start in [1, 6, 11, 16, 16] {
            note(&ends, &ada, &page(start, 5, 0), &start.to_string());
            assert!(entries(&ends) <= 2);
        }
        let again = page(16, 5, 0);
        assert_eq!(id(ends.before(&ada, &again)).as_deref(), Some("11"));
        note(&ends, &ada, &again, "16");
        assert_eq!(
            id(ends.before(&ada, &page(21, 5, 0))).as_deref(),
            Some("16")
        );
        assert_eq!(ends.before(&ada, &page(16, 5, 0)), None);
    }

    #[test]
    fn pages_out_of_order_are_found_by_their_numbers() {
        let (ends, ada) = (PageEnds::default(), client(1));
        for walk in 0..2 {
            for start in [16, 11, 6, 1] {
                let asked = page(start, 5, walk);
                assert_eq!(ends.before(&ada, &asked), None, "{start}");
                note(&ends, &ada, &asked, &start.to_string());
            }
            // The first page was the last one that was read, but the next walk begins elsewhere.
            assert_eq!(ends.before(&ada, &page(21, 5, walk)), None);
        }
        for start in [1, 16, 11] {
            let asked = page(start, 5, 3);
            assert_eq!(ends.before(&ada, &asked), None, "{start}");
            note(&ends, &ada, &asked, &start.to_string());
        }
        assert_eq!(ends.before(&ada, &page(6, 5, 3)), None);
    }

    #[test]
    fn the_end_of_a_list_is_the_end_of_a_walk() {
        let (ends, ada) = (PageEnds::default(), client(1));
        ends.note(&ada, &page(1, 5, 0), (5, "e".to_owned()), 5);
        ends.note(&ada, &page(6, 5, 0), (0, "e".to_owned()), 5);
        assert_eq!(entries(&ends), 0);
    }

    #[test]
    fn the_last_end_of_a_place_counts() {
        let (ends, ada) = (PageEnds::default(), client(1));
        note(&ends, &ada, &page(1, 5, 0), "e");
        note(&ends, &ada, &page(1, 5, 1), "f");
        assert_eq!(id(ends.before(&ada, &page(6, 5, 1))).as_deref(), Some("f"));
        assert_eq!(entries(&ends), 1);
    }

    #[test]
    fn an_end_is_forgotten_after_a_while_and_a_total_sooner() {
        let (ends, ada) = (PageEnds::default(), client(1));
        note(&ends, &ada, &page(1, 5, 0), "e");
        let total = |start, second| {
            ends.before(&ada, &page(start, 5, second))
                .map(|end| end.total)
        };
        assert_eq!(total(6, 60), Some(Some(1_000_000)));
        assert_eq!(total(6, 61), Some(None));
        assert_eq!(total(6, 600), Some(None));
        // A total that was not counted anew is as old as it was.
        note(&ends, &ada, &page(6, 5, 60), "j");
        assert_eq!(total(11, 61), Some(None));
        note(&ends, &ada, &page(11, 5, 61), "o");
        assert_eq!(total(16, 121), Some(Some(1_000_000)));
        assert_eq!(total(16, 662), None);
    }

    #[test]
    fn numbers_at_random_take_no_more_memory() {
        let (ends, ada) = (PageEnds::default(), client(1));
        for number in 0..1000_u64 {
            let start = 1 + number * 7919 % 100_003;
            let count = 5 + number as usize % 100;
            note(&ends, &ada, &page(start, count, 0), "e");
            note(&ends, &ada, &page(start + 1, count, 0), "e");
        }
        assert_eq!(entries(&ends), ENTRIES);
    }

    #[test]
    fn one_client_pushes_no_other_out_and_the_most_idle_goes() {
        let ends = PageEnds::default();
        for number in 0..CLIENTS as u16 {
            note(&ends, &client(number), &page(1, 5, i64::from(number)), "e");
        }
        let now = CLIENTS as i64;
        for start in 1..100 {
            note(&ends, &client(0), &page(start, 5, now), "e");
        }
        assert!(ends.before(&client(1), &page(6, 5, now)).is_some());
        note(&ends, &client(u16::MAX), &page(1, 5, now), "e");
        assert_eq!(ends.clients().len(), CLIENTS);
        assert_eq!(ends.before(&client(1), &page(6, 5, now)), None);
        for number in [0, 2, u16::MAX] {
            assert!(ends.clients().contains_key(&client(number)));
        }
    }
}
