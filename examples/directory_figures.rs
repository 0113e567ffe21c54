//! Measures the directory of a large customer in one run: 100,000 users, 1,000 groups, one of 50,000 members. Prints the
//! ratios that the project promises. `cargo run --release --example directory_figures`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use entrada::configuration::danger::put_connection;
use entrada::connection::Connection;
use entrada::connection::ConnectionId;
use entrada::directory::Directory;
use entrada::directory::DirectoryError;
use entrada::directory::GroupId;
use entrada::directory::GroupRecord;
use entrada::directory::Origin;
use entrada::directory::Query;
use entrada::directory::Scope;
use entrada::directory::UserId;
use entrada::directory::UserRecord;
use entrada::directory::View;
use entrada::directory::transact;
use entrada::scim::MemberRef;
use entrada::scim::MembershipChange;
use entrada::scim::PageLimits;
use entrada::scim::Parameters;
use entrada::scim::Resource;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use entrada::store::SqliteStore;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

const USERS: u32 = 100_000;
const FEW: u32 = 1_000;
const GROUPS: u32 = 1_000;
const MEMBERS: u32 = 50_000;

/// Repetitions of each measurement; the median counts.
const TIMES: u32 = 300;

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let site = Site {
        store: SqliteStore::open(folder.path().join("entrada.db")).await?,
        acme: "acme".parse()?,
        view: View::new(Arc::new(Schemas::standard()), "https://sp.example/v2"),
    };
    let acme = Connection::builder("acme").metadata_url("https://idp.example/metadata");
    put_connection(&site.store, &acme.build()?, Timestamp::now()).await?;

    site.add_users(0, FEW).await?;
    let few_name = site.lookups("userName", "person-", FEW).await?;
    let few_external = site.lookups("externalId", "external-", FEW).await?;
    let began = Instant::now();
    for from in (FEW..USERS).step_by(FEW as usize) {
        site.add_users(from, from + FEW).await?;
    }
    println!("{USERS} users in {:.1?}", began.elapsed());
    let many_name = site.lookups("userName", "person-", USERS).await?;
    let many_external = site.lookups("externalId", "external-", USERS).await?;
    ratio(
        "look-up by userName, 100,000 to 1,000 users",
        many_name,
        few_name,
    );
    ratio(
        "look-up by externalId, 100,000 to 1,000 users",
        many_external,
        few_external,
    );

    site.add_groups().await?;
    let began = Instant::now();
    site.add_members(0, 0..MEMBERS).await?;
    println!("{MEMBERS} members in one request: {:.1?}", began.elapsed());
    let (mut large, mut empty) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let member = MEMBERS + number;
        empty.push(site.timed_add(1 + number, member).await?);
        large.push(site.timed_add(0, member).await?);
    }
    ratio(
        "adding to the group of 50,000, to an empty one",
        median(large),
        median(empty),
    );

    let pages = site.walk().await?;
    let (first, last) = (&pages[..100], &pages[pages.len() - 100..]);
    ratio(
        "a page by cursor, the last 100 to the first",
        median(last.to_vec()),
        median(first.to_vec()),
    );
    println!("resident memory, at most: {}", peak()?);
    Ok(())
}

struct Site {
    store: SqliteStore,
    acme: ConnectionId,
    view: View,
}

impl Site {
    fn scope(&self) -> Scope {
        Scope::by_default(self.acme.clone(), now())
    }

    async fn add_users(&self, from: u32, to: u32) -> Outcome<()> {
        let acme = self.acme.clone();
        let scope = self.scope();
        let added = transact(&self.store, &scope, move |directory| {
            Box::pin(async move {
                for number in from..to {
                    directory.insert_user(&user(&acme, number)).await?;
                }
                Ok::<_, DirectoryError>(())
            })
        });
        Ok(added.await?)
    }

