//! A person of the foreign identity provider signs on to `entrada serve`. Nothing there knows that it is not Entra.

use reqwest::StatusCode;
use serde_json::Value;

use super::ALICE;
use super::ServiceProvider;
use super::Signed;
use super::SimpleSamlPhp;
use super::ZOE;
use crate::command_line::Place;
use crate::serving::Server;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

#[tokio::test]
async fn a_person_signs_on_whatever_is_signed_and_is_listed_and_revoked() {
    let mut site = Site::start(&[]).await;
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        site.register(signed);
        let browser = UserAgent::new();
        let page = site.sign_on(&browser).await;
        assert_eq!(page.status, StatusCode::OK, "{signed:?}: {page:?}");
        assert!(page.html.contains(ALICE.mail), "{signed:?}: {page:?}");
        assert_eq!(page.url.path(), "/");
    }
    let sessions = site
        .place
        .run(["session", "list", "--json"])
        .exits(0)
        .json();
    let ids = session_ids(&sessions);
    assert_eq!(ids.len(), 3, "{sessions}");
    for id in ids {
        site.place.run(["session", "revoke", id.as_str()]).exits(0);
    }
    assert!(
        session_ids(
            &site
                .place
                .run(["session", "list", "--json"])
                .exits(0)
                .json()
        )
        .is_empty()
    );
    assert_eq!(site.server.stop().0, Some(0));
}

#[tokio::test]
async fn a_revoked_session_is_over_with_the_next_click() {
    let mut site = Site::start(&[]).await;
    site.register(Signed::Assertion);
    let browser = UserAgent::new();
    assert!(site.sign_on(&browser).await.html.contains(ALICE.mail));
    let sessions = site
        .place
        .run(["session", "list", "--json"])
        .exits(0)
        .json();
    site.place
        .run(["session", "revoke", session_ids(&sessions)[0].as_str()])
        .exits(0);
    let page = browser.open(&site.base_url).await;
    assert!(page.html.contains("You are not signed in"), "{page:?}");
}

#[tokio::test]
async fn an_unsigned_response_is_refused_with_its_code() {
    let mut site = Site::start(&[]).await;
    site.register(Signed::Nothing);
    let page = site.sign_on(&UserAgent::new()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.html.contains("<code>signature-missing</code>"),
        "{page:?}"
    );
    assert!(!page.html.contains(ALICE.mail), "{page:?}");
}

#[tokio::test]
async fn an_unsolicited_sign_on_needs_the_connections_leave() {
    for (options, status, expected) in [
        (&[][..], StatusCode::FORBIDDEN, "<code>unsolicited</code>"),
        (
            &["--allow-idp-initiated"][..],
            StatusCode::OK,
            ZOE_ON_A_PAGE,
        ),
    ] {
        let mut site = Site::start(options).await;
        site.register(Signed::Assertion);
        let browser = UserAgent::new();
        let login = browser
            .open(
                site.idp
                    .unsolicited_url(&site.entity_id(), "https://evil.example/"),
            )
            .await;
        let post = site.idp.sign_in(&browser, &login, ZOE).await;
        let page = browser.submit(&post).await;
        assert_eq!(page.status, status, "{page:?}");
        assert!(page.html.contains(expected), "{page:?}");
    }
}

/// Her address has markup in it.
const ZOE_ON_A_PAGE: &str = "zoe+&lt;tag&gt;@example.org";

/// `entrada serve` with the connection `foreign`.
struct Site {
    idp: SimpleSamlPhp,
    place: Place,
    server: Server,
    base_url: String,
}

impl Site {
    async fn start(options: &[&str]) -> Site {
        let idp = SimpleSamlPhp::start().await;
        let place = Place::new();
        let url = idp.metadata_url().to_string();
        let add = [
            "connection",
            "add",
            "foreign",
            "--metadata-url",
            url.as_str(),
        ];
        place.run(add.iter().chain(options)).exits(0);
        let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
        let base_url = server.started["base_url"].as_str().unwrap().to_owned();
        Site {
            idp,
            place,
            server,
            base_url,
        }
    }

    fn entity_id(&self) -> String {
        format!("{}/saml/foreign/metadata", self.base_url)
    }

    fn register(&mut self, signed: Signed) {
        let (entity_id, acs_url) = (
            self.entity_id(),
            format!("{}/saml/foreign/acs", self.base_url),
        );
        self.idp.register(&ServiceProvider {
            entity_id: &entity_id,
            acs_url: &acs_url,
            signed,
        });
    }

    /// From our page to theirs and back.
    async fn sign_on(&self, browser: &UserAgent) -> Page {
        let login = browser.open(format!("{}/saml/login", self.base_url)).await;
        let post = self.idp.sign_in(browser, &login, ALICE).await;
        browser.submit(&post).await
    }
}

fn session_ids(list: &Value) -> Vec<String> {
    let sessions = list["sessions"].as_array().unwrap();
    sessions
        .iter()
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}
