//! Workload identity federation over real HTTP: tokens that PyJWT makes, valid and wrong, and a server of keys that behaves as it is told.
//! PyJWT comes from PyPI with the SCIM clients: `.ci/setup test` installs it.

mod attacks;
mod command;
mod keys;
mod logged;
mod page;

use std::io::Write;
use std::process::Stdio;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering;
use std::time::Duration;

use entrada::connection::AcceptedCredentials;
use entrada::connection::AddressPolicy;
use entrada::directory::add_credential;
use entrada::directory::revoke_credential;
use entrada::ports::Clock;
use entrada::provisioning::CredentialId;
use entrada::provisioning::Federation;
use entrada::provisioning::NewFederation;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::TokenLifetime;
use jiff::SignedDuration;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;

use crate::child;
use crate::child::Child;
use crate::command_line::Ran;
use crate::metadata_publisher::LIMITS;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::scim::Answer;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::connection_id;
use crate::scim::pinned;
use crate::scim_conformance::program;

pub(crate) const TENANT: &str = "ce5f061f-abe6-4e40-9615-301f87bcb7f0";
pub(crate) const APP: &str = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
pub(crate) const SUBJECT: &str = "0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1";
/// The tenant, the app or the principal of somebody else.
const OTHER: &str = "d2f8ee76-c549-45b8-a143-f5b640669704";

