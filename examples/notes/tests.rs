//! Tests of the board, with people who sign on for real: `entrada::test_support` brings their identity provider.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use axum::http::StatusCode;
use entrada::SignedDuration;
use entrada::test_support::TestPerson;
use entrada::test_support::TestSite;

use super::site::app;

const ALICE: &str = "alice@contoso.example";
const CHIDI: &str = "chidi@contoso.example";

#[tokio::test]
async fn the_archive_opens_with_membership_of_the_group() {
    let site = TestSite::new("notes").await;
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = app(&site.entrada(), folder.path(), "Admins").await.unwrap();
    site.provision(TestPerson::new(ALICE).group("Admins")).await;
    site.provision(CHIDI).await;

    let mut alice = site.browser(app.clone(), ALICE);
    assert_eq!(alice.open("/archive").await.status(), StatusCode::OK);
    let mut chidi = site.browser(app, CHIDI);
    assert_eq!(chidi.open("/archive").await.status(), StatusCode::FORBIDDEN);
    site.provision(TestPerson::new(CHIDI).group("Admins")).await;
    assert_eq!(chidi.open("/archive").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn notes_say_that_their_author_has_left() {
    let site = TestSite::new("notes").await;
    let folder = tempfile::tempdir().unwrap();
    let (app, following) = app(&site.entrada(), folder.path(), "Admins").await.unwrap();
    let following = tokio::spawn(following);
    site.provision(ALICE).await;
    site.provision(CHIDI).await;
    let mut chidi = site.browser(app.clone(), CHIDI);
    chidi.open("/account").await;
    let page = chidi.submit("/notes", &[("text", "Back at two")]).await;
    assert!(page.body().contains("Back at two"), "{page:?}");

    site.deactivate(CHIDI).await;
    assert!(!chidi.is_signed_on().await);
    let mut alice = site.browser(app, ALICE);
    alice.open("/account").await;
    while !alice.open("/").await.body().contains("Chidi (has left)") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    following.abort();
}

#[tokio::test]
async fn deleting_all_notes_asks_for_a_fresh_proof() {
    let site = TestSite::new("notes").await;
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = app(&site.entrada(), folder.path(), "Admins").await.unwrap();
    site.provision(TestPerson::new(ALICE).group("Admins")).await;
    let mut alice = site.browser(app, ALICE);
    alice.open("/delete-all").await;
    alice.submit("/notes", &[("text", "Lunch at noon")]).await;

    // Five minutes, and three by which clocks may differ.
    site.advance(SignedDuration::from_mins(9));
    let late = alice.submit("/delete-all", &[]).await;
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
    assert!(alice.open("/").await.body().contains("Lunch at noon"));
    // The page sends her to prove it anew, and she comes back.
    assert_eq!(alice.open("/delete-all").await.status(), StatusCode::OK);
    let page = alice.submit("/delete-all", &[]).await;
    assert!(page.body().contains("Nobody has written anything yet."));
}
