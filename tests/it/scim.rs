//! The SCIM server over real HTTP, on a store in a file: what the tests of each subject share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use entrada::connection::Connection;
use entrada::connection::ConnectionBuilder;
use entrada::connection::ConnectionId;
use entrada::crypto::Fingerprint;
use entrada::directory::add_credential;
use entrada::ports::Clock;
use entrada::provisioning::CredentialId;
use entrada::provisioning::LogEntry;
use entrada::provisioning::LogQuery;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::store;
use entrada::store::Store;
use entrada::token::Token;
use entrada::web::Entrada;
use entrada::web::EntradaBuilder;
use jiff::SignedDuration;
use reqwest::Client;
use reqwest::Method;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use rusqlite::Connection as Database;
use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::site::TestClock;

/// The address that clients see.
pub(crate) const BASE: &str = "https://app.example.com/scim/acme/v2";

/// A server with the connections `acme` and `second`, and a client with a token for `acme`.
pub(crate) struct Scim {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) token: String,
    pub(crate) credential: ScimCredential,
    pub(crate) entrada: Entrada,
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    folder: TempDir,
}

/// A connection that trusts a pinned certificate.
pub(crate) fn pinned(id: &str) -> ConnectionBuilder {
    let fingerprint = Fingerprint::parse(&"AB".repeat(32)).unwrap();
    let idp = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
    Connection::builder(id).fingerprint(fingerprint, idp, "https://login.example/saml2")
}

/// The answer that a client gets.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Scim {
    pub(crate) async fn start() -> Scim {
        Scim::with(|connection| connection).await
    }

    pub(crate) async fn with(settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder) -> Scim {
        Scim::set_up(settings, |server| server).await
    }

    pub(crate) async fn serving(server: impl FnOnce(EntradaBuilder) -> EntradaBuilder) -> Scim {
        Scim::set_up(|connection| connection, server).await
    }

    pub(crate) async fn set_up(
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
        server: impl FnOnce(EntradaBuilder) -> EntradaBuilder,
    ) -> Scim {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("entrada.db").display());
        let store = store::open(&url).await.unwrap();
        let clock = Arc::new(TestClock(Mutex::new(
            "2026-11-22T10:00:00Z".parse().unwrap(),
        )));
        let connection = |id: &str| settings(pinned(id));
        let builder = Entrada::builder("https://app.example.com")
            .open_store(store.clone())
            .clock(clock.clone())
            .connection(connection("acme"))
            .connection(connection("second"));
        let entrada = server(builder).build().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = entrada::web::serve(listener, entrada.service());
        tokio::spawn(serving.into_future());
        let lifetime = SignedDuration::from_hours(24);
        let (credential, secret) = credential("acme", SecretKind::Bearer, lifetime, &*clock);
        add_credential(&*store, &credential).await.unwrap();
        Scim {
            token: credential.secret_text(&secret),
            credential,
            entrada,
            store,
            clock,
            address,
            client: Client::new(),
            folder,
        }
    }

    /// The store's file, as another process opens it.
    pub(crate) fn database(&self) -> Database {
        Database::open(self.folder.path().join("entrada.db")).unwrap()
    }

    /// The files of the store with their bytes, as they stand on the disk.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let read = |file: std::fs::DirEntry| {
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read(file.path()).unwrap())
        };
        files.map(|file| read(file.unwrap())).collect()
    }

    /// Takes a table away from the running server.
    pub(crate) fn lose(&self, table: &str) {
        let lose = format!("ALTER TABLE {table} RENAME TO lost_{table}");
        self.database().execute_batch(&lose).unwrap();
    }

    /// A request without credentials, to a path below `/scim`.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}/scim{path}", self.address);
        self.client.request(method, url)
    }

    /// A request to a path below `/scim/acme/v2`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, &format!("/acme/v2{path}"))
            .bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send(Method::PATCH, path, patch_op(operations)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path);
        let request = request.header("content-type", "application/scim+json");
        answer(request.body(body.to_string())).await
    }

    /// Creates a user; says its id.
    pub(crate) async fn user(&self, user_name: &str) -> String {
        let created = self.post("/Users", json!({"userName": user_name})).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.id()
    }

    /// Creates a group with members; says its id.
    pub(crate) async fn group(&self, name: &str, members: &[&String]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"displayName": name, "members": members});
        let created = self.post("/Groups", body).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.id()
    }

    /// The log of `acme`, the latest first.
    pub(crate) async fn log(&self) -> Vec<LogEntry> {
        let query = LogQuery {
            connection: Some(connection_id("acme")),
            ..LogQuery::default()
        };
        let entries = self.store.log(&query).await.unwrap();
        entries.into_iter().map(|of| of.entry).collect()
    }

    /// Waits for an entry that is queued.
    pub(crate) async fn logged(&self, of: impl Fn(&LogEntry) -> bool) -> LogEntry {
        for _ in 0..100 {
            if let Some(entry) = self.log().await.into_iter().find(&of) {
                return entry;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("not logged: {:?}", self.log().await);
    }
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The parts that a client sees, without the name of the request and the time.
    pub(crate) fn seen(&self) -> (u16, Vec<(String, String)>, String) {
        let headers = self.headers.iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers = headers.filter(|(name, _)| name != "x-request-id" && name != "date");
        let mut headers: Vec<_> = headers.collect();
        headers.sort();
        (self.status, headers, self.body.to_string())
    }

    /// The names of the resources in a list.
    pub(crate) fn names(&self) -> Vec<&str> {
        let name = |resource: &'_ Value| match resource.get("userName") {
            Some(_) => "userName",
            None => "displayName",
        };
        let resources = self.body["Resources"].as_array().unwrap().iter();
        resources
            .map(|resource| resource[name(resource)].as_str().unwrap())
            .collect()
    }

    /// Holds it against an error in SCIM form.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, scim_type: Option<&str>) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/scim+json");
        let urn = "urn:ietf:params:scim:api:messages:2.0:Error";
        assert_eq!(self.body["schemas"], json!([urn]));
        assert_eq!(self.body["status"], json!(status.to_string()));
        let found = self.body.get("scimType").and_then(Value::as_str);
        assert_eq!(found, scim_type, "{self:?}");
        assert!(self.body["detail"].is_string());
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    try_answer(request).await.expect("the server answers")
}

/// The answer; `None` if none comes, or only a part of one.
pub(crate) async fn try_answer(request: RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.ok()?;
    let body = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}")),
    };
    Some(Answer {
        status,
        headers,
        body,
    })
}

pub(crate) fn patch_op(operations: Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

/// A new credential with its secret.
pub(crate) fn credential(
    connection: &str,
    kind: SecretKind,
    lifetime: SignedDuration,
    clock: &dyn Clock,
) -> (ScimCredential, Token) {
    let secret = Token::random().unwrap();
    let [a, b, c, d, e, f, g, h, ..] = *secret.hash().as_bytes();
    let id = CredentialId::from_random([a, b, c, d, e, f, g, h]);
    let connection = connection_id(connection);
    let made = ScimCredential::new(id, connection, kind, &secret, lifetime, clock.now());
    (made.unwrap(), secret)
}

pub(crate) fn connection_id(text: &str) -> ConnectionId {
    text.parse().unwrap()
}
