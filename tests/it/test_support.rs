//! The support for tests of apps: its sessions are those of production, and no build has it by default.

use std::fs;
use std::path::Path;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use entrada::connection::Connection;
use entrada::practice::Fault;
use entrada::saml::claim;
use entrada::test_support::TestPerson;
use entrada::test_support::TestSite;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use jiff::SignedDuration;

use crate::web_groups::my_groups;

const ADA: &str = "ada.king@example.com";

/// An app with a page of one's name and role, and one of one's groups.
fn app(site: &TestSite) -> Router {
    let name = async |user: CurrentUser| {
        let role = user.attributes().values(claim::ROLE).join(", ");
        format!(
            "{} is {role}",
            user.attributes().first(claim::DISPLAY_NAME).unwrap()
        )
    };
    let pages = Router::new()
        .route("/me", get(name))
        .route("/groups", get(my_groups));
    let entrada = site.entrada();
    pages.merge(entrada.routes()).with_state(entrada)
}

#[tokio::test]
async fn a_person_has_the_claims_and_the_groups_that_were_asked_for() {
    let site = TestSite::new("acme").await;
    let ada = TestPerson::new(ADA)
        .claim(claim::ROLE, ["Editor", "Author"])
        .group("Board");
    let mut browser = site.browser(app(&site), ada);
    assert_eq!(
        browser.open("/me").await.body(),
        "Ada King is Editor, Author"
    );
    let groups = browser.open("/groups").await.into_body();
    assert!(
        groups.ends_with(" claimed") && !groups.contains("Board"),
        "{groups}"
    );

    // The name of a group is known with the directory, as in production.
    site.provision(ADA).await;
    assert_eq!(browser.open("/groups").await.body(), "Board direct");
    let changed = TestPerson::new(ADA).claim(claim::ROLE, ["Reader"]);
    let mut other = site.browser(app(&site), changed);
    assert_eq!(other.open("/me").await.body(), "Ada King is Reader");
    assert_eq!(other.open("/groups").await.body(), "Board direct");
}

#[tokio::test]
async fn who_is_deactivated_is_signed_out_and_refused_by_the_identity_provider() {
    let site = TestSite::new("acme").await;
    site.provision(ADA).await;
    let mut browser = site.browser(app(&site), ADA);
    assert!(!browser.is_signed_on().await);
    assert_eq!(browser.open("/me").await.status(), StatusCode::OK);
    assert!(browser.is_signed_on().await);
    site.deactivate(ADA).await;
    assert!(!browser.is_signed_on().await);
    let refused = browser.open("/me").await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.body().contains("AADSTS50057"), "{refused:?}");
}

#[tokio::test]
async fn a_bad_response_and_a_sign_out_are_those_of_production() {
    let site = TestSite::new("acme").await;
    let mut browser = site.browser(app(&site), ADA);
    site.idp().spoil_next_response(Fault::UnknownKey);
    let refused = browser.open("/me").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{refused:?}");
    assert!(!browser.is_signed_on().await);
    browser.open("/me").await;
    assert!(browser.is_signed_on().await);
    browser.submit("/saml/logout", &[("return", "/me")]).await;
    // It came back to a page that asks for a sign-on, and was signed on again.
    assert!(browser.is_signed_on().await);
    site.advance(SignedDuration::from_hours(24));
    assert!(!browser.is_signed_on().await);
}

#[tokio::test]
#[should_panic(expected = "nobody was signed on")]
async fn there_is_no_cookie_for_somebody_who_is_not_let_in() {
    let builder = Entrada::builder("https://notes.example.com").store("memory:");
    let site = TestSite::of(builder, Connection::builder("notes")).await;
    site.provision("bea@example.com").await;
    assert!(
        site.cookie("bea@example.com")
            .await
            .starts_with("__Host-entrada-session=")
    );
    site.cookie("eve@example.com").await;
}

#[test]
fn no_feature_brings_it_but_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    assert!(features.contains("\ntest-support = ["), "{features}");
    assert!(!features.contains("\"test-support\""), "{features}");
}
