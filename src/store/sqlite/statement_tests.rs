//! The statements of whole requests: each row is read once, and none is run for nothing.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::SqliteStore;
use super::statement::watch;
use crate::configuration::danger::put_connection;
use crate::connection::Connection;
use crate::directory::GroupId;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::transact;
use crate::provisioning::Authenticated;
use crate::provisioning::CredentialId;
use crate::provisioning::Presented;
use crate::provisioning::ScimCredential;
use crate::provisioning::SecretKind;
use crate::saml::Admission;
use crate::saml::ReplayKey;
use crate::scim::Draft;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::scim_service::Conditions;
use crate::scim_service::Method;
use crate::scim_service::PageEnds;
use crate::scim_service::RequestContext;
use crate::scim_service::ScimRequest;
use crate::scim_service::ScimService;
use crate::session::Opening;
use crate::session::open_session_once;
use crate::token::Token;
use crate::token::TokenHash;

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000)
}

fn caller() -> Authenticated {
    let secret = Token::from_random([1; Token::LENGTH]);
    let id = CredentialId::from_random([1; CredentialId::BYTES]);
    let (acme, hour) = ("acme".parse().unwrap(), SignedDuration::from_hours(1));
    let made = ScimCredential::new(id, acme, SecretKind::Bearer, &secret, hour, now());
    let made = made.unwrap();
    let presented = Presented::bearer(&made.secret_text(&secret)).unwrap();
    made.check(&presented, &made.connection, now()).unwrap()
}

/// The writer of a store in memory runs everything.
async fn begin(store: &SqliteStore) -> Vec<String> {
    store.write(|_| Ok(watch::begin())).await.unwrap()
}

/// The statements of the change since then, without those of its rehearsal.
async fn of_change(store: &SqliteStore) -> Vec<String> {
    let mut run = begin(store).await;
    let rehearsed = run.iter().position(|one| one == "RELEASE rehearsal");
    run.split_off(rehearsed.map_or(0, |rehearsed| rehearsed + 1))
}

async fn with_acme() -> (SqliteStore, Connection) {
    let store = SqliteStore::in_memory().await.unwrap();
    let acme = Connection::builder("acme").metadata_url("https://idp.example/");
    let acme = acme.build().unwrap();
    put_connection(&store, &acme, now()).await.unwrap();
    (store, acme)
}

fn opening(number: u8, replaces: Vec<TokenHash>) -> Opening {
    let record = json!({
        "id": format!("{number:016x}"),
        "token": TokenHash::from_bytes([number; 32]),
        "connection": "acme",
        "issuer": "https://idp.example/",
        "name_id": {"value": "ada"},
        "authn_instant": now(),
        "attributes": [],
        "opened": now(),
        "expires": now() + SignedDuration::from_hours(1),
    });
    Opening {
        assertion: ReplayKey::of("https://idp.example/", &number.to_string()),
        until: now(),
        record: serde_json::from_value(record).unwrap(),
        replaces,
    }
}

#[tokio::test]
async fn a_sign_on_without_the_directory_runs_no_statement_more_than_it_needs() {
    let (store, _) = with_acme().await;
    let first = opening(1, Vec::new());
    let replaced = vec![first.record.token];
    let admitted = open_session_once(&store, first, now()).await;
    assert_eq!(admitted.unwrap(), Admission::First);
    begin(&store).await;
    let admitted = open_session_once(&store, opening(2, replaced), now()).await;
    assert_eq!(admitted.unwrap(), Admission::First);
    let run = of_change(&store).await;
    let expected = [
        "SELECT expires FROM replay_keys",
        "INSERT INTO replay_keys",
        "SELECT s.token, s.id",
        "DELETE FROM sessions",
        "INSERT INTO events",
        "INSERT INTO sessions",
        "INSERT INTO events",
        "COMMIT",
    ];
    let as_expected = run.len() > expected.len()
        && run
            .iter()
            .zip(expected)
            .all(|(one, expected)| one.starts_with(expected));
    // The watching itself begins a transaction.
    assert!(
        as_expected && run[expected.len()..] == ["BEGIN IMMEDIATE"],
        "{run:#?}"
    );
}

