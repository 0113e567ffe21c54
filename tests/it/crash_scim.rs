//! `kill -9` of `entrada serve` in the middle of a sync: whatever it had acknowledged is there, and nothing is there half.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use entrada::provisioning::LogOperation;
use entrada::provisioning::LogQuery;
use entrada::store;
use reqwest::Client;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use tokio::task::JoinSet;

use crate::scim::Answer;
use crate::scim::patch_op;
use crate::scim::try_answer;
use crate::scim_serving::ScimSite;

const KILLS: usize = 4;
/// Acknowledged requests before each kill.
const ACKNOWLEDGED: usize = 60;
const CREATORS: usize = 3;
/// Users that the group's members are taken from.
const POOL: usize = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_the_middle_of_a_sync_keeps_what_it_acknowledged_and_nothing_half() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let sync = Sync::begin(&site).await;
    let mut known = Known::default();
    server.kill();
    for round in 0..KILLS {
        let server = site.serve();
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut clients = JoinSet::new();
        for number in 0..CREATORS {
            let name = format!("r{round}-c{number}");
            clients.spawn(sync.clone().creates_and_deletes(name, acknowledged.clone()));
        }
        clients.spawn(sync.clone().patches(known.step, acknowledged.clone()));
        clients.spawn(
            sync.clone()
                .bulks(format!("r{round}-b"), acknowledged.clone()),
        );
        while acknowledged.load(Ordering::Relaxed) < ACKNOWLEDGED {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.kill();
        while let Some(client) = clients.join_next().await {
            known.learn(client.unwrap());
        }

        let server = site.serve();
        sync.holds(&mut known).await;
        sync.log_is_that_of_the_directory(&site).await;
        server.kill();
    }
    assert!(known.users.len() > KILLS, "{known:?}");
    assert!(known.deleted.len() > KILLS, "{known:?}");
    assert!(known.step > KILLS, "{known:?}");
}

/// The changes that were acknowledged.
#[derive(Default, Debug)]
struct Known {
    /// The names of users, by id.
    users: BTreeMap<String, String>,
    deleted: BTreeSet<String>,
    /// The names of users who may have been created or not.
    uncertain: Vec<String>,
    /// The last patch of the user and the group.
    step: usize,
}

impl Known {
    fn learn(&mut self, other: Known) {
        self.users.extend(other.users);
        self.deleted.extend(other.deleted);
        self.uncertain.extend(other.uncertain);
        self.step = self.step.max(other.step);
    }
}

#[derive(Clone)]
struct Sync {
    client: Client,
    url: String,
    token: String,
    /// The user who is patched.
    user: String,
    group: String,
    pool: Vec<String>,
}

impl Sync {
    async fn begin(site: &ScimSite) -> Sync {
        let mut sync = Sync {
            // A connection to a server that was killed is of no use for the next one.
            client: Client::builder().pool_max_idle_per_host(0).build().unwrap(),
            url: site.url(),
            token: site.token.clone(),
            user: String::new(),
            group: String::new(),
            pool: Vec::new(),
        };
        for number in 0..POOL {
            let name = format!("pool-{number}");
            sync.pool.push(sync.made("/Users", user(&name)).await);
        }
        sync.user = sync.made("/Users", user("patched")).await;
        sync.group = sync
            .made("/Groups", json!({"displayName": "patched"}))
            .await;
        sync
    }

    /// Creates users, and deletes every third of them, until there is no answer.
    async fn creates_and_deletes(self, name: String, acknowledged: Arc<AtomicUsize>) -> Known {
        let mut known = Known::default();
        for number in 0.. {
            let name = format!("{name}-{number}");
            let Some(created) = self.send(Method::POST, "/Users", user(&name)).await else {
                known.uncertain.push(name);
                break;
            };
            assert_eq!(created.status, 201, "{created:?}");
            acknowledged.fetch_add(1, Ordering::Relaxed);
            let id = created.id();
            if number % 3 < 2 {
                known.users.insert(id, name);
                continue;
            }
            let path = format!("/Users/{id}");
            let Some(deleted) = self.send(Method::DELETE, &path, Value::Null).await else {
                known.uncertain.push(name);
                break;
            };
            assert_eq!(deleted.status, 204, "{deleted:?}");
            known.deleted.insert(id);
        }
        known
    }

