//! A large customer at rest: 100,000 users, 1,000 groups, one of them with 50,000 members. The store is filled beforehand;
//! everything measured goes over HTTP, one request after the other, in turns with what it is compared with.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::Outcome;
use crate::client;
use crate::client::Connection;
use crate::client::Target;
use crate::fill::Fill;
use crate::fill::group_id;
use crate::fill::user_id;
use crate::server::Place;
use crate::server::Server;

const FEW: u32 = 1_000;
const USERS: u32 = 100_000;
const GROUPS: u32 = 1_000;
const MEMBERS: u32 = 50_000;
/// Repetitions of each measurement; the median counts.
const TIMES: u32 = 300;
const PAGE: usize = 100;
/// Clients that ask at once, for the memory that it takes.
const CONNECTIONS: usize = 64;

/// Measures a customer against one of 1,000 users; prints ratios, and the server's memory.
pub(crate) async fn measure(small: &Place, large: &Place) -> Outcome<()> {
    let mut small = Site::start(small).await?;
    small.fill.users(0..FEW).await?;
    let mut large = Site::start(large).await?;
    let began = Instant::now();
    large.fill.users(0..USERS).await?;
    large.fill.groups(0..GROUPS).await?;
    large.fill.members(0, 0..MEMBERS).await?;
    println!(
        "the store of {USERS} users, {GROUPS} groups and {MEMBERS} members was filled in {:.1?}",
        began.elapsed()
    );

    for (attribute, name, end) in [
        ("userName", "person-", "@example.com"),
        ("externalId", "external-", ""),
    ] {
        let (mut many, mut few) = (Vec::new(), Vec::new());
        for number in 0..TIMES {
            let filter = |among: u32| {
                let number = number * 7919 % among;
                format!("/Users?filter={attribute}+eq+%22{name}{number}{end}%22")
            };
            few.push(small.found(&filter(FEW)).await?);
            many.push(large.found(&filter(USERS)).await?);
        }
        let what = format!("look-up by {attribute}, among {USERS} and among {FEW} users");
        ratio(&what, many, few, "at most 1.5");
    }
    additions(&mut large).await?;
    walk(&mut large).await?;
    memory(&mut large).await
}

async fn additions(large: &mut Site) -> Outcome<()> {
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let member = user_id(MEMBERS + number);
        empty.push(large.added(&group_id(1 + number), &member).await?);
        full.push(large.added(&group_id(0), &member).await?);
    }
    let what = format!("adding one member to a group of {MEMBERS}, and to an empty one");
    ratio(&what, full, empty, "at most 1.5");
    Ok(())
}

/// Walks through all users; then the first and the last pages are asked for again, in turns.
async fn walk(large: &mut Site) -> Outcome<()> {
    let (mut cursor, mut met, mut places) = (Some(String::new()), 0, Vec::new());
    while let Some(place) = cursor {
        let (page, _) = large.page(&place).await?;
        places.push(place);
        met += page["Resources"].as_array().map_or(0, Vec::len);
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    if met != USERS as usize {
        return Err(format!("a walk met {met} users of {USERS}").into());
    }
    let tenth = places.len() / 10;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for (early, late) in places.iter().take(tenth).zip(places.iter().rev()) {
        first.push(large.page(early).await?.1);
        last.push(large.page(late).await?.1);
    }
    let what = format!("a page of {PAGE} by cursor, the last {tenth} pages and the first");
    ratio(&what, last, first, "no difference");
    Ok(())
}

async fn memory(large: &mut Site) -> Outcome<()> {
    println!("memory after all of that: {}", large.server.memory()?);
    let pages: Vec<Vec<u8>> = (0..USERS / 100)
        .map(|page| {
            let path = format!("/Users?count={PAGE}&startIndex={}", 1 + page * 100);
            large.target.request("GET", &path, "")
        })
        .collect();
    client::flood(&large.target, pages, CONNECTIONS, 200).await?;
    println!(
        "after pages of {PAGE} by number over {CONNECTIONS} connections at once: {}",
        large.server.memory()?
    );
    let creates = (USERS..USERS + 5_000).map(|number| large.target.create(number as usize));
    client::flood(&large.target, creates.collect(), CONNECTIONS, 201).await?;
    println!(
        "after 5,000 creates over {CONNECTIONS} connections: {}",
        large.server.memory()?
    );
    // The server closes a connection over which nothing came for long.
    large.connection = Connection::new(large.target.address);
    let path = format!("/Groups/{}", group_id(0));
    let (group, time) = large.timed("GET", &path, "", 200).await?;
    let members = group["members"].as_array().map_or(0, Vec::len);
    println!(
        "after the group was read with its {members} members, in {time:.1?}: {}",
        large.server.memory()?
    );
    match members == (MEMBERS + TIMES) as usize {
        true => Ok(()),
        false => Err("members are missing".into()),
    }
}

/// A server on a store of its own.
pub(crate) struct Site {
    pub(crate) server: Server,
    target: Target,
    pub(crate) fill: Fill,
    connection: Connection,
}

impl Site {
    pub(crate) async fn start(place: &Place) -> Outcome<Site> {
        let (server, target) = Server::entrada(place).await?;
        Ok(Site {
            server,
            connection: Connection::new(target.address),
            target,
            fill: Fill::open(&place.database).await?,
        })
    }

    pub(crate) async fn timed(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        status: u16,
    ) -> Outcome<(Value, Duration)> {
        let request = self.target.request(method, path, body);
        let began = Instant::now();
        let answer = self.connection.ask(&request, status).await?;
        let time = began.elapsed();
        Ok(match answer.is_empty() {
            true => (Value::Null, time),
            false => (serde_json::from_slice(&answer)?, time),
        })
    }

    async fn page(&mut self, cursor: &str) -> Outcome<(Value, Duration)> {
        let path = format!("/Users?count={PAGE}&cursor={cursor}");
        self.timed("GET", &path, "", 200).await
    }

    async fn found(&mut self, path: &str) -> Outcome<Duration> {
        let (list, time) = self.timed("GET", path, "", 200).await?;
        match list["totalResults"] == 1 {
            true => Ok(time),
            false => Err(format!("{path}: {list}").into()),
        }
    }

    async fn added(&mut self, group: &str, member: &str) -> Outcome<Duration> {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "Add", "path": "members", "value": [{"value": member}]}],
        });
        let path = format!("/Groups/{group}");
        let (_, time) = self.timed("PATCH", &path, &body.to_string(), 204).await?;
        Ok(time)
    }
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

pub(crate) fn ratio(what: &str, one: Vec<Duration>, other: Vec<Duration>, asked: &str) {
    let (one, other) = (median(one), median(other));
    let ratio = one.as_secs_f64() / other.as_secs_f64();
    println!("{what}: {one:.1?} and {other:.1?}, {ratio:.2} (asked for: {asked})");
}