/// A store with the user `ada`, and how requests to it are answered.
struct Site {
    store: SqliteStore,
    ada: UserId,
    scope: Scope,
    view: View,
}

impl Site {
    async fn new() -> Site {
        let (store, acme) = with_acme().await;
        let schemas = Arc::new(Schemas::standard());
        let of = schemas.resource_type(ResourceKind::User);
        let draft = Draft::read(json!({"userName": "ada"}), of).unwrap();
        let (id, scope) = (UserId::from_random([7; 16]), Scope::of(&acme, now()));
        let resource = draft.created().resource;
        let ada = UserRecord::new(&id, acme.id().clone(), Origin::Provisioned, resource, now());
        let added = transact(&store, &scope, move |directory| {
            Box::pin(async move { directory.insert_user(&ada).await })
        });
        added.await.unwrap();
        let view = View::new(schemas, "https://app.example/scim/acme/v2");
        let ada = id;
        Site {
            store,
            ada,
            scope,
            view,
        }
    }

    async fn answer(&self, method: Method, path: &str, body: &Value) -> (u16, Vec<String>) {
        let request = ScimRequest {
            method,
            path: path.to_owned(),
            query: String::new(),
            content_type: Some("application/scim+json".to_owned()),
            conditions: Conditions::default(),
            body: body.to_string().into_bytes(),
        };
        let context = RequestContext {
            caller: caller(),
            request_id: "1".to_owned(),
            now: now(),
            elapsed: Arc::new(|| Duration::ZERO),
            random: Arc::new(|| Some([8; 16])),
        };
        let service = ScimService {
            directory: &self.store,
            view: &self.view,
            rules: self.scope.rules,
            page_ends: &PageEnds::default(),
        };
        begin(&self.store).await;
        let answered = service.answer(&request, &context).await;
        (answered.answer.status, of_change(&self.store).await)
    }
}

fn patch(operations: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

#[tokio::test]
async fn a_patch_reads_its_user_once() {
    let site = Site::new().await;
    let path = format!("/Users/{}", site.ada);
    let body = patch(&json!([{"op": "replace", "path": "displayName", "value": "Ada L"}]));
    let (status, run) = site.answer(Method::Patch, &path, &body).await;
    assert_eq!(status, 200);
    let users = run.iter().filter(|one| one.contains("FROM users AS r "));
    assert_eq!(users.count(), 1, "{run:#?}");
    let changed = run.iter().filter(|one| one.starts_with("UPDATE users SET"));
    assert_eq!(changed.count(), 1, "{run:#?}");
}

#[tokio::test]
async fn a_change_of_a_group_that_is_refused_has_written_nothing() {
    let site = Site::new().await;
    let known = json!([{"value": site.ada}]);
    let both = json!([{"value": site.ada}, {"value": UserId::from_random([9; 16])}]);
    let group = |members: &Value| json!({"displayName": "Board", "members": members});
    let refused = site.answer(Method::Post, "/Groups", &group(&both)).await;
    assert_eq!((refused.0, written(&refused.1)), (400, Vec::new()));

    let (status, run) = site
        .answer(Method::Post, "/Groups", &group(&json!([])))
        .await;
    assert_eq!(status, 201);
    assert!(!written(&run).is_empty(), "{run:#?}");
    let path = format!("/Groups/{}", GroupId::from_random([8; 16]));
    let body = patch(&json!([
        {"op": "add", "path": "members", "value": known},
        {"op": "replace", "path": "displayName", "value": "Bored"},
        {"op": "remove", "path": "members", "value": known},
        {"op": "add", "path": "members", "value": both},
    ]));
    let refused = site.answer(Method::Patch, &path, &body).await;
    assert_eq!((refused.0, written(&refused.1)), (400, Vec::new()));
    let refused = site.answer(Method::Put, &path, &group(&both)).await;
    assert_eq!((refused.0, written(&refused.1)), (400, Vec::new()));
}

fn written(run: &[String]) -> Vec<&String> {
    let words = ["INSERT", "UPDATE", "DELETE", "REPLACE"];
    let wrote = |one: &&String| words.iter().any(|word| one.trim_start().starts_with(word));
    run.iter().filter(wrote).collect()
}
