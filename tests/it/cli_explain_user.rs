//! `entrada user explain`: it never disagrees with the sign-on.

use std::sync::Arc;

use axum::http::StatusCode;
use entrada::connection::ConnectionBuilder;
use entrada::connection::LinkRule;
use entrada::practice::Sign;
use entrada::saml::Attribute;
use entrada::saml::NameId;
use entrada::saml::claim;
use entrada::scim::Schemas;
use entrada::session::Claims;
use entrada::session::Expected;
use entrada::session::Rehearsal;
use entrada::session::SignOnAuthority;
use entrada::store;
use entrada::store::Store;
use jiff::Timestamp;
use serde_json::Value;

use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Site;
use crate::site::issuer;

/// The object id of the person who signs on, in the two cases of its letters.
pub(crate) const ADA: &str = "6b7f1d0e-3c2a-4f5b-9a8e-0d1c2b3a4f5e";
pub(crate) const ADA_UPPER: &str = "6B7F1D0E-3C2A-4F5B-9A8E-0D1C2B3A4F5E";
pub(crate) const EVE: &str = "99999999-3c2a-4f5b-9a8e-0d1c2b3a4f5e";

/// Claims of a person, beside the NameID.
pub(crate) type Said = Vec<(&'static str, &'static str)>;

/// A connection with users, whose directory decides.
pub(crate) struct Governed {
    pub(crate) place: Workspace,
    pub(crate) store: Arc<dyn Store>,
    site: Site,
}

impl Governed {
    pub(crate) async fn new(
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
        users: &str,
    ) -> Governed {
        let place = Workspace::new();
        let store = store::open(&place.database()).await.unwrap();
        let site = Site::over(store.clone(), |connection| {
            settings(connection.allow_idp_initiated())
        })
        .await;
        *site.clock.0.lock().unwrap() = Timestamp::now();
        place.run(["token", "create", "acme"]).exits(0);
        if !users.is_empty() {
            let file = place.write("users.jsonl", users);
            place.run(["user", "import", "acme", &file]).exits(0);
        }
        // The site looks for other connections ten times a second at most.
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        Governed { place, store, site }
    }

    /// The outcome of a real sign-on: `let-in`, or the code of the reason.
    pub(crate) async fn sign_on(&self, said: &Said) -> String {
        self.sign_on_proven(said, Timestamp::now()).await
    }

    /// The same of somebody who proved who they are at this moment.
    pub(crate) async fn sign_on_proven(&self, said: &Said, proven: Timestamp) -> String {
        *self.site.clock.0.lock().unwrap() = Timestamp::now();
        let response = said
            .iter()
            .fold(self.site.response(), |response, (name, value)| {
                response.claim(name, [*value])
            });
        let response = response.authn_instant(proven);
        let response = response.signed(Sign::Assertion, &self.site.signer).unwrap();
        let page = self
            .site
            .post_to("acme", &response, "", Browser::NONE)
            .await;
        if page.status == StatusCode::SEE_OTHER {
            return "let-in".to_owned();
        }
        let (_, code) = page.body.split_once("<code>").expect("a reason");
        code.split_once("</code>").unwrap().0.to_owned()
    }