    /// Patches the user and the group, each time in two places at once, until there is no answer.
    async fn patches(self, last: usize, acknowledged: Arc<AtomicUsize>) -> Known {
        let mut step = last;
        loop {
            let next = (step + 1).to_string();
            let of_user = json!([
                {"op": "replace", "path": "title", "value": next},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": next},
                {"op": "add", "value": {"nickName": next}},
            ]);
            for (path, operations) in [
                (format!("/Users/{}", self.user), of_user),
                (format!("/Groups/{}", self.group), self.of_group(step + 1)),
            ] {
                let Some(patched) = self.send(Method::PATCH, &path, patch_op(operations)).await
                else {
                    return Known {
                        step,
                        ..Known::default()
                    };
                };
                assert!([200, 204].contains(&patched.status), "{patched:?}");
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            step += 1;
        }
    }

    /// Creates users ten at a time, until there is no answer.
    async fn bulks(self, name: String, acknowledged: Arc<AtomicUsize>) -> Known {
        let mut known = Known::default();
        for number in 0.. {
            let names: Vec<String> = (0..10).map(|of| format!("{name}-{number}-{of}")).collect();
            let operation = |name: &String| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": user(name)});
            let operations: Vec<Value> = names.iter().map(operation).collect();
            let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
            let body = json!({"schemas": schemas, "Operations": operations});
            let Some(answered) = self.send(Method::POST, "/Bulk", body).await else {
                known.uncertain.extend(names);
                break;
            };
            for (name, of) in names
                .into_iter()
                .zip(answered.body["Operations"].as_array().unwrap())
            {
                assert_eq!(of["status"], "201", "{of}");
                let (_, id) = of["location"].as_str().unwrap().rsplit_once('/').unwrap();
                known.users.insert(id.to_owned(), name);
            }
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        known
    }

    /// Holds the directory against what is known, and learns what the last requests came to.
    async fn holds(&self, known: &mut Known) {
        for (id, name) in &known.users {
            let found = self.get(&format!("/Users/{id}")).await;
            assert_eq!(found.body["userName"], json!(name), "{found:?}");
        }
        for id in &known.deleted {
            self.get(&format!("/Users/{id}")).await.is_error(404, None);
        }
        for name in std::mem::take(&mut known.uncertain) {
            // A user is there by each of the ways to it, or by none.
            let by = async |attribute: &str, value: &str| {
                let list = self
                    .get(&format!("/Users?filter={attribute}+eq+%22{value}%22"))
                    .await;
                list.body["Resources"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            };
            let found = by("userName", &name).await;
            assert_eq!(by("externalId", &name).await, found);
            assert_eq!(
                by("emails.value", &format!("{name}@example.com")).await,
                found
            );
            for user in found {
                known
                    .users
                    .insert(user["id"].as_str().unwrap().to_owned(), name.clone());
            }
        }
        self.both_halves_of_each_patch(known).await;
        let list = self.get("/Users?count=0").await;
        let expected = known.users.len() + POOL + 1;
        assert_eq!(list.body["totalResults"], json!(expected), "{known:?}");
    }

    async fn both_halves_of_each_patch(&self, known: &mut Known) {
        let user = self.get(&format!("/Users/{}", self.user)).await.body;
        let group = self.get(&format!("/Groups/{}", self.group)).await.body;
        let step = |text: &Value| text.as_str().map_or(0, |text| text.parse().unwrap());
        let (of_user, of_group): (usize, usize) =
            (step(&user["title"]), step(&group["externalId"]));
        assert_eq!(user["title"], user["nickName"], "{user}");
        let emails = user["emails"].as_array().unwrap();
        let work = emails.iter().filter(|email| email["type"] == "work");
        let work: Vec<_> = work.map(|email| step(&email["value"])).collect();
        assert_eq!(
            work,
            Vec::from_iter((of_user > 0).then_some(of_user)),
            "{user}"
        );
        let members = group["members"].as_array().cloned().unwrap_or_default();
        let members: BTreeSet<_> = members
            .iter()
            .map(|of| of["value"].as_str().unwrap())
            .collect();
        let expected = self.members(of_group).map(String::as_str).collect();
        assert!(
            members == expected || of_group == 0 && members.is_empty(),
            "{group}"
        );
        // The user comes first: it may be one ahead, and neither is behind what was acknowledged.
        assert!(
            of_user == of_group || of_user == of_group + 1,
            "{of_user} {of_group}"
        );
        assert!(
            known.step == of_group || known.step + 1 == of_group,
            "{known:?} {of_group}"
        );
        known.step = of_user;
        // A client that got no answer does this: it sends the patch of the group again.
        let path = format!("/Groups/{}", self.group);
        let again = patch_op(self.of_group(of_user));
        let patched = self.send(Method::PATCH, &path, again).await.unwrap();
        assert_eq!(patched.status, 204, "{patched:?}");
    }

    fn of_group(&self, step: usize) -> Value {
        let members: Vec<_> = self.members(step).map(|id| json!({"value": id})).collect();
        json!([
            {"op": "replace", "path": "externalId", "value": step.to_string()},
            {"op": "replace", "path": "members", "value": members},
        ])
    }

    /// The directory and the log agree: no change is without its entry, and no entry without its change.
    async fn log_is_that_of_the_directory(&self, site: &ScimSite) {
        let store = store::open(&site.place.database()).await.unwrap();
        let query = LogQuery {
            limit: 100_000,
            ..LogQuery::default()
        };
        let (mut created, mut deleted) = (BTreeSet::new(), 0);
        for entry in store.log(&query).await.unwrap() {
            match (entry.entry.operation, entry.entry.status) {
                (LogOperation::Create, 201) => {
                    let id = entry.entry.resource.unwrap();
                    assert!(created.insert(id), "logged twice");
                }
                (LogOperation::Delete, 204) => deleted += 1,
                _ => {}
            }
        }
        let count = async |path: &str| self.get(path).await.body["totalResults"].as_u64().unwrap();
        let there = count("/Users?count=0").await + count("/Groups?count=0").await;
        assert_eq!(created.len() as u64, there + deleted);
    }

    fn members(&self, step: usize) -> impl Iterator<Item = &String> {
        (0..3).map(move |of| &self.pool[(step + of) % POOL])
    }

    async fn made(&self, path: &str, body: Value) -> String {
        self.send(Method::POST, path, body).await.unwrap().id()
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Value::Null).await.unwrap()
    }

    /// Sends a request and returns the answer; `None` if the server is not there, or not any more.
    async fn send(&self, method: Method, path: &str, body: Value) -> Option<Answer> {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request
            .bearer_auth(&self.token)
            .timeout(Duration::from_secs(30));
        let request = match body {
            Value::Null => request,
            body => request
                .header("content-type", "application/scim+json")
                .body(body.to_string()),
        };
        try_answer(request).await
    }
}

fn user(name: &str) -> Value {
    json!({
        "userName": name,
        "externalId": name,
        "emails": [{"type": "home", "value": format!("{name}@example.com")}],
    })
}
