//! Account discovery over HTTP: clients that read all users by `startIndex`, page by page.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use entrada::connection::ScimRate;
use entrada::directory::add_credential;
use entrada::provisioning::SecretKind;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::credential;
use crate::scim_large::put_users;

/// A server with a high rate limit: other tests are about how much a connection may send.
async fn server() -> Scim {
    let many = NonZeroU32::new(100_000).unwrap();
    let rate = ScimRate {
        per_second: many,
        burst: many,
    };
    Scim::with(|connection| connection.scim_rate(rate)).await
}

/// A client that reads page after page, until the total says that there is no more.
struct Client {
    token: String,
    count: usize,
    filter: &'static str,
    start: usize,
    met: Vec<String>,
    ended: bool,
}

impl Client {
    fn new(scim: &Scim, count: usize, filter: &'static str) -> Client {
        Client {
            token: scim.token.clone(),
            count,
            filter,
            start: 1,
            met: Vec::new(),
            ended: false,
        }
    }

    async fn page(&self, scim: &Scim) -> Answer {
        let query = format!("startIndex={}&count={}", self.start, self.count);
        let filter = match self.filter {
            ALL => String::new(),
            filter => format!("&filter={filter}"),
        };
        let path = format!("/acme/v2/Users?{query}{filter}");
        let request = scim.anonymous(Method::GET, &path);
        let page = answer(request.bearer_auth(&self.token)).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        assert_eq!(page.body["startIndex"], self.start);
        page
    }

    async fn read_on(&mut self, scim: &Scim) {
        let page = self.page(scim).await;
        let names = page.names().into_iter().map(str::to_owned);
        self.start += names.len();
        self.ended = names.len() == 0 || self.start as u64 > total(&page);
        self.met.extend(names);
    }

    fn assert_met(&self, everybody: &BTreeSet<String>) {
        let once: BTreeSet<String> = self.met.iter().cloned().collect();
        let what = format!("{} by {}", self.filter, self.count);
        assert_eq!(once.len(), self.met.len(), "{what}: somebody came twice");
        let missed: Vec<_> = everybody.difference(&once).collect();
        assert!(missed.is_empty(), "{what}: missed {missed:?}");
    }
}

fn total(page: &Answer) -> u64 {
    page.body["totalResults"].as_u64().unwrap()
}

fn names(numbers: std::ops::Range<usize>) -> BTreeSet<String> {
    numbers.map(|number| format!("user-{number}")).collect()
}

const ALL: &str = "";
const BY_COLUMN: &str = "userName sw \"user\"";
const EVALUATED: &str = "title co \"gin\"";

#[tokio::test]
async fn clients_that_read_by_turns_meet_everybody_once() {
    const USERS: usize = 2_400;
    let scim = server().await;
    put_users(&scim, USERS).await;
    let mut clients = Vec::new();
    for count in [5, 100] {
        for filter in [ALL, BY_COLUMN] {
            clients.push(Client::new(&scim, count, filter));
        }
    }
    clients.push(Client::new(&scim, 100, EVALUATED));
    while clients.iter().any(|client| !client.ended) {
        for client in clients.iter_mut().filter(|client| !client.ended) {
            client.read_on(&scim).await;
        }
    }
    for client in clients {
        assert_eq!(client.met.len(), USERS);
        client.assert_met(&names(0..USERS));
    }
}

#[tokio::test]
async fn clients_miss_nobody_while_others_come_and_go() {
    const USERS: usize = 120;
    let scim = server().await;
    put_users(&scim, USERS).await;
    let lifetime = SignedDuration::from_hours(1);
    let (other, secret) = credential("acme", SecretKind::Bearer, lifetime, &*scim.clock);
    add_credential(&*scim.store, &other).await.unwrap();
    let mut clients: Vec<Client> = [ALL, BY_COLUMN, EVALUATED]
        .map(|filter| Client::new(&scim, 10, filter))
        .into();
    // Another client begins later, and so finds other people at the same numbers.
    let mut late = Client {
        token: other.secret_text(&secret),
        ..Client::new(&scim, 10, ALL)
    };
    let mut gone = BTreeSet::new();
    for turn in 0.. {
        if clients.iter().all(|client| client.ended) && late.ended {
            break;
        }
        for client in clients.iter_mut().filter(|client| !client.ended) {
            client.read_on(&scim).await;
        }
        if turn > 0 && !late.ended {
            late.read_on(&scim).await;
        }
        // Three go whom all of them have met, and somebody comes.
        let met: Vec<String> = late.met.iter().rev().take(3).cloned().collect();
        for name in met {
            let found = scim
                .get(&format!("/Users?filter=userName eq \"{name}\""))
                .await;
            let id = found.body["Resources"][0]["id"].as_str().map(str::to_owned);
            if let Some(id) = id {
                assert_eq!(scim.delete(&format!("/Users/{id}")).await.status, 204);
                gone.insert(name);
            }
        }
        scim.user(&format!("user-late-{turn}")).await;
    }
    assert!(gone.len() > 20, "{gone:?}");
    clients.push(late);
    for client in clients {
        client.assert_met(&names(0..USERS));
    }
}

