//! Stores that earlier versions wrote: each opens, the sessions and credentials in it are alive, and everybody is there.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use entrada::connection::LinkRule;
use entrada::event::EndReason;
use entrada::event::EventQuery;
use entrada::event::Happened;
use entrada::provisioning::LogQuery;
use entrada::store;
use entrada::web::Entrada;
use jiff::SignedDuration;
use reqwest::Client;
use reqwest::header;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::command_line::Workspace;
use crate::site::Site;
use crate::site::TestClock;
use crate::site::signer;

#[tokio::test]
async fn a_store_of_an_earlier_version_opens_with_its_sessions_and_credentials() {
    for old in OldStore::all() {
        old.holds_in(&old.url()).await;
    }
}

#[tokio::test]
async fn the_log_the_events_and_the_connections_of_an_earlier_version_are_kept() {
    for old in OldStore::all() {
        let store = store::open(&old.url()).await.unwrap();
        let events = store.events(&EventQuery::default()).await.unwrap();
        let log = store.log(&LogQuery::default()).await.unwrap();
        let connections = store.connections().await.unwrap();
        let acme = "acme".parse().unwrap();
        assert!(store.has_signed_on(&acme).await.unwrap(), "{}", old.name);
        assert!(events.len() > 20, "{}: {} events", old.name, events.len());
        for told in &events {
            let is_unknown = matches!(told.event.happened, Happened::Unknown(_));
            assert!(!is_unknown, "{}: {told:?}", old.name);
        }
        let happened: Vec<&Happened> = events.iter().map(|told| &told.event.happened).collect();
        let linked = |wanted| {
            let is_by = |one: &&&Happened| matches!(one, Happened::UserLinked { rule, .. } if *rule == wanted);
            happened.iter().filter(is_by).count()
        };
        assert_eq!(linked(LinkRule::NameId), 1, "{}", old.name);
        assert_eq!(linked(LinkRule::UserPrincipalName), 1, "{}", old.name);
        let ended = happened.iter().find_map(|one| match one {
            Happened::SessionEnded { reason, .. } => Some(*reason),
            _ => None,
        });
        assert_eq!(ended, Some(EndReason::UserDeactivated), "{}", old.name);
        assert!(log.len() > 10, "{}: {} entries", old.name, log.len());
        assert!(connections.len() > 5, "{}", old.name);
    }
}

