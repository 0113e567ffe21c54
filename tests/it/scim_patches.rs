//! Random sequences of valid PATCH requests over HTTP, in the dialects of the RFC and of Entra mixed, against a model that
//! is a few maps in memory: after each request the server holds what the model holds, and has a new version of it only if
//! something changed.

mod group;
mod user;

use std::cell::Cell;
use std::num::NonZeroU32;

use entrada::connection::ScimRate;
use proptest::collection::vec;
use proptest::prelude::*;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use tokio::runtime::Runtime;

use self::group::Group;
use self::group::POOL;
use self::group::group_step;
use self::group::read_group;
use self::user::User;
use self::user::read_user;
use self::user::user_step;
use crate::scim::Scim;

const VALUES: [&str; 4] = ["a", "A", "ünïcode \"quoted\"", "0"];
/// Each is about a dozen requests.
const CASES: u32 = 40;

#[test]
fn users_become_what_a_model_says_after_random_patches() {
    let runtime = Runtime::new().unwrap();
    let scim = runtime.block_on(server());
    let requests = vec(vec(user_step(), 1..5), 1..8);
    let number = Cell::new(0);
    let mut cases = runner();
    let ran = cases.run(&requests, |requests| {
        number.set(number.get() + 1);
        runtime.block_on(async {
            let name = format!("person-{}", number.get());
            let path = format!("/Users/{}", scim.user(&name).await);
            let mut model = User::created();
            for steps in &requests {
                let before = model.clone();
                let operations: Vec<Value> = steps.iter().map(|step| model.step(step)).collect();
                let version = scim.get(&path).await.body["meta"]["version"].clone();
                let patched = scim.patch(&path, json!(operations)).await;
                assert_eq!(patched.status, 200, "{operations:?} {patched:?}");
                let found = scim.get(&path).await.body;
                assert_eq!(patched.body, found);
                assert_eq!(read_user(&found), model, "{operations:?} {found}");
                assert_eq!(
                    found["meta"]["version"] == version,
                    before == model,
                    "{operations:?} {found}"
                );
            }
        });
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn groups_become_what_a_model_says_after_random_patches() {
    let runtime = Runtime::new().unwrap();
    let scim = runtime.block_on(server());
    let mut pool = Vec::new();
    for number in 0..POOL {
        pool.push(runtime.block_on(scim.user(&format!("member-{number}"))));
    }
    let requests = vec(vec(group_step(), 1..5), 1..8);
    let mut cases = runner();
    let ran = cases.run(&requests, |requests| {
        runtime.block_on(async {
            let path = format!("/Groups/{}", scim.group("group", &[]).await);
            let mut model = Group::default();
            for steps in &requests {
                let (name, mut is_same) = (model.name, true);
                let mut operations = Vec::new();
                for step in steps {
                    let members = model.members.clone();
                    operations.push(model.step(step, &pool));
                    // Members that come and go again are written and deleted again.
                    is_same &= members == model.members;
                }
                is_same &= name == model.name;
                let version = scim.get(&path).await.body["meta"]["version"].clone();
                let patched = scim.patch(&path, json!(operations)).await;
                assert_eq!(patched.status, 204, "{operations:?} {patched:?}");
                let found = scim.get(&path).await.body;
                assert_eq!(read_group(&found, &pool), model, "{operations:?} {found}");
                assert_eq!(
                    found["meta"]["version"] == version,
                    is_same,
                    "{operations:?} {found}"
                );
            }
            memberships_are_those_of_the_group(&scim, &path, &pool, &model).await;
        });
        Ok(())
    });
    ran.unwrap();
}

/// The other side of a membership: `groups` of the users. The group is deleted then.
async fn memberships_are_those_of_the_group(
    scim: &Scim,
    path: &str,
    pool: &[String],
    model: &Group,
) {
    let (_, id) = path.rsplit_once('/').unwrap();
    for there in [true, false] {
        for (number, member) in pool.iter().enumerate() {
            let user = scim.get(&format!("/Users/{member}")).await.body;
            let groups = user["groups"].as_array().cloned().unwrap_or_default();
            let found = groups.iter().any(|group| group["value"] == id);
            assert_eq!(found, there && model.members.contains(&number), "{user}");
        }
        if there {
            let deleted = scim.send(Method::DELETE, path, Value::Null).await;
            assert_eq!(deleted.status, 204);
        }
    }
}

/// A server with a high rate limit: other tests are about how much a connection may send.
async fn server() -> Scim {
    let many = NonZeroU32::new(100_000).unwrap();
    let rate = ScimRate {
        per_second: many,
        burst: many,
    };
    Scim::with(|connection| connection.scim_rate(rate)).await
}

fn runner() -> proptest::test_runner::TestRunner {
    proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

fn value(text: &str) -> usize {
    VALUES.iter().position(|value| *value == text).unwrap()
}