#[tokio::test]
async fn a_page_is_asked_for_again_and_a_client_comes_back_late() {
    let scim = server().await;
    put_users(&scim, 30).await;
    let mut client = Client::new(&scim, 5, ALL);
    client.read_on(&scim).await;
    client.read_on(&scim).await;
    let page = client.page(&scim).await;
    let first = client.met[0].clone();
    let found = scim
        .get(&format!("/Users?filter=userName eq \"{first}\""))
        .await;
    let id = found.body["Resources"][0]["id"].as_str().unwrap();
    assert_eq!(scim.delete(&format!("/Users/{id}")).await.status, 204);
    // The page of the same people, although they stand one place earlier now.
    assert_eq!(client.page(&scim).await.names(), page.names());
    let mut again = Client::new(&scim, 5, ALL);
    again.start = client.start;
    assert_eq!(again.page(&scim).await.names(), page.names());

    scim.clock.advance(SignedDuration::from_secs(601));
    let by_number = client.page(&scim).await;
    assert_eq!(by_number.names()[..4], page.names()[1..]);
    assert_eq!((total(&page), total(&by_number)), (30, 29));
}

#[tokio::test]
async fn a_client_that_jumps_gets_each_page_by_its_number() {
    const USERS: usize = 60;
    let scim = server().await;
    put_users(&scim, USERS).await;
    let mut all = Client::new(&scim, 100, ALL);
    all.read_on(&scim).await;
    let mut walk = Client::new(&scim, 7, ALL);
    for number in 0..200_usize {
        let start = number * 7919 % USERS;
        let mut jump = Client::new(&scim, 1 + number % 3, ALL);
        jump.start = start + 1;
        jump.read_on(&scim).await;
        let end = (start + jump.count).min(USERS);
        assert_eq!(jump.met, all.met[start..end], "from {start}");
        // What it read pushed the end of the walk's page out, and the walk goes on by number.
        if number % 20 == 0 && !walk.ended {
            walk.read_on(&scim).await;
        }
    }
    assert!(walk.ended);
    assert_eq!(walk.met, all.met);
    for beyond in ["61", "1000000", "9223372036854775807"] {
        let page = scim.get(&format!("/Users?startIndex={beyond}")).await;
        assert_eq!((page.status, page.names().len()), (200, 0), "{beyond}");
        assert_eq!(total(&page), USERS as u64);
    }
}

#[tokio::test]
async fn groups_are_read_by_number_too() {
    let scim = server().await;
    for number in 0..23 {
        scim.group(&format!("group-{number:02}"), &[]).await;
    }
    let (mut met, mut start) = (Vec::new(), 1);
    loop {
        let page = scim
            .get(&format!("/Groups?startIndex={start}&count=5"))
            .await;
        met.extend(page.names().into_iter().map(str::to_owned));
        start = met.len() + 1;
        // Somebody who was met goes.
        let first = page.body["Resources"][0]["id"].as_str().unwrap();
        assert_eq!(scim.delete(&format!("/Groups/{first}")).await.status, 204);
        if start as u64 > total(&page) {
            break;
        }
    }
    met.sort();
    let all: Vec<String> = (0..23).map(|number| format!("group-{number:02}")).collect();
    assert_eq!(met, all);
}

/// As the answers to a client arrive that asks for several pages at once.
#[tokio::test]
async fn pages_that_come_out_of_order_miss_nobody() {
    let scim = server().await;
    put_users(&scim, 20).await;
    let mut met = BTreeSet::new();
    for start in [16, 11, 6, 1] {
        let mut client = Client::new(&scim, 5, ALL);
        client.start = start;
        met.extend(
            client
                .page(&scim)
                .await
                .names()
                .into_iter()
                .map(str::to_owned),
        );
    }
    assert_eq!(met.len(), 20);
    for number in 0..15 {
        let user = json!({ "userName": format!("new-{number}@example.com") });
        assert_eq!(scim.post("/Users", user).await.status, 201);
    }
    let mut again = BTreeSet::new();
    for start in [1, 31, 26, 21, 16, 11, 6] {
        let mut client = Client::new(&scim, 5, ALL);
        client.start = start;
        again.extend(
            client
                .page(&scim)
                .await
                .names()
                .into_iter()
                .map(str::to_owned),
        );
    }
    assert_eq!(again.len(), 35);
    assert!(met.is_subset(&again));
}
