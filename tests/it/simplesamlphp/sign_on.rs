//! A person of the foreign identity provider signs on to `entrada serve`. Nothing there knows that it is not Entra.

use reqwest::StatusCode;
use serde_json::Value;

use super::ALICE;
use super::Signed;
use super::SimpleSamlPhp;
use super::ZOE;
use super::app::App;
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
        .app
        .place
        .run(["session", "list", "--json"])
        .exits(0)
        .json();
    let ids = session_ids(&sessions);
    assert_eq!(ids.len(), 3, "{sessions}");
    for id in ids {
        site.app
            .place
            .run(["session", "revoke", id.as_str(), "--yes"])
            .exits(0);
    }
    assert!(
        session_ids(
            &site
                .app
                .place
                .run(["session", "list", "--json"])
                .exits(0)
                .json()
        )
        .is_empty()
    );
    assert_eq!(site.app.server.stop().0, Some(0));
}

#[tokio::test]
async fn a_revoked_session_is_over_with_the_next_click() {
    let mut site = Site::start(&[]).await;
    site.register(Signed::Assertion);
    let browser = UserAgent::new();
    assert!(site.sign_on(&browser).await.html.contains(ALICE.mail));
    let sessions = site
        .app
        .place
        .run(["session", "list", "--json"])
        .exits(0)
        .json();
    site.app
        .place
        .run([
            "session",
            "revoke",
            session_ids(&sessions)[0].as_str(),
            "--yes",
        ])
        .exits(0);
    let page = browser.open(&site.app.base_url).await;
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
                    .unsolicited_url(&site.app.entity_id(), "https://evil.example/"),
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

/// The identity provider and an app.
struct Site {
    idp: SimpleSamlPhp,
    app: App,
}

impl Site {
    async fn start(options: &[&str]) -> Site {
        let idp = SimpleSamlPhp::start().await;
        let app = App::start(&idp, options).await;
        Site { idp, app }
    }

    fn register(&mut self, signed: Signed) {
        self.app.register(&mut self.idp, signed);
    }

    async fn sign_on(&self, browser: &UserAgent) -> Page {
        self.app.sign_on(&self.idp, browser).await
    }
}

fn session_ids(list: &Value) -> Vec<String> {
    let sessions = list["sessions"].as_array().unwrap();
    sessions
        .iter()
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}
