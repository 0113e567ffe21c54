//! A store that is away, and one whose clock is another: what people, programs and load balancers see of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::session::Rule;

use super::failing_store::FailingStore;
use super::guards::behind;
use crate::site::Browser;
use crate::site::Page;
use crate::site::Site;
use crate::web_groups::sign_on;

async fn visit(site: &Site, path: &str, cookies: &str, accept: &str, language: &str) -> Page {
    let request = Request::get(path)
        .header(header::ACCEPT, accept)
        .header(header::ACCEPT_LANGUAGE, language)
        .header(header::COOKIE, cookies);
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_browser_is_told_that_the_database_is_away_and_when_to_try_again() {
    let (store, site, _) = behind(&[Rule::connection("acme")]).await;
    let cookies = sign_on(&site, &[]).await.cookies;
    store.fail("session");
    for path in ["/private", "/door"] {
        for (language, said) in [("en", "its database"), ("de", "Datenbank der Website")] {
            let page = visit(&site, path, &cookies, "text/html", language).await;
            page.is_refused(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable");
            assert!(page.body.contains(said), "{path}: {}", page.body);
            assert_eq!(page.headers[header::RETRY_AFTER], "5");
            assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
            assert!(page.headers.contains_key(header::CONTENT_SECURITY_POLICY));
        }
        let program = visit(&site, path, &cookies, "application/json", "de").await;
        assert_eq!(program.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(program.body, r#"{"error":"store-unavailable"}"#);
        assert_eq!(program.headers[header::RETRY_AFTER], "5");
    }
}

#[tokio::test]
async fn a_sign_on_that_the_store_cannot_keep_says_when_to_try_again() {
    let store = Arc::new(FailingStore::new().await);
    let site = Site::over(store.clone(), |connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    store.fail("change");
    let page = site.post(&begun, &site.answer(&begun)).await;
    page.is_refused(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable");
    assert_eq!(page.headers[header::RETRY_AFTER], "5");
}

#[tokio::test]
async fn a_machine_whose_clock_is_far_from_the_stores_is_not_ready() {
    let store = Arc::new(FailingStore::new().await);
    let (site, entrada) = Site::with_entrada(store.clone(), |connection| connection).await;
    let admin = Site {
        app: entrada.probes(),
        ..site
    };
    for (ahead, is_ready) in [
        (0, true),
        (30, true),
        (31, false),
        (-31, false),
        (-30, true),
    ] {
        store.ahead.store(ahead, Ordering::SeqCst);
        let probe = admin.get("/readyz", Browser::NONE).await;
        let metrics = admin.get("/metrics", Browser::NONE).await.body;
        let gauge = format!("entrada_clock_difference_seconds {ahead}.0\n");
        assert!(metrics.contains(&gauge), "{metrics}");
        match is_ready {
            true => assert_eq!(probe.status, StatusCode::OK, "{ahead}"),
            false => {
                assert_eq!(probe.status, StatusCode::SERVICE_UNAVAILABLE, "{ahead}");
                let said = format!("ahead by {ahead} seconds: clock-differs");
                assert!(probe.body.contains(&said), "{}", probe.body);
            }
        }
    }
}
