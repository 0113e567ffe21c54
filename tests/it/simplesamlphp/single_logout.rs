//! One session at the foreign identity provider, two apps: whoever signs out, all of it ends.

use serde_json::json;

use super::SimpleSamlPhp;
use super::app::App;
use super::app::is_signed_in;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

#[tokio::test]
async fn signing_out_everywhere_at_one_app_ends_the_other_ones_session() {
    let Signed { idp, apps, browser } = signed_in(json!({})).await;
    let page = sign_out_everywhere(&apps[0], &browser).await;
    assert!(
        page.url.as_str().starts_with(&apps[0].slo_url()),
        "{page:?}"
    );
    assert!(
        page.html
            .contains("signed out of this app and of your organisation"),
        "{page:?}"
    );
    assert_all_is_over(&idp, &apps, &browser).await;
}

#[tokio::test]
async fn signing_out_of_one_app_alone_leaves_the_other() {
    let Signed { idp, apps, browser } = signed_in(json!({})).await;
    let home = browser.open(&apps[0].base_url).await;
    browser.submit(&home.form()).await;
    assert!(!apps[0].knows(&browser).await);
    assert!(apps[1].knows(&browser).await);
    // The identity provider still knows her, so that nobody is asked.
    let page = apps[0].sign_on(&idp, &browser).await;
    assert!(is_signed_in(&page), "{page:?}");
}

#[tokio::test]
async fn signing_out_at_the_identity_provider_ends_both_sessions() {
    let Signed { idp, apps, browser } = signed_in(json!({})).await;
    let page = browser.open(idp.logout_url()).await;
    assert_eq!(page.url, idp.metadata_url(), "{page:?}");
    assert_all_is_over(&idp, &apps, &browser).await;
}

#[tokio::test]
async fn a_logout_request_with_an_encrypted_name_ends_the_session_that_it_names() {
    let Signed { idp, apps, browser } = signed_in(json!({ "nameid.encryption": true })).await;
    let page = browser.open(idp.logout_url()).await;
    assert_eq!(page.url, idp.metadata_url(), "{page:?}");
    assert_all_is_over(&idp, &apps, &browser).await;
}

#[tokio::test]
async fn a_logout_request_by_post_ends_the_session() {
    let Signed { idp, apps, browser } = signed_in(json!({ "only-post": true })).await;
    let mut page = browser.open(idp.logout_url()).await;
    // Each app is told by a form that the browser posts.
    for _ in &apps {
        page = browser.submit(&page.form()).await;
    }
    assert_eq!(page.url, idp.metadata_url(), "{page:?}");
    assert_all_is_over(&idp, &apps, &browser).await;
}

#[tokio::test]
async fn a_sign_out_that_nobody_answers_still_ends_the_session_here() {
    let Signed { idp, apps, browser } = signed_in(json!({})).await;
    let [first, second] = apps;
    drop(idp);
    let home = browser.open(&first.base_url).await;
    let form = home.form().press("everywhere", "yes");
    assert!(browser.try_submit(&form).await.is_none());
    assert!(!first.knows(&browser).await);
    assert!(second.knows(&browser).await);
}

struct Signed {
    idp: SimpleSamlPhp,
    apps: [App; 2],
    browser: UserAgent,
}

/// A person who is signed in to two apps at one browser.
async fn signed_in(settings: serde_json::Value) -> Signed {
    let mut idp = SimpleSamlPhp::start().await;
    let apps = [
        App::start_with_key(&idp).await,
        App::start_with_key_elsewhere(&idp).await,
    ];
    let browser = UserAgent::new();
    for app in &apps {
        let settings = match settings.get("only-post") {
            Some(_) => {
                json!({ "SingleLogoutService": [{ "Binding": POST, "Location": app.slo_url() }] })
            }
            None => settings.clone(),
        };
        app.register_metadata(&mut idp, settings);
        let page = app.sign_on(&idp, &browser).await;
        assert!(is_signed_in(&page), "{page:?}");
    }
    for app in &apps {
        assert!(app.knows(&browser).await);
    }
    Signed { idp, apps, browser }
}

async fn sign_out_everywhere(app: &App, browser: &UserAgent) -> Page {
    let home = browser.open(&app.base_url).await;
    browser
        .submit(&home.form().press("everywhere", "yes"))
        .await
}

/// No app knows the browser, and the identity provider asks for the password again.
async fn assert_all_is_over(idp: &SimpleSamlPhp, apps: &[App], browser: &UserAgent) {
    for app in apps {
        assert!(!app.knows(browser).await, "{}", app.base_url);
        let sessions = app.place.run(["session", "list", "--json"]);
        assert_eq!(sessions.exits(0).json()["sessions"], json!([]));
    }
    let login = browser
        .open(idp.unsolicited_url(&apps[0].entity_id(), ""))
        .await;
    assert_eq!(login.form().field("password"), Some(""), "{login:?}");
}

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
