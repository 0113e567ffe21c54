//! Token requests that are counted: by the throttle, so that nobody fills the log, and in `/metrics`.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use entrada::web::EntradaBuilder;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::GRANT;
use super::HOUR;
use super::ask;
use super::client;
use super::is_error;
use crate::log_lines::LogLines;
use crate::scim::Scim;
use crate::scim::answer;

/// A request of a client for another grant than ours.
const ODD: &str = "grant_type=password&client_id=a&client_secret=b";

#[tokio::test]
async fn whoever_sends_what_is_no_token_request_fills_no_log_and_a_right_client_never_waits() {
    let log = LogLines::capture();
    let scim = Scim::start().await;
    let right = client(&scim, "acme", HOUR).await;
    let (mut refused, mut slowed) = (0, 0);
    for _ in 0..60 {
        let odd = answer(ask(&scim, "acme", ODD)).await;
        if odd.status == 429 {
            is_error(&odd, 429, "temporarily_unavailable");
            let wait: u64 = odd.header("retry-after").parse().unwrap();
            assert!((1..=3).contains(&wait), "{wait}");
            slowed += 1;
        } else {
            is_error(&odd, 400, "unsupported_grant_type");
            refused += 1;
        }
    }
    assert!((20..40).contains(&refused), "{refused}");
    assert!(slowed > 20, "{slowed}");
    assert_eq!(log.of("oauth-request-refused").len(), refused);
    assert_eq!(answer(ask(&scim, "acme", right.form())).await.status, 200);
    let elsewhere = answer(ask(&scim, "second", ODD)).await;
    is_error(&elsewhere, 400, "unsupported_grant_type");
}

#[tokio::test]
async fn whoever_sends_slowly_fills_no_log() {
    let log = LogLines::capture();
    let hasty = |server: EntradaBuilder| server.scim_timeout(Duration::from_millis(30));
    let scim = Scim::serving(hasty).await;
    let head = "POST /entrada/oauth/acme/token HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type=";
    for _ in 0..40 {
        let mut stream = TcpStream::connect(scim.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    }
    let lines = log.of("oauth-too-slow").len();
    assert!((20..35).contains(&lines), "{lines}");
}

#[tokio::test]
async fn token_requests_are_counted_by_what_became_of_them() {
    let scim = Scim::start().await;
    let right = client(&scim, "acme", HOUR).await;
    let guess = format!("{GRANT}&client_id={}&client_secret=guess", right.id);
    for (form, status) in [
        (right.form(), 200),
        (right.form(), 200),
        (guess, 401),
        (ODD.to_owned(), 400),
        ("x".repeat(20_000), 413),
    ] {
        assert_eq!(answer(ask(&scim, "acme", form)).await.status, status);
    }
    let mut throttled = 0;
    while throttled == 0 {
        let odd = answer(ask(&scim, "nobody", ODD));
        throttled += usize::from(odd.await.status == 429);
    }
    let metrics = scim.entrada.probes::<()>();
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = metrics.oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let text = String::from_utf8(body.unwrap().to_vec()).unwrap();
    let count = |outcome: &str| {
        let start = format!("entrada_token_requests_total{{outcome=\"{outcome}\"}} ");
        let count = text.lines().find_map(|line| line.strip_prefix(&start));
        count.map(|count| count.parse::<usize>().unwrap())
    };
    assert_eq!(count("issued"), Some(2), "{text}");
    assert_eq!(count("client-refused"), Some(1), "{text}");
    assert_eq!(count("throttled"), Some(1), "{text}");
    // One of `acme`, the one that is too long, and twenty or more of nobody.
    let refused = count("request-refused").unwrap();
    assert!((22..45).contains(&refused), "{text}");
    assert_eq!(count("no-keys"), None, "{text}");
}