#[test]
fn commands_run_on_a_store_of_an_earlier_version() {
    for old in OldStore::all() {
        let place = Workspace::new();
        let url = old.url();
        let run = |arguments: &[&str]| {
            let all = ["--database", &url, "--json"].into_iter();
            let all = all.chain(arguments.iter().copied());
            place.run(all).exits(0).json()
        };
        let users = run(&["user", "list", "--connection", "acme", "--limit", "100"]);
        let names: Vec<String> = users["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| text(&user["user_name"]))
            .collect();
        let mut names = names;
        names.sort();
        assert_eq!(names, sorted(&old.found["users"]["acme"]), "{users}");
        run(&["connection", "show", "acme"]);
        run(&["session", "list"]);
        run(&["log"]);
    }
}

#[tokio::test]
async fn who_shares_a_name_in_an_earlier_version_stays_and_can_be_told_apart() {
    let old = OldStore::named("22875ef");
    let served = old.serve().await;
    let credential = &old.list("credentials")[0];
    let (composed, decomposed) = ("jos\u{e9}@acme.example", "jose\u{301}@acme.example");
    // Both are found by either spelling, and each may be changed in every other way.
    for name in [composed, decomposed] {
        let filter = format!("userName eq {}", serde_json::json!(name));
        let found = served.find(credential, "Users", &filter).await;
        assert_eq!(found.len(), 2, "{filter}");
        let own = found.iter().find(|user| user["userName"] == name).unwrap();
        let path = format!("Users/{}", text(&own["id"]));
        let title = served.replace(credential, &path, "title", "Dr").await;
        assert_eq!(title.0, 200, "{title:?}");
        let shouting = own["userName"].as_str().unwrap().to_uppercase();
        let spelled = served
            .replace(credential, &path, "userName", &shouting)
            .await;
        assert_eq!(spelled.0, 200, "{spelled:?}");
        let back = served.replace(credential, &path, "userName", name).await;
        assert_eq!(back.0, 200, "{back:?}");
    }
    let third = serde_json::json!({ "userName": "Jos\u{c9}@acme.example" });
    let third = served.send(credential, "POST", "Users", third).await;
    assert_eq!(third.0, 409, "{third:?}");
    // A name that is refused by now stays as long as nobody changes it.
    let hidden = served
        .find(credential, "Users", "userName co \"width\"")
        .await;
    let path = format!("Users/{}", text(&hidden[0]["id"]));
    let title = served.replace(credential, &path, "title", "Dr").await;
    assert_eq!(title.0, 200, "{title:?}");
    let groups = served
        .find(credential, "Groups", "displayName eq \"Staff\"")
        .await;
    assert_eq!(groups.len(), 2);
    let path = format!("Groups/{}", text(&groups[0]["id"]));
    let external = served
        .replace(credential, &path, "externalId", "staff")
        .await;
    assert_eq!(external.0, 204, "{external:?}");
    let renamed = served
        .replace(credential, &path, "displayName", "Team")
        .await;
    assert_eq!(renamed.0, 204, "{renamed:?}");
    let back = served
        .replace(credential, &path, "displayName", "Staff")
        .await;
    assert_eq!(back.0, 409, "{back:?}");
}

#[test]
fn check_lists_users_and_groups_of_an_earlier_version_that_count_as_one() {
    let old = OldStore::named("22875ef");
    let place = Workspace::new();
    let url = old.url();
    let check = ["--database", &url, "--json", "check", "--offline"];
    let json = place.run(check).exits(1).json();
    let findings = json["findings"].as_array().unwrap().iter();
    let of = |code: &str| -> Vec<String> {
        let findings = findings.clone().filter(|finding| finding["code"] == code);
        findings.map(|finding| text(&finding["message"])).collect()
    };
    let users = of("user-names-collide");
    assert_eq!(users.len(), 2, "{users:?}");
    assert!(users.iter().any(|message| {
        message.contains("jos\\u{e9}@acme.example") && message.contains("jose\\u{301}@acme.example")
    }));
    assert!(
        users
            .iter()
            .any(|message| message.contains("\"bob@acme.example\""))
    );
    let refused = of("user-names-refused");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].contains("\\u{200b}"), "{refused:?}");
    assert!(!refused[0].contains("bob@"), "{refused:?}");
    let groups = of("groups-collide");
    assert_eq!(groups.len(), 2, "{groups:?}");
    assert!(
        groups
            .iter()
            .any(|message| message.contains("by their externalId"))
    );
    assert!(
        groups
            .iter()
            .any(|message| message.contains("by their displayName"))
    );
    // The import finds each by its own spelling.
    for (name, number) in [
        ("jos\u{e9}@acme.example", 1),
        ("jose\u{301}@acme.example", 2),
    ] {
        let rows = place.write("rows.csv", format!("userName,title\n{name},T{number}\n"));
        let import = [
            "--database",
            &url,
            "--json",
            "user",
            "import",
            "acme",
            &rows,
        ];
        let json = place.run(import).exits(0).json();
        assert_eq!(json["rows"][0]["outcome"], "updated", "{json}");
    }
    // So does a spelling that is equal but for ASCII case; of one that is not, the users are named.
    let import = |name: &str, code: i32| {
        let row = serde_json::json!({ "userName": name, "title": "again" });
        let rows = place.write("rows.jsonl", format!("{row}\n"));
        let import = ["user", "import", "acme", &rows, "--dry-run"];
        let all = ["--database", &url, "--json"].into_iter().chain(import);
        place.run(all).exits(code).json()["rows"][0].clone()
    };
    let bob = import("BOB@acme.example", 0);
    assert_eq!(bob["outcome"], "updated", "{bob}");
    let show = |name: &str, code: i32| {
        let all = ["--database", &url, "--json", "user", "show", name];
        place.run(all).exits(code)
    };
    let shown = show("BOB@acme.example", 0).json();
    assert!(
        shown.to_string().contains("\"bob@acme.example\""),
        "{shown}"
    );
    let jose = import("JOS\u{c9}@acme.example", 1);
    assert_eq!(jose["outcome"], "refused", "{jose}");
    assert!(jose.to_string().contains("found several users: "), "{jose}");
    let ran = show("JOS\u{c9}@acme.example", 2);
    assert!(ran.stderr.contains("more than one user"), "{ran:?}");
}

/// A copy of a store under `fixtures/stores/`, and what stands in the file beside it.
pub(crate) struct OldStore {
    pub(crate) name: String,
    found: Value,
    folder: TempDir,
}

