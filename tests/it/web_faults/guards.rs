//! Guards over a store that fails, and how often they ask one that does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::Response;
use axum::routing::get;
use entrada::connection::LinkRule;
use entrada::connection::SignOnPolicy;
use entrada::session::Rule;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use entrada::web::GuardError;
use jiff::SignedDuration;
use tower::ServiceExt;

use super::failing_store::FailingStore;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Site;
use crate::web_groups::sign_on;

/// A site whose people have users, with a page behind each of these rules, one within the other.
pub(super) async fn behind(rules: &[Rule]) -> (Arc<FailingStore>, Site, Entrada) {
    let store = Arc::new(FailingStore::new().await);
    let (mut site, entrada) = Site::with_entrada(store.clone(), |connection| {
        connection
            .sign_on(SignOnPolicy::JustInTime)
            .link_rule(LinkRule::NameId)
    })
    .await;
    let handler = |user: CurrentUser, again: Option<CurrentUser>| async move {
        assert!(again.is_some());
        user.name_id().to_string()
    };
    let mut routes = Router::new().route("/door", get(handler));
    for rule in rules {
        let rule = Rule::any_connection().and(rule.clone());
        routes = routes.route_layer(entrada.require(rule).await.unwrap());
    }
    site.app = site.app.merge(routes.with_state(entrada.clone()));
    (store, site, entrada)
}

#[tokio::test]
async fn a_store_that_fails_opens_no_door() {
    for (failing, rule) in [
        ("session", Rule::connection("acme")),
        ("look", Rule::group("Board")),
        ("look", Rule::group_object("board")),
        ("look", Rule::group("Board").or(Rule::group_object("board"))),
    ] {
        let (store, site, _) = behind(&[rule]).await;
        let cookies = sign_on(&site, &[]).await.cookies;
        store.fail(failing);
        let page = site.get("/door", Browser::with(&cookies)).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{failing}");
        assert!(
            page.body.contains("<code>store-unavailable</code>"),
            "{failing}"
        );
    }
}

#[tokio::test]
async fn what_needs_no_groups_is_not_kept_waiting_by_them() {
    let rule = Rule::connection("acme").or(Rule::group("Board"));
    let (store, site, _) = behind(&[rule]).await;
    let cookies = sign_on(&site, &[]).await.cookies;
    store.fail("look");
    let page = site.get("/door", Browser::with(&cookies)).await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, PERSON));
}

#[tokio::test]
async fn a_guard_is_not_built_over_a_store_that_fails() {
    let (store, _, entrada) = behind(&[]).await;
    store.fail("look");
    let rule = Rule::any_connection().and(Rule::group("Board"));
    let error = entrada.require(rule).await.unwrap_err();
    assert!(matches!(error, GuardError::Store(_)), "{error}");
}

#[tokio::test]
async fn a_use_that_cannot_be_noted_is_no_reason_to_turn_anybody_away() {
    let (store, site, _) = behind(&[]).await;
    let cookies = sign_on(&site, &[]).await.cookies;
    store.fail("touch");
    site.clock.advance(SignedDuration::from_mins(16));
    for _ in 0..3 {
        let page = site.get("/door", Browser::with(&cookies)).await;
        assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, PERSON));
    }
}

#[tokio::test]
async fn the_session_of_a_request_is_looked_up_once() {
    let rules = [Rule::connection("acme"), Rule::connection("acme")];
    let (store, site, _) = behind(&rules).await;
    let cookies = sign_on(&site, &[]).await.cookies;
    let before = store.lookups.load(Ordering::SeqCst);
    for requests in 1..=3 {
        let page = site.get("/door", Browser::with(&cookies)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(store.lookups.load(Ordering::SeqCst) - before, requests);
    }
}

#[tokio::test]
async fn what_was_found_for_one_request_counts_for_no_other() {
    let (_, mut site, entrada) = behind(&[]).await;
    let cookies = sign_on(&site, &[]).await.cookies;
    let inner = site.app.clone();
    let forward = |cookie: &'static str| {
        let inner = inner.clone();
        get(async move |_: CurrentUser, request: Request| -> Response {
            let forged = Request::get("/private").header(header::COOKIE, cookie);
            let mut forged = forged.body(Body::empty()).unwrap();
            *forged.extensions_mut() = request.extensions().clone();
            inner.oneshot(forged).await.unwrap()
        })
    };
    let another = "__Host-entrada-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let routes = Router::new()
        .route("/without", forward(""))
        .route("/another", forward(another));
    site.app = inner.clone().merge(routes.with_state(entrada));
    for path in ["/without", "/another"] {
        let page = site.get(path, Browser::with(&cookies)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{}", page.body);
    }
}
