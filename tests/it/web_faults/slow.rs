//! A list that never comes is given up, in the form that SCIM clients read.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use entrada::connection::Connection;
use entrada::crypto::Fingerprint;
use entrada::directory::add_credential;
use entrada::provisioning::SecretKind;
use entrada::site::SystemClock;
use entrada::web::Entrada;
use jiff::SignedDuration;
use tower::ServiceExt;

use super::failing_store::FailingStore;
use crate::scim::credential;

/// Sends a GET, or a POST of this body, and returns the answer.
pub(super) async fn ask(
    entrada: &Entrada,
    token: &str,
    path: &str,
    body: Option<&str>,
) -> (u16, String) {
    let request = match body {
        None => Request::get(path),
        Some(_) => Request::post(path).header("content-type", "application/scim+json"),
    };
    let request = request.header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::from(body.unwrap_or_default().to_owned()));
    let answer: Response = entrada.service().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    (status, String::from_utf8(body.unwrap().to_vec()).unwrap())
}

/// A server over a store, with a token of an hour.
pub(super) async fn served(store: &Arc<FailingStore>) -> (Entrada, String) {
    let fingerprint = Fingerprint::parse(&"AB".repeat(32)).unwrap();
    let acme = Connection::builder("acme").fingerprint(
        fingerprint,
        "https://idp.example/",
        "https://idp.example/sso",
    );
    let entrada = Entrada::builder("https://app.example.com")
        .open_store(store.clone())
        .connection(acme)
        .scim_timeout(Duration::from_millis(200))
        .build()
        .await
        .unwrap();
    let lifetime = SignedDuration::from_hours(1);
    let (made, secret) = credential("acme", SecretKind::Bearer, lifetime, &SystemClock);
    add_credential(&**store, &made).await.unwrap();
    let token = made.secret_text(&secret);
    (entrada, token)
}

#[tokio::test]
async fn a_list_that_never_comes_is_given_up() {
    let store = Arc::new(FailingStore::new().await);
    let (entrada, token) = served(&store).await;
    store.fail("users");
    let search = r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}"#;
    for (path, body) in [
        ("/scim/acme/v2/Users", None),
        ("/scim/acme/v2/Users/.search", Some(search)),
    ] {
        let (status, body) = ask(&entrada, &token, path, body).await;
        assert_eq!(status, 503, "{path}: {body}");
        assert!(
            body.contains("urn:ietf:params:scim:api:messages:2.0:Error"),
            "{body}"
        );
    }
    // Others are answered all the while.
    let created = ask(
        &entrada,
        &token,
        "/scim/acme/v2/Users",
        Some(r#"{"userName": "ada"}"#),
    )
    .await;
    assert_eq!(created.0, 201, "{created:?}");
}
