//! Sign-on by the foreign identity provider, provisioning by a foreign client: scim2-client governs who may sign on over
//! SimpleSAMLphp. The module is named so that `.ci/test` leaves it out where either of the two is missing.

use std::path::Path;
use std::process::Command;

use entrada::session::SessionFilter;
use entrada::store;
use jiff::Timestamp;
use reqwest::StatusCode;

use super::ALICE;
use super::Person;
use super::Signed;
use super::SimpleSamlPhp;
use super::app::App;
use super::app::is_signed_in;
use crate::command_line::Ran;
use crate::scim_conformance::program;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// An app whose people are those that the client has put there; their NameID is their userName.
struct Governed {
    idp: SimpleSamlPhp,
    app: App,
    token: String,
}

impl Governed {
    async fn start() -> Governed {
        let mut idp = SimpleSamlPhp::start().await;
        let (app, token) = App::start_provisioned(&idp, &["--link-rule", "name-id"]).await;
        app.register(&mut idp, Signed::Assertion);
        Governed { idp, app, token }
    }

    /// The id of the user whom the client has changed.
    fn scim(&self, arguments: &[&str]) -> String {
        let script = "tests/it/simplesamlphp/governed.py";
        let mut client = Command::new(program("python"));
        client.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
        client.arg(format!("{}/scim/foreign/v2", self.app.base_url));
        client.args(arguments).env("SCIM_TOKEN", &self.token);
        let ran = Ran::from(client.output().unwrap()).exits(0);
        ran.stdout.trim().to_owned()
    }

    /// A sign-on with a fresh browser.
    async fn sign_on(&self, person: Person) -> (UserAgent, Page) {
        let browser = UserAgent::new();
        let login = browser
            .open(format!("{}/saml/login", self.app.base_url))
            .await;
        let post = self.idp.sign_in(&browser, &login, person).await;
        let page = browser.submit(&post).await;
        (browser, page)
    }

    async fn let_in(&self, person: Person) -> UserAgent {
        let (browser, page) = self.sign_on(person).await;
        assert!(is_signed_in(&page), "{page:?}");
        assert!(page.html.contains(person.mail), "{page:?}");
        browser
    }

    async fn is_turned_away(&self, person: Person, code: &str) {
        let (browser, page) = self.sign_on(person).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{page:?}");
        assert!(
            page.html.contains(&format!("<code>{code}</code>")),
            "{page:?}"
        );
        assert!(!page.html.contains(person.mail), "{page:?}");
        assert!(!self.app.knows(&browser).await);
    }

    /// The users behind the live sessions.
    async fn signed_on(&self) -> Vec<String> {
        let store = store::open(&self.app.place.database()).await.unwrap();
        let all = SessionFilter::default();
        let sessions = store.sessions(&all, Timestamp::now()).await.unwrap();
        let users = sessions.into_iter().map(|session| session.user.unwrap());
        users.map(|user| user.to_string()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joiner_leaver_and_rehire_of_two_foreign_programs() {
    let site = Governed::start().await;
    site.is_turned_away(ALICE, "user-not-provisioned").await;

    let user = site.scim(&["hire", ALICE.mail]);
    let (laptop, phone) = (site.let_in(ALICE).await, site.let_in(ALICE).await);
    assert_eq!(site.signed_on().await, [user.as_str(), user.as_str()]);

    assert_eq!(site.scim(&["disable", ALICE.mail]), user);
    for browser in [&laptop, &phone] {
        assert!(!site.app.knows(browser).await);
    }
    assert_eq!(site.signed_on().await, [""; 0]);
    site.is_turned_away(ALICE, "user-inactive").await;

    assert_eq!(site.scim(&["enable", ALICE.mail]), user);
    assert!(!site.app.knows(&laptop).await, "an old session is revived");
    let again = site.let_in(ALICE).await;
    assert_eq!(site.signed_on().await, [user.as_str()]);

    site.scim(&["delete", ALICE.mail]);
    assert!(!site.app.knows(&again).await);
    site.is_turned_away(ALICE, "user-not-provisioned").await;
    let other = site.scim(&["hire", ALICE.mail]);
    assert_ne!(other, user);
    site.let_in(ALICE).await;
    assert_eq!(site.signed_on().await, [other]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_person_of_two_foreign_programs_is_the_same_user() {
    let site = Governed::start().await;
    let user = site.scim(&["hire", ALICE.mail]);
    let before = site.let_in(ALICE).await;

    let renamed = Person {
        mail: "alice.liddell@example.org",
        ..ALICE
    };
    assert_eq!(site.scim(&["rename", ALICE.mail, renamed.mail]), user);
    // A name is no reason to sign anybody out. Nor is it one to let anybody in who has it no more.
    assert!(site.app.knows(&before).await);
    site.is_turned_away(ALICE, "user-not-provisioned").await;

    site.idp.rename(ALICE, renamed.mail);
    site.let_in(renamed).await;
    assert_eq!(site.signed_on().await, [user.as_str(), user.as_str()]);
}
