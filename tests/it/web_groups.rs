//! The groups of a person on a page: provisioned over SCIM, claimed at sign-on, and both at once.

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::connection::ConnectionBuilder;
use entrada::connection::LinkRule;
use entrada::directory::add_credential;
use entrada::ports::StoreError;
use entrada::provisioning::SecretKind;
use entrada::saml::claim;
use entrada::session::MembershipKind;
use entrada::store;
use entrada::store::Store;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

use crate::scim;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Page;
use crate::site::Site;

/// Object ids of groups.
pub(crate) const BOARD: &str = "0aaaaaaa-0000-4000-8000-00000000000b";
pub(crate) const STAFF: &str = "0ccccccc-0000-4000-8000-00000000000d";
const OTHERS: &str = "0eeeeeee-0000-4000-8000-00000000000f";

/// A page that names the groups of whoever looks at it.
pub(crate) async fn my_groups(user: CurrentUser) -> Result<String, StoreError> {
    let groups = user.groups().await?;
    let lines = groups.iter().map(|group| {
        let standing = match group.standing {
            MembershipKind::Direct => "direct",
            MembershipKind::Nested => "nested",
            MembershipKind::Claimed => "claimed",
        };
        assert_eq!(
            group.id.is_none(),
            group.standing == MembershipKind::Claimed
        );
        format!("{} {standing}", group.label())
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// A site whose connections `acme` and `second` are provisioned over SCIM, in a store of a file.
pub(crate) struct Provisioned {
    pub(crate) site: Site,
    pub(crate) entrada: Entrada,
    pub(crate) tokens: [String; 2],
    _folder: tempfile::TempDir,
}

impl Provisioned {
    pub(crate) async fn new() -> Provisioned {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("entrada.db").display());
        let store = store::open(&url).await.unwrap();
        let by_name = |connection: ConnectionBuilder| connection.link_rule(LinkRule::NameId);
        let (site, entrada) = Site::with_entrada(store.clone(), by_name).await;
        let tokens = [
            token(&*store, "acme", &site).await,
            token(&*store, "second", &site).await,
        ];
        entrada_sees(&site).await;
        Provisioned {
            site,
            entrada,
            tokens,
            _folder: folder,
        }
    }

    pub(crate) async fn scim(&self, method: &str, path: &str, body: Value) -> Value {
        self.scim_of("acme", method, path, body).await
    }

    pub(crate) async fn scim_of(
        &self,
        connection: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Value {
        let token = &self.tokens[usize::from(connection == "second")];
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/{connection}/v2{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/scim+json")
            .body(Body::from(body.to_string()));
        let page = self.site.send(request.unwrap()).await;
        assert!(page.status.is_success(), "{} {}", page.status, page.body);
        serde_json::from_str(&page.body).unwrap_or(Value::Null)
    }

    /// Provisions the person; says their id.
    pub(crate) async fn person(&self) -> String {
        let user = json!({"userName": PERSON});
        id(&self.scim("POST", "/Users", user).await)
    }

    pub(crate) async fn group(&self, name: &str, object: Option<&str>, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let mut group = json!({"displayName": name, "members": members});
        if let Some(object) = object {
            group["externalId"] = json!(object);
        }
        id(&self.scim("POST", "/Groups", group).await)
    }

    pub(crate) async fn patch(&self, path: &str, operation: Value) {
        self.scim("PATCH", path, scim::patch_op(json!([operation])))
            .await;
    }

    pub(crate) async fn add(&self, group: &str, member: &str) {
        let add = json!({"op": "add", "path": "members", "value": [{"value": member}]});
        self.patch(&format!("/Groups/{group}"), add).await;
    }

    pub(crate) async fn remove(&self, group: &str, member: &str) {
        let remove = json!({"op": "remove", "path": "members", "value": [{"value": member}]});
        self.patch(&format!("/Groups/{group}"), remove).await;
    }

    /// Signs the person on with claims; gives the cookies.
    pub(crate) async fn sign_on(&self, claims: &[(&str, &[&str])]) -> String {
        sign_on(&self.site, claims).await.cookies
    }

    pub(crate) async fn groups(&self, cookies: &str) -> Vec<String> {
        let page = self.site.get("/groups", Browser::with(cookies)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        page.body.lines().map(str::to_owned).collect()
    }
}

/// Signs the person on over `acme`.
pub(crate) async fn sign_on(site: &Site, claims: &[(&str, &[&str])]) -> Page {
    let begun = site.begin("/saml/acme/login").await;
    let mut response = site.response().in_response_to(&begun.id);
    for (name, values) in claims {
        response = response.claim(name, values.iter().copied());
    }
    let xml = response.signed(entrada::practice::Sign::Assertion, &site.signer);
    let page = site.post(&begun, &xml.unwrap()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    page
}

async fn token(store: &dyn Store, connection: &str, site: &Site) -> String {
    let lifetime = SignedDuration::from_hours(24);
    let bearer = SecretKind::Bearer;
    let (credential, secret) = scim::credential(connection, bearer, lifetime, &*site.clock);
    add_credential(store, &credential).await.unwrap();
    credential.secret_text(&secret)
}

/// Waits until the site knows that its connections are provisioned: it looks ten times a second.
async fn entrada_sees(site: &Site) {
    for _ in 0..100 {
        let begun = site.begin("/saml/acme/login").await;
        let page = site.post(&begun, &site.answer(&begun)).await;
        if page.body.contains("<code>user-not-provisioned</code>") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the connection does not become a provisioned one");
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn groups_are_those_of_the_directory_at_each_request() {
    let at = Provisioned::new().await;
    let person = at.person().await;
    let board = at.group("Board", Some(BOARD), &[]).await;
    let cookies = at.sign_on(&[]).await;
    assert_eq!(at.groups(&cookies).await, [""; 0]);
    at.add(&board, &person).await;
    assert_eq!(at.groups(&cookies).await, ["Board direct"]);
    let rename = json!({"op": "replace", "path": "displayName", "value": "Directors"});
    at.patch(&format!("/Groups/{board}"), rename).await;
    assert_eq!(at.groups(&cookies).await, ["Directors direct"]);
    at.remove(&board, &person).await;
    assert_eq!(at.groups(&cookies).await, [""; 0]);
}

#[tokio::test]
async fn groups_within_groups_count_and_circles_end() {
    let at = Provisioned::new().await;
    let person = at.person().await;
    let inner = at.group("Board", Some(BOARD), &[&person]).await;
    let middle = at.group("Leads", None, &[&inner]).await;
    let outer = at.group("Staff", Some(STAFF), &[&middle]).await;
    at.add(&inner, &outer).await;
    at.add(&outer, &outer).await;
    let cookies = at.sign_on(&[]).await;
    let expected = ["Board direct", "Leads nested", "Staff nested"];
    assert_eq!(at.groups(&cookies).await, expected);
}

#[tokio::test]
async fn a_claim_counts_only_where_the_directory_has_no_such_group() {
    let at = Provisioned::new().await;
    let person = at.person().await;
    at.group("Board", Some(BOARD), &[]).await;
    at.group("Staff", Some(STAFF), &[&person]).await;
    let (board, staff) = (BOARD.to_uppercase(), STAFF.to_uppercase());
    let claims = [board.as_str(), &staff, BOARD, OTHERS];
    let cookies = at.sign_on(&[(claim::GROUPS, &claims)]).await;
    let others = format!("{OTHERS} claimed");
    let expected = ["Staff direct", others.as_str()];
    assert_eq!(at.groups(&cookies).await, expected);
    let late = at.group("Others", Some(OTHERS), &[]).await;
    assert_eq!(at.groups(&cookies).await, ["Staff direct"]);
    at.add(&late, &person).await;
    let expected = ["Others direct", "Staff direct"];
    assert_eq!(at.groups(&cookies).await, expected);
}

#[tokio::test]
async fn what_is_too_much_for_a_claim_is_answered_from_the_directory() {
    let at = Provisioned::new().await;
    let person = at.person().await;
    at.group("Board", Some(BOARD), &[&person]).await;
    let link = "https://graph.windows.net/t/users/u/getMemberObjects";
    let cookies = at.sign_on(&[(claim::GROUPS_LINK, &[link])]).await;
    assert_eq!(at.groups(&cookies).await, ["Board direct"]);
}

#[tokio::test]
async fn where_nobody_is_provisioned_all_groups_are_claims() {
    let site = Site::new(|connection| connection).await;
    let page = sign_on(&site, &[(claim::GROUPS, &[BOARD, STAFF])]).await;
    let page = site.get("/groups", Browser::with(&page.cookies)).await;
    assert_eq!(page.body, format!("{BOARD} claimed\n{STAFF} claimed"));
}

#[tokio::test]
async fn the_use_of_a_session_is_noted_beside_the_request() {
    let store: Arc<dyn Store> = store::open("memory:").await.unwrap();
    let site = Site::over(store.clone(), |connection| connection).await;
    let page = sign_on(&site, &[]).await;
    let seen = async || {
        let live = store.sessions(&Default::default(), site.now()).await;
        live.unwrap()[0].seen
    };
    let opened = seen().await;
    site.clock.advance(SignedDuration::from_mins(16));
    let visited = site.get("/private", Browser::with(&page.cookies)).await;
    assert_eq!(visited.status, StatusCode::OK);
    for _ in 0..100 {
        if seen().await == site.now() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("still {opened}");
}

#[tokio::test]
async fn a_group_that_is_deleted_does_not_come_back_by_a_claim() {
    let at = Provisioned::new().await;
    let person = at.person().await;
    let board = at.group("Board", Some(BOARD), &[&person]).await;
    let cookies = at.sign_on(&[(claim::GROUPS, &[BOARD])]).await;
    assert_eq!(at.groups(&cookies).await.len(), 1);
    at.remove(&board, &person).await;
    assert_eq!(at.groups(&cookies).await, [""; 0]);
    at.scim("DELETE", &format!("/Groups/{board}"), json!({}))
        .await;
    assert_eq!(at.groups(&cookies).await, [""; 0]);
    let anew = at.sign_on(&[(claim::GROUPS, &[BOARD])]).await;
    assert_eq!(at.groups(&anew).await, [""; 0]);
}
