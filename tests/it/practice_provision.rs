//! The practice identity provider as a provisioning service: what it sends, in which order and in which words, to a
//! server that plays a script; and its pages.

mod assertions;
mod life;
mod mapping;
mod pages;
mod script;
mod served;
mod served_oauth;
mod sign_in;
mod token_endpoint;
mod trouble;

use std::time::Duration;

use entrada::practice::App;
use entrada::practice::Assignment;
use entrada::practice::Dialect;
use entrada::practice::Directory;
use entrada::practice::Group;
use entrada::practice::Person;
use entrada::practice::PracticeIdp;
use entrada::practice::Provisioning;
use entrada::practice::Running;
use entrada::practice::Summary;
use serde_json::Value;
use serde_json::json;

use self::script::Expected;
use self::script::Script;

const APP: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const ADA: &str = "7a3d2f10-0b64-4c1d-8a57-91c6f0e2b301";
const SALES: &str = "5f1b8c3e-7a90-4d26-b1e8-3c9d4a7f6e99";
const TOKEN: &str = "the-secret-token";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A cycle that sends nothing.
const NOTHING: Summary = Summary {
    created: 0,
    matched: 0,
    updated: 0,
    enabled: 0,
    disabled: 0,
    deleted: 0,
    skipped: 0,
    failed: 0,
    quarantined: false,
};

/// Ada, and Sales with her in it.
fn directory() -> Directory {
    let ada = Person {
        job_title: Some("Analyst".to_owned()),
        groups: vec![SALES.to_owned()],
        ..Person::new(ADA, "ada@x.example", "Ada", "King")
    };
    let sales = Group {
        object_id: SALES.to_owned(),
        name: "Sales".to_owned(),
    };
    Directory {
        people: vec![ada],
        groups: vec![sales],
        deleted: Vec::new(),
    }
}

/// An identity provider with one app, to which these objects are assigned.
async fn start(directory: Directory, assigned: &[&str]) -> Running {
    let app = App {
        assignment: Assignment::Only(assigned.iter().map(|id| (*id).to_owned()).collect()),
        ..App::new(APP, "Expenses", "urn:expenses", "http://127.0.0.1:9/acs")
    };
    let idp = PracticeIdp::new().directory(directory).app(app);
    idp.start().await.unwrap()
}

/// The same, set up for a server.
async fn provisioned(
    server: &Script,
    dialect: Dialect,
    directory: Directory,
    assigned: &[&str],
) -> Running {
    let idp = start(directory, assigned).await;
    let settings = Provisioning::new(server.url(), TOKEN).with_dialect(dialect);
    idp.set_provisioning(APP, settings).await.unwrap();
    idp
}

/// A cycle against a script, which is played to its end.
async fn cycle(idp: &Running, server: &Script, script: Vec<Expected>) -> Summary {
    server.play(script);
    let summary = idp.provision_now(APP).await.unwrap();
    server.assert_played();
    summary
}

fn stranger() -> Expected {
    Expected::get("/Users?filter=userName eq \"*\"").answers(200, list(&[]))
}

/// The test, and Ada as somebody who is created.
fn joins() -> Vec<Expected> {
    vec![
        stranger(),
        Expected::get("/Users?filter=userName eq \"ada@x.example\"").answers(200, list(&[])),
        Expected::post("/Users", new_ada()).answers(201, ada()),
    ]
}

fn new_ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": "ada@x.example",
        "active": true,
        "displayName": "Ada King",
        "title": "Analyst",
        "emails": [{"primary": true, "type": "work", "value": "ada@x.example"}],
        "name": {"givenName": "Ada", "familyName": "King", "formatted": "Ada King"},
        "externalId": "ada",
        "meta": {"resourceType": "User"},
        "roles": [],
    })
}

/// Ada as the server has her.
fn ada() -> Value {
    let mut ada = new_ada();
    ada["id"] = json!("u-1");
    ada
}

/// Ada at the server, changed.
fn ada_with(name: &str, value: Value) -> Value {
    let mut ada = ada();
    ada[name] = value;
    ada
}

fn list(resources: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "Resources": resources,
    })
}

fn patch(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn error(status: u16, kind: Option<&str>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(), "scimType": kind, "detail": "no",
    })
}

/// Waits for something that happens by itself.
async fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..600 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it has not happened");
}