impl OldStore {
    pub(crate) fn all() -> Vec<OldStore> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stores");
        let entries = fs::read_dir(folder).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        let stores = files.filter(|file| file.extension().is_some_and(|end| end == "sqlite"));
        let stores: Vec<OldStore> = stores.map(|file| OldStore::copied(&file)).collect();
        assert!(!stores.is_empty());
        stores
    }

    pub(crate) fn named(name: &str) -> OldStore {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stores");
        OldStore::copied(&folder.join(format!("{name}.sqlite")))
    }

    fn copied(file: &Path) -> OldStore {
        let folder = tempfile::tempdir().unwrap();
        let found = fs::read_to_string(file.with_extension("json")).unwrap();
        let old = OldStore {
            name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
            found: serde_json::from_str(&found).unwrap(),
            folder,
        };
        fs::copy(file, old.file()).unwrap();
        old
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("entrada.db")
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    fn list(&self, name: &str) -> &[Value] {
        let list = self.found[name].as_array().unwrap();
        assert!(!list.is_empty(), "{}", self.name);
        list
    }

    /// Checks that a store has the living sessions and credentials of this one, and everybody.
    pub(crate) async fn holds_in(&self, url: &str) {
        let served = self.serve_at(url).await;
        for session in self.list("sessions") {
            let cookie = session["cookie"].as_str().unwrap();
            let request = served.client.get(format!("{}/private", served.base));
            let request = request.header(header::COOKIE, cookie);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{}: {session}", self.name);
            assert_eq!(answer.text().await.unwrap(), text(&session["name_id"]));
        }
        for credential in self.list("credentials") {
            let names = served.names(credential, "Users", "userName").await;
            let connection = text(&credential["connection"]);
            assert_eq!(names, sorted(&self.found["users"][&connection]));
            let names = served.names(credential, "Groups", "displayName").await;
            assert_eq!(names, sorted(&self.found["groups"][&connection]));
        }
    }

    /// Serves the store over HTTP, an hour after it was written.
    async fn serve(&self) -> Served {
        self.serve_at(&self.url()).await
    }

    async fn serve_at(&self, url: &str) -> Served {
        let clock = TestClock::at(self.found["now"].as_str().unwrap());
        clock.advance(SignedDuration::from_hours(1));
        let entrada = Entrada::builder(self.found["base_url"].as_str().unwrap())
            .store(url)
            .clock(clock.clone())
            .build()
            .await
            .unwrap();
        let (key, signer) = signer();
        let app = Site::of(entrada, key, signer, clock).app;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let client = Client::new();
        Served { base, client }
    }
}

struct Served {
    base: String,
    client: Client,
}

impl Served {
    /// A SCIM request with a credential; its status and body.
    async fn send(
        &self,
        credential: &Value,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let connection = text(&credential["connection"]);
        let url = format!("{}/scim/{connection}/v2/{path}", self.base);
        let method = method.parse().unwrap();
        let request = self.client.request(method, url);
        let request = request.header(header::AUTHORIZATION, text(&credential["authorization"]));
        let request = request.header(header::CONTENT_TYPE, "application/scim+json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    async fn find(&self, credential: &Value, kind: &str, filter: &str) -> Vec<Value> {
        let search = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": filter,
        });
        let path = format!("{kind}/.search");
        let (status, found) = self.send(credential, "POST", &path, search).await;
        assert_eq!(status, 200, "{found}");
        found["Resources"].as_array().cloned().unwrap_or_default()
    }

    async fn replace(
        &self,
        credential: &Value,
        path: &str,
        attribute: &str,
        value: &str,
    ) -> (u16, Value) {
        let operation = serde_json::json!({ "op": "replace", "path": attribute, "value": value });
        let body = crate::scim::patch_op(serde_json::json!([operation]));
        self.send(credential, "PATCH", path, body).await
    }

    /// The names of all resources, as a client with this credential lists them.
    async fn names(&self, credential: &Value, kind: &str, attribute: &str) -> Vec<String> {
        let connection = text(&credential["connection"]);
        let url = format!("{}/scim/{connection}/v2/{kind}?count=100", self.base);
        let request = self.client.get(url);
        let request = request.header(header::AUTHORIZATION, text(&credential["authorization"]));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{credential}");
        let list: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let resources = list["Resources"].as_array().unwrap().iter();
        let mut names: Vec<String> = resources.map(|one| text(&one[attribute])).collect();
        names.sort();
        names
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn sorted(names: &Value) -> Vec<String> {
    let names = names.as_array().into_iter().flatten().map(text);
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