    async fn add_groups(&self) -> Outcome<()> {
        let acme = self.acme.clone();
        let scope = self.scope();
        let added = transact(&self.store, &scope, move |directory| {
            Box::pin(async move {
                for number in 0..GROUPS {
                    let resource = resource(
                        ResourceKind::Group,
                        json!({"displayName": format!("group-{number}")}),
                    );
                    let group = GroupRecord::new(&group_id(number), acme.clone(), resource, now());
                    directory.insert_group(&group).await?;
                }
                Ok::<_, DirectoryError>(())
            })
        });
        Ok(added.await?)
    }

    async fn add_members(&self, group: u32, users: std::ops::Range<u32>) -> Outcome<()> {
        let member = |number| MemberRef {
            id: user_id(number).to_string(),
            kind: None,
        };
        let change = MembershipChange::Add(users.map(member).collect());
        let view = self.view.clone();
        let scope = self.scope();
        let added = transact(&self.store, &scope, move |directory| {
            Box::pin(async move {
                directory
                    .change_members(&group_id(group), &change, &view)
                    .await
            })
        });
        added.await?;
        Ok(())
    }

    async fn timed_add(&self, group: u32, user: u32) -> Outcome<Duration> {
        let began = Instant::now();
        self.add_members(group, user..user + 1).await?;
        Ok(began.elapsed())
    }

    /// The median of look-ups spread over all users.
    async fn lookups(&self, attribute: &str, name: &str, among: u32) -> Outcome<Duration> {
        let mut times = Vec::new();
        for number in (0..TIMES).map(|n| (n * 7919) % among) {
            let query = self.query(&format!("filter={attribute}+eq+%22{name}{number}%22"))?;
            let began = Instant::now();
            let found = self.store.users(&self.acme, &query).await?;
            times.push(began.elapsed());
            assert_eq!(found.total, Some(1));
        }
        Ok(median(times))
    }

    async fn walk(&self) -> Outcome<Vec<Duration>> {
        let mut times = Vec::new();
        let mut next = Some(String::new());
        let mut met = 0;
        while let Some(cursor) = next {
            let query = self.query(&format!("count=100&cursor={cursor}"))?;
            let began = Instant::now();
            let page = self.store.users(&self.acme, &query).await?;
            times.push(began.elapsed());
            met += page.resources.len();
            let behind = page.behind.as_ref();
            next = behind.map(|user| query.list.cursor_behind(&user.record().id));
        }
        assert_eq!(met, USERS as usize);
        Ok(times)
    }

    fn query(&self, address: &str) -> Outcome<Query> {
        let of = self.view.schemas().resource_type(ResourceKind::User);
        let limits = PageLimits {
            most: 1000,
            default: 100,
        };
        Ok(Query {
            list: Parameters::from_query(address)?.resolve(of, limits)?,
            view: self.view.clone(),
        })
    }
}

fn user(acme: &ConnectionId, number: u32) -> UserRecord {
    let attributes = json!({
        "userName": format!("person-{number}"), "externalId": format!("external-{number}"),
        "displayName": format!("Person {number}"), "active": true,
        "name": {"givenName": "Person", "familyName": number.to_string()},
        "emails": [{"type": "work", "primary": true, "value": format!("person-{number}@example.com")}],
    });
    let resource = resource(ResourceKind::User, attributes);
    UserRecord::new(
        &user_id(number),
        acme.clone(),
        Origin::Provisioned,
        resource,
        now(),
    )
}

fn resource(kind: ResourceKind, attributes: Value) -> Resource {
    let attributes = attributes.as_object().cloned().unwrap_or_default();
    Resource::restored(kind, attributes)
}

/// Ids in no order, as random ones are.
fn bytes(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    bytes
}

fn user_id(number: u32) -> UserId {
    UserId::from_random(bytes(number))
}

/// No user has the id of a group.
fn group_id(number: u32) -> GroupId {
    let mut bytes = bytes(number);
    bytes[15] = 1;
    GroupId::from_random(bytes)
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ratio(what: &str, one: Duration, other: Duration) {
    let ratio = one.as_secs_f64() / other.as_secs_f64();
    println!("{what}: {one:.1?} to {other:.1?}, {ratio:.2}");
}

/// The most memory that the process had, as Linux counts it.
fn peak() -> Outcome<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    Ok(line.unwrap_or("unknown").to_owned())
}
