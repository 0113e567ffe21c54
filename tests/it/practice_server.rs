//! The server of the practice identity provider: its pages, its limits, where it listens, and its end.

use entrada::practice::PracticeError;
use entrada::practice::PracticeIdp;
use reqwest::StatusCode;

use crate::practice::start;

#[tokio::test]
async fn pages_say_what_they_are_and_allow_no_foreign_parts() {
    let idp = start().await;
    let response = reqwest::get(idp.portal_url()).await.unwrap();
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let html = response.text().await.unwrap();
    assert!(html.contains("not Microsoft"), "{html}");
    assert!(!html.contains("src="), "{html}");
}

#[tokio::test]
async fn another_site_cannot_press_the_buttons() {
    let idp = start().await;
    let url = format!("{}signout", idp.portal_url());
    let request = reqwest::Client::new()
        .post(url)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_large_form_is_refused() {
    let idp = start().await;
    let body = format!("SAMLRequest={}", "A".repeat(300 * 1024));
    let request = reqwest::Client::new()
        .post(idp.sso_url())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn it_listens_beyond_loopback_only_when_told_so_by_name() {
    let refused = PracticeIdp::new()
        .listen(([0, 0, 0, 0], 0).into())
        .start()
        .await;
    assert!(
        matches!(refused, Err(PracticeError::BeyondLoopback(_))),
        "{refused:?}"
    );
    let idp = PracticeIdp::new()
        .listen(([0, 0, 0, 0], 0).into())
        .danger_reachable_from_anywhere("https://idp.example/")
        .start()
        .await
        .unwrap();
    assert_eq!(idp.portal_url(), "https://idp.example/");
    idp.shutdown().await;
}

#[tokio::test]
async fn it_is_gone_after_its_shutdown() {
    let idp = start().await;
    let address = idp.address();
    idp.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