    /// The outcome of a rehearsal with the same claims.
    pub(crate) async fn rehearse(&self, said: &Said) -> String {
        let connection = self.store.connection(&"acme".parse().unwrap()).await;
        let connection = connection.unwrap().unwrap();
        let rehearsal = Rehearsal {
            connection: &connection,
            authority: SignOnAuthority::of(&connection, true),
            claims: claims(said),
            schemas: Arc::new(Schemas::standard()),
            now: Timestamp::now(),
        };
        let (expected, _) = rehearsal.run(&*self.store).await.unwrap();
        match expected {
            Expected::LetIn(_) | Expected::LetInAsNew(_) => "let-in".to_owned(),
            Expected::Denied(denial) => denial.code().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn explain(&self, name: &str) -> Ran {
        self.place.run(["user", "explain", "acme", name, "--json"])
    }
}

fn claims(said: &Said) -> Claims {
    let attributes = said.iter().map(|(name, value)| Attribute {
        name: (*name).to_owned(),
        values: vec![(*value).to_owned()],
    });
    Claims {
        issuer: issuer(),
        name_id: NameId {
            value: PERSON.to_owned(),
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        authn_instant: Timestamp::now(),
        attributes: attributes.collect(),
    }
}

/// One user a line.
pub(crate) fn users(all: &[(&str, Option<&str>, bool)]) -> String {
    let line = |(name, external, active): &(&str, Option<&str>, bool)| {
        let mut user = serde_json::json!({"userName": name, "active": active});
        if let Some(external) = external {
            user["externalId"] = Value::from(*external);
        }
        format!("{user}\n")
    };
    all.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_was_given_to_another_person_is_explained_and_mended() {
    let settings =
        |connection: ConnectionBuilder| connection.link_rule(LinkRule::UserPrincipalName);
    let users = users(&[("ada@example.com", None, true)]);
    let governed = Governed::new(settings, &users).await;
    let ada = vec![(claim::OBJECT_ID, ADA), (claim::NAME, "ada@example.com")];
    let eve = vec![(claim::OBJECT_ID, EVE), (claim::NAME, "ada@example.com")];
    assert_eq!(governed.sign_on(&ada).await, "let-in");
    assert_eq!(governed.rehearse(&eve).await, "user-linked-to-another");
    assert_eq!(governed.sign_on(&eve).await, "user-linked-to-another");
    let told = governed.explain("ada@example.com").exits(0).json();
    assert!(
        told["link"]["subject"].as_str().unwrap().contains(ADA),
        "{told}"
    );
    let told = governed.explain(PERSON).exits(1).json();
    assert_eq!(told["expected"]["code"], "user-linked-to-another");
    assert!(
        told["expected"]["remedy"]
            .as_str()
            .unwrap()
            .contains("user unlink"),
        "{told}"
    );

    let unlinked = governed
        .place
        .run(["user", "unlink", "acme", "ada@example.com", "--json"]);
    assert_eq!(unlinked.exits(0).json()["unlinked"], true);
    let again = governed
        .place
        .run(["user", "unlink", "acme", "ada@example.com", "--json"]);
    assert_eq!(again.exits(0).json()["unlinked"], false);
    let log = ["log", "--kind", "user-unlinked", "--json"];
    let log = governed.place.run(log).exits(0).json();
    assert_eq!(log["events"][0]["user_name"], "ada@example.com");
    assert_eq!(governed.sign_on(&eve).await, "let-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_is_shown_from_both_sides() {
    let users = users(&[("ada@example.com", Some("ada"), true)]);
    let governed = Governed::new(|connection| connection, &users).await;
    let told = governed.explain("ada@example.com").exits(1).json();
    assert_eq!(
        told["expected"]["claims_assumed"], true,
        "a nickname is no object id"
    );
    assert_eq!(told["link"]["claimed"], Value::Null, "{told}");
    assert_eq!(told["link"]["agree"], false, "{told}");
    let said = vec![
        (claim::OBJECT_ID, ADA),
        (claim::NAME, "ada@example.com"),
        (claim::GROUPS, "11111111-aaaa-4f5b-9a8e-0d1c2b3a4f5e"),
    ];
    governed.sign_on(&said).await;
    let text = governed
        .place
        .run(["user", "explain", "acme", PERSON])
        .exits(1)
        .stdout;
    for part in [
        "would be refused, over acme",
        "Why: nobody in the directory has this externalId [user-not-provisioned]",
        "map objectId to externalId",
        ADA,
        "11111111-aaaa-4f5b-9a8e-0d1c2b3a4f5e: claimed only",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let ran = governed
        .place
        .run(["user", "explain", "acme", "nobody"])
        .exits(2);
    assert!(
        ran.stderr
            .contains("nobody is not in the directory of acme"),
        "{ran:?}"
    );
    let ran = governed
        .place
        .run(["user", "explain", "other", "nobody"])
        .exits(2);
    assert!(
        ran.stderr.contains("there is no connection other"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_of_a_user_are_listed_shown_and_ended() {
    let users = users(&[("ada@example.com", Some(ADA), true)]);
    let governed = Governed::new(|connection| connection, &users).await;
    let said = vec![(claim::OBJECT_ID, ADA)];
    assert_eq!(governed.sign_on(&said).await, "let-in");
    let run = |words: &[&str]| {
        governed
            .place
            .run(words.iter().chain(&["--json"]))
            .exits(0)
            .json()
    };
    let listed = run(&["session", "list", "--user", "ada@example.com"]);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1, "{listed}");
    assert!(listed["sessions"][0]["last_seen"].is_string(), "{listed}");
    assert!(listed["sessions"][0]["device"].is_object(), "{listed}");
    let shown = run(&["user", "show", "ada@example.com"]);
    assert_eq!(shown["sessions"].as_array().unwrap().len(), 1, "{shown}");
    let told = governed.explain("ada@example.com").exits(0).json();
    assert_eq!(told["sessions"].as_array().unwrap().len(), 1, "{told}");
    let kinds: Vec<&str> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["user-created", "session-opened"]);
    let revoked = run(&["session", "revoke", "--user", "ada@example.com", "--yes"]);
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 1, "{revoked}");
    let log = run(&["log", "--kind", "session-ended"]);
    assert_eq!(log["entries"].as_array().unwrap().len(), 0, "{log}");
    assert_eq!(log["events"][0]["detail"], "revoked", "{log}");
    assert_eq!(log["events"][0]["user_name"], "ada@example.com", "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_targets_of_sign_ons_that_begin_at_entra_are_told() {
    let users = format!("{{\"userName\": \"ada@example.com\", \"externalId\": \"{ADA}\"}}");
    let settings = |connection: ConnectionBuilder| connection.relay_state_target("/reports");
    let governed = Governed::new(settings, &users).await;
    let told = governed.explain("ada@example.com").json();
    assert_eq!(
        told["relay_state_targets"],
        serde_json::json!(["/", "/reports"])
    );
    let ran = governed
        .place
        .run(["user", "explain", "acme", "ada@example.com"]);
    for part in [
        "lead to /, /reports.",
        "full address of the site",
        "relay-state-not-listed",
    ] {
        assert!(ran.stdout.contains(part), "{ran:?}");
    }
}