#[tokio::test]
async fn a_token_of_the_provisioning_service_is_exchanged_for_one_that_provisions() {
    let site = Site::new().await;
    let bare = json!({"aud": APP});
    let issued = Issuer::run(&[site.case("good", json!({})), site.case("bare", bare)]);
    site.publish(&issued.keys(&["ours"]));
    let client = site.client.as_str();
    for (token, client_id) in [("good", None), ("good", Some(client)), ("bare", None)] {
        let granted = site.exchange(&issued, token, client_id).await;
        assert_eq!(granted.status, 200, "{granted:?}");
        assert_eq!(granted.header("cache-control"), "no-store");
        assert_eq!(granted.body["token_type"], "Bearer");
        assert_eq!(granted.body["expires_in"], 3600);
        let access = granted.body["access_token"].as_str().unwrap();
        assert_eq!(site.users("acme", access).await, 200);
        assert_eq!(site.users("second", access).await, 401);
    }
    // Three tokens, and one request for keys.
    assert_eq!(site.publisher.requests().len(), 1);
    let asked = site.publisher.requests().remove(0).to_lowercase();
    assert!(
        asked.contains("accept: application/jwk-set+json"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_federation_that_is_revoked_takes_its_tokens_along() {
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    site.publish(&issued.keys(&["ours"]));
    let granted = site.exchange(&issued, "good", None).await;
    let access = granted.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(site.users("acme", &access).await, 200);
    let store = &*site.scim.store;
    revoke_credential(store, &site.client, site.scim.clock.now())
        .await
        .unwrap();
    assert_eq!(site.users("acme", &access).await, 401);
    let refused = site.exchange(&issued, "good", None).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let refused = site.exchange(&issued, "good", Some(site.client.as_str()));
    assert_eq!(refused.await.status, 401);
}

#[tokio::test]
async fn a_client_id_is_needed_where_several_federations_could_be_meant() {
    let site = Site::new().await;
    let theirs = NewFederation {
        subject: OTHER.to_owned(),
        ..site.settings()
    };
    let other = site.federate("acme", 2, &theirs).await;
    let of_other = site.case("other", json!({ "sub": OTHER }));
    let issued = Issuer::run(&[site.case("good", json!({})), of_other]);
    site.publish(&issued.keys(&["ours"]));
    let (client, other) = (site.client.as_str(), other.as_str());
    for (token, client_id, status) in [
        ("good", Some(client), 200),
        ("other", Some(other), 200),
        ("good", Some(other), 401),
        ("other", Some(client), 401),
        ("good", None, 401),
        ("good", Some("0000000000000000"), 401),
        ("good", Some("acme"), 401),
        // The bearer token of the connection is no client.
        ("good", Some(site.scim.credential.id.as_str()), 401),
    ] {
        let exchanged = site.exchange(&issued, token, client_id).await;
        assert_eq!(
            exchanged.status, status,
            "{token} {client_id:?} {exchanged:?}"
        );
    }
    let unnamed = site.exchange(&issued, "good", None).await;
    let said = unnamed.body["error_description"].as_str().unwrap();
    assert!(said.contains("client_id"), "{said}");
    // What is refused counts for nothing: one is left once the other is revoked.
    let now = site.scim.clock.now();
    let other = other.parse().unwrap();
    revoke_credential(&*site.scim.store, &other, now)
        .await
        .unwrap();
    let granted = site.exchange(&issued, "good", None).await;
    assert_eq!(granted.status, 200, "{granted:?}");
}

#[tokio::test]
async fn nobody_makes_a_connection_fetch_keys_that_takes_no_federation() {
    let site = Site::taking(AcceptedCredentials::ClientSecret).await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    site.publish(&issued.keys(&["ours"]));
    for client_id in [None, Some(site.client.as_str()), Some("0000000000000000")] {
        let refused = site.exchange(&issued, "good", client_id).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.body["error"], "unauthorized_client");
        assert_eq!(refused.header("www-authenticate"), "");
    }
    // Nothing is proven yet, so whoever goes on waits.
    let mut asked = 0;
    let slowed = loop {
        site.address.store(100, Ordering::Relaxed);
        let refused = site.exchange(&issued, "good", None).await;
        asked += 1;
        if refused.status != 400 {
            break refused;
        }
    };
    assert_eq!(slowed.status, 429, "{slowed:?}");
    assert!((20..40).contains(&asked), "{asked}");
    assert_eq!(site.publisher.requests(), Vec::<String>::new());
    // The control: the same connection fetches keys once it takes federations.
    let connection = pinned("acme").scim_credentials(AcceptedCredentials::OAuth);
    let connection = connection.build().unwrap();
    let now = site.scim.clock.now();
    entrada::configuration::danger::put_connection(&*site.scim.store, &connection, now)
        .await
        .unwrap();
    for _ in 0..100 {
        if site.exchange(&issued, "good", None).await.status == 200 {
            assert_eq!(site.publisher.requests().len(), 1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the connection does not take the federation");
}

/// A site whose connection `acme` has a federation, and the server of its keys.
struct Site {
    scim: Scim,
    publisher: Publisher,
    client: CredentialId,
    /// Each exchange comes from another address, so that none is throttled for those before.
    address: AtomicU8,
}

impl Site {
    async fn new() -> Site {
        Site::taking(AcceptedCredentials::Any).await
    }

    /// The same with connections that take these credentials.
    async fn taking(accepted: AcceptedCredentials) -> Site {
        let scim = Scim::set_up(
            |connection| connection.scim_credentials(accepted),
            |server| server.metadata_fetch(LIMITS).trusted_proxy("127.0.0.1"),
        );
        let mut site = Site {
            scim: scim.await,
            publisher: Publisher::start(Vec::new()).await,
            client: CredentialId::from_random([1; CredentialId::BYTES]),
            address: AtomicU8::new(1),
        };
        site.client = site.federate("acme", 1, &site.settings()).await;
        site
    }

    fn settings(&self) -> NewFederation {
        NewFederation {
            tenant: TENANT.to_owned(),
            app: APP.to_owned(),
            subject: SUBJECT.to_owned(),
            keys_url: Some(self.publisher.url()),
            keys_addresses: Some(AddressPolicy::Any),
            ..NewFederation::default()
        }
    }

    /// Adds a federation; returns its credential, which is the client's name.
    async fn federate(&self, connection: &str, number: u8, new: &NewFederation) -> CredentialId {
        let made = ScimCredential::federated(
            CredentialId::from_random([number; CredentialId::BYTES]),
            connection_id(connection),
            Federation::new(new).unwrap(),
            TokenLifetime::default(),
            SignedDuration::from_hours(24 * 365),
            self.scim.clock.now(),
        );
        let made = made.unwrap();
        add_credential(&*self.scim.store, &made).await.unwrap();
        made.id
    }

    fn publish(&self, keys: &Value) {
        let json = "Content-Type: application/json; charset=utf-8\r\n";
        let body = keys.to_string().into_bytes();
        self.publisher.behave(Manner::answer("200 OK", json, body));
    }

    /// A token of Entra's shape for this moment, with these claims changed; null takes one away.
    fn case(&self, name: &str, changes: Value) -> Value {
        case_at(self.scim.clock.now(), name, changes)
    }

    async fn exchange(&self, issued: &Issuer, token: &str, client_id: Option<&str>) -> Answer {
        self.exchange_at("acme", issued.token(token), client_id)
            .await
    }

    /// Sends a token as Entra does.
    async fn exchange_at(&self, connection: &str, token: &str, client_id: Option<&str>) -> Answer {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", token),
            ("scope", "scim"),
        ];
        form.extend(client_id.map(|id| ("client_id", id)));
        let last = self.address.fetch_add(1, Ordering::Relaxed);
        let url = format!(
            "http://{}/entrada/oauth/{connection}/token",
            self.scim.address
        );
        let request = reqwest::Client::new().post(url);
        let request = request.header("x-forwarded-for", format!("198.51.100.{last}"));
        answer(request.form(&form)).await
    }

    /// The status of a SCIM request with this access token.
    async fn users(&self, connection: &str, access_token: &str) -> u16 {
        let path = format!("/{connection}/v2/Users");
        let request = self.scim.anonymous(Method::GET, &path);
        answer(request.bearer_auth(access_token)).await.status
    }
}

/// A case for the [`Issuer`]: a token of Entra's shape for this moment, with these claims changed; null takes one away.
pub(crate) fn case_at(now: Timestamp, name: &str, changes: Value) -> Value {
    let now = now.as_second();
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let mut claims = json!({
        "aud": format!("api://{APP}"),
        "iss": issuer,
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 65 * 60,
        "appid": APP,
        "appidacr": "2",
        "idp": issuer,
        "oid": SUBJECT,
        "sub": SUBJECT,
        "tid": TENANT,
        "ver": "2.0",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    json!({ "name": name, "claims": claims })
}

/// An issuer of tokens that is not ours, and what it made.
pub(crate) struct Issuer(Value);

impl Issuer {
    /// Has PyJWT make a token for each case; the first must be one that it believes itself.
    pub(crate) fn run(cases: &[Value]) -> Issuer {
        let mut python = child::command(program("python").to_str().unwrap());
        python.arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/federation/assertions.py"
        ));
        let python = python.stdin(Stdio::piped());
        let mut child = Child::start(python.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let cases = Value::from(cases).to_string();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(cases.as_bytes()).unwrap();
        drop(stdin);
        Issuer(Ran::from(child.output()).exits(0).json())
    }

    pub(crate) fn token(&self, name: &str) -> &str {
        self.0["tokens"][name].as_str().unwrap()
    }

    /// A key set with these keys.
    pub(crate) fn keys(&self, names: &[&str]) -> Value {
        let keys = names.iter().map(|name| self.0["keys"][name].clone());
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}
