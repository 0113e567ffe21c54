//! Sign-on and provisioning over one directory: a site whose connection is provisioned, and people of its identity provider.

mod contradictions;
mod groups;
mod leavers;
mod linking;
mod own_sessions;
mod policies;
mod races;

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::connection::ConnectionBuilder;
use entrada::directory::add_credential;
use entrada::event::EventKind;
use entrada::event::EventQuery;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::provisioning::SecretKind;
use entrada::saml::claim;
use entrada::store;
use entrada::store::Store;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::scim::credential;
use crate::site::Browser;
use crate::site::Page;
use crate::site::Site;

pub(crate) const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
pub(crate) const EVE: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// A site with a client that provisions its connection `acme`.
pub(crate) struct Governed {
    pub(crate) site: Site,
    pub(crate) store: Arc<dyn Store>,
    token: Option<String>,
}

/// A person, as the identity provider speaks of them.
#[derive(Clone)]
pub(crate) struct Person {
    name_id: String,
    format: String,
    claims: Vec<(&'static str, Vec<String>)>,
    authn_instant: Option<Timestamp>,
}

impl Person {
    /// With the claims that Entra sends.
    pub(crate) fn of_entra(object_id: &str, name: &str) -> Person {
        Person::named(name)
            .claiming(claim::OBJECT_ID, &[object_id])
            .claiming(claim::NAME, &[name])
            .claiming(claim::EMAIL, &[name])
    }

    /// With a name and nothing else.
    pub(crate) fn named(name: &str) -> Person {
        Person {
            name_id: name.to_owned(),
            format: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned(),
            claims: Vec::new(),
            authn_instant: None,
        }
    }

    pub(crate) fn format(mut self, format: &str) -> Person {
        self.format = format.to_owned();
        self
    }

    /// Lets the identity provider see the person prove who they are at this moment, and not just now.
    pub(crate) fn proven(mut self, at: Timestamp) -> Person {
        self.authn_instant = Some(at);
        self
    }

    pub(crate) fn claiming(mut self, name: &'static str, values: &[&str]) -> Person {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.claims.retain(|(known, _)| *known != name);
        self.claims.push((name, values));
        self
    }

    fn said(&self, mut response: EntraResponse) -> EntraResponse {
        response = response.name_id(&self.name_id).name_id_format(&self.format);
        if let Some(at) = self.authn_instant {
            response = response.authn_instant(at);
        }
        for (name, values) in &self.claims {
            response = response.claim(name, values.clone());
        }
        response
    }
}

impl Governed {
    /// A connection with a credential for provisioning.
    pub(crate) async fn provisioned(
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
    ) -> Governed {
        let mut governed = Governed::open(settings).await;
        governed.create_credential().await;
        governed
    }

    /// A connection that nobody has provisioned.
    pub(crate) async fn open(
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
    ) -> Governed {
        let store = store::open("memory:").await.unwrap();
        Governed {
            site: Site::over(store.clone(), settings).await,
            store,
            token: None,
        }
    }

    pub(crate) async fn create_credential(&mut self) {
        let year = SignedDuration::from_hours(24 * 365);
        let clock = &*self.site.clock;
        let (credential, secret) = credential("acme", SecretKind::Bearer, year, clock);
        add_credential(&*self.store, &credential).await.unwrap();
        self.token = Some(credential.secret_text(&secret));
        // Servers look at the store's revision ten times a second.
        tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    }

    /// A SCIM request; its status and body.
    pub(crate) async fn scim(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let token = self.token.as_deref().unwrap();
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/acme/v2{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/scim+json");
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        let page = self.site.send(request.body(body).unwrap()).await;
        let body = serde_json::from_str(&page.body).unwrap_or(Value::Null);
        (page.status.as_u16(), body)
    }

    /// Creates a user; its id.
    pub(crate) async fn hire(&self, body: Value) -> String {
        let (status, user) = self.scim("POST", "/Users", body).await;
        assert_eq!(status, 201, "{user}");
        user["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn hire_ada(&self) -> String {
        self.hire(json!({ "userName": "ada@contoso.example", "externalId": ADA }))
            .await
    }

    pub(crate) async fn set(&self, user: &str, attribute: &str, value: Value) {
        let operation = json!({ "op": "Replace", "path": attribute, "value": value });
        self.patch(&format!("/Users/{user}"), operation).await;
    }

    pub(crate) async fn patch(&self, path: &str, operation: Value) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        let (status, answer) = self.scim("PATCH", path, body).await;
        assert!(status < 300, "{answer}");
    }

    /// Creates a group of these users; its id.
    pub(crate) async fn group(&self, name: &str, object_id: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let body = json!({ "displayName": name, "externalId": object_id, "members": members });
        let (status, group) = self.scim("POST", "/Groups", body).await;
        assert_eq!(status, 201, "{group}");
        group["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn join(&self, group: &str, user: &str) {
        let operation = json!({ "op": "Add", "path": "members", "value": [{ "value": user }] });
        self.patch(&format!("/Groups/{group}"), operation).await;
    }

    pub(crate) async fn part(&self, group: &str, user: &str) {
        let operation = json!({ "op": "Remove", "path": "members", "value": [{ "value": user }] });
        self.patch(&format!("/Groups/{group}"), operation).await;
    }

    /// A whole sign-on from `/private` and back.
    pub(crate) async fn sign_on(&self, person: &Person) -> Page {
        self.sign_on_from("/saml/acme/login?return=/private", person)
            .await
    }

    pub(crate) async fn sign_on_from(&self, login: &str, person: &Person) -> Page {
        let begun = self.site.begin(login).await;
        let response = self.site.response().in_response_to(&begun.id);
        let xml = person
            .said(response)
            .signed(Sign::Assertion, &self.site.signer)
            .unwrap();
        self.site.post(&begun, &xml).await
    }

    /// The cookies of a person who is let in.
    pub(crate) async fn let_in(&self, person: &Person) -> String {
        let page = self.sign_on(person).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        assert!(
            page.cookies.contains("entrada-session"),
            "{}",
            page.location()
        );
        page.cookies
    }

    pub(crate) async fn is_turned_away(&self, person: &Person, code: &str) {
        let page = self.sign_on(person).await;
        page.is_refused(StatusCode::FORBIDDEN, code);
    }

    /// Tells if a browser with these cookies is signed on.
    pub(crate) async fn knows(&self, cookies: &str) -> bool {
        let page = self.site.get("/anyone", Browser::with(cookies)).await;
        assert_eq!(page.status, StatusCode::OK);
        page.body != "nobody"
    }

    /// The user of the only live session of these cookies' person, by id.
    pub(crate) async fn user_of(&self, cookies: &str) -> Option<String> {
        let (_, token) = cookies.split_once("entrada-session=").unwrap();
        let token = entrada::token::Token::parse(token.split(';').next().unwrap()).unwrap();
        let found = self.store.session(&token.hash(), self.site.now()).await;
        let record = found.unwrap().unwrap();
        record.user.map(|id| id.to_string())
    }

    /// The details of the events of this kind.
    pub(crate) async fn told(&self, kind: EventKind) -> Vec<Option<String>> {
        let events = self.store.events(&EventQuery::default()).await.unwrap();
        let events = events.into_iter().filter(|one| one.event.kind() == kind);
        events.map(|one| one.event.detail()).collect()
    }
}
