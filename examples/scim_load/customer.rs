//! A large customer: 100,000 users, 1,000 groups, one of them with 50,000 members, all sent over HTTP.

use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::Outcome;
use crate::client;
use crate::client::Target;
use crate::client::user;
use crate::server::Server;

const USERS: usize = 100_000;
const GROUPS: usize = 1_000;
const MEMBERS: usize = 50_000;
/// Operations in a Bulk request; members in a PATCH.
const AT_ONCE: usize = 500;
/// Bulk requests at once.
const CONNECTIONS: usize = 16;

/// Makes the customer of the users that are there and those that are missing; prints the server's memory.
pub(crate) async fn measure(server: &Server, target: &Target, users: usize) -> Outcome<()> {
    let began = Instant::now();
    let missing: Vec<Value> = (users..USERS).map(user).collect();
    let users = bulk(target, "/Users", &missing).await?;
    let group = |number: usize| json!({"displayName": format!("Group {number}")});
    let groups: Vec<Value> = (0..GROUPS).map(group).collect();
    let groups = bulk(target, "/Groups", &groups).await?;
    println!(
        "{} users and {GROUPS} groups by Bulk requests: {:.1?}",
        users.len(),
        began.elapsed()
    );
    let group = groups.first().ok_or("there is a group")?;
    let began = Instant::now();
    for members in users[..MEMBERS].chunks(AT_ONCE) {
        add(target, group, members).await?;
    }
    println!(
        "{MEMBERS} members by PATCH, {AT_ONCE} at once: {:.1?}",
        began.elapsed()
    );
    println!("memory with all of them: {}", server.memory()?);

    walk(target).await?;
    println!(
        "after a walk through all users by cursor: {}",
        server.memory()?
    );
    let all = target
        .ask("GET", &format!("/Groups/{group}"), "", 200)
        .await?;
    let members = all["members"].as_array().map_or(0, Vec::len);
    println!(
        "after the group was read with its {members} members: {}",
        server.memory()?
    );
    match members == MEMBERS {
        true => Ok(()),
        false => Err(format!("{MEMBERS} members were sent").into()),
    }
}

/// Creates resources; says their ids.
async fn bulk(target: &Target, path: &str, resources: &[Value]) -> Outcome<Vec<String>> {
    let requests = resources.chunks(AT_ONCE).map(|chunk| {
        let operation = |(number, data): (usize, &Value)| {
            json!({"method": "POST", "path": path, "bulkId": number.to_string(), "data": data})
        };
        let operations: Vec<Value> = chunk.iter().enumerate().map(operation).collect();
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let body = json!({"schemas": schemas, "Operations": operations});
        target.request("POST", "/Bulk", &body.to_string())
    });
    let answers = client::flood(target, requests.collect(), CONNECTIONS, 200).await?;
    let mut ids = Vec::with_capacity(resources.len());
    for answer in answers {
        let answer: Value = serde_json::from_slice(&answer)?;
        for operation in answer["Operations"].as_array().into_iter().flatten() {
            let location = operation["location"].as_str().unwrap_or_default();
            let id = location
                .rsplit_once('/')
                .filter(|_| operation["status"] == "201");
            ids.push(id.ok_or(operation.to_string())?.1.to_owned());
        }
    }
    Ok(ids)
}

async fn add(target: &Target, group: &str, members: &[String]) -> Outcome<()> {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Add", "path": "members", "value": members}],
    });
    let path = format!("/Groups/{group}");
    target.ask("PATCH", &path, &body.to_string(), 204).await?;
    Ok(())
}

async fn walk(target: &Target) -> Outcome<()> {
    let (mut cursor, mut met) = (Some(String::new()), 0);
    while let Some(place) = cursor {
        let page = target
            .ask("GET", &format!("/Users?count=100&cursor={place}"), "", 200)
            .await?;
        met += page["Resources"].as_array().map_or(0, Vec::len);
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    match met == USERS {
        true => Ok(()),
        false => Err(format!("a walk met {met} users of {USERS}").into()),
    }
}
