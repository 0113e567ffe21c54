//! Requests for tokens: each way of authentication, and each fault alone.

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::GRANT;
use super::HOUR;
use super::ask;
use super::basic;
use super::client;
use super::is_error;
use super::opens;
use super::request;
use crate::scim::Scim;
use crate::scim::answer;

#[tokio::test]
async fn each_way_of_authentication_gets_a_token_that_opens_its_connection_alone() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    let (id, secret) = (of.id.clone(), of.secret.clone());
    // As Entra sends it: every character that may be is percent-encoded.
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for (header, form) in [
        (None, of.form()),
        (None, format!("{}&scope=scim.readwrite", of.form())),
        (
            None,
            format!("client_secret={encoded}&scope=&client_id={id}&{GRANT}"),
        ),
        (Some(of.basic()), GRANT.to_owned()),
        (
            Some(of.basic()),
            format!("{GRANT}&client_id={id}&client_secret="),
        ),
        (Some(basic(&format!("{id}:{encoded}"))), GRANT.to_owned()),
    ] {
        let request = ask(&scim, "acme", form.clone());
        let request = match header {
            Some(header) => request.header("authorization", header),
            None => request,
        };
        let granted = answer(request).await;
        assert_eq!(granted.status, 200, "{form}: {granted:?}");
        assert_eq!(granted.header("content-type"), "application/json");
        assert_eq!(granted.header("cache-control"), "no-store");
        assert_eq!(granted.header("pragma"), "no-cache");
        let token = granted.body["access_token"].as_str().unwrap().to_owned();
        let expected = json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "scim"});
        assert_eq!(granted.body, expected);
        assert_eq!(opens(&scim, "acme", &token).await, 200);
        assert_eq!(opens(&scim, "second", &token).await, 401);
    }
    // Nothing else opens with what a client has.
    assert_eq!(opens(&scim, "acme", &secret).await, 401);
}

#[tokio::test]
async fn each_fault_of_a_request_is_refused_with_its_code() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR).await;
    let (id, secret) = (&of.id, &of.secret);
    let assertion = "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let pair = format!("client_id={id}&client_secret={secret}");
    for (form, code) in [
        (pair.clone(), "invalid_request"),
        (format!("grant_type=&{pair}"), "invalid_request"),
        (
            format!("grant_type=authorization_code&code=x&{pair}"),
            "unsupported_grant_type",
        ),
        (format!("{GRANT}&client_secret={secret}"), "invalid_request"),
        (format!("{GRANT}&{pair}&{GRANT}"), "invalid_request"),
        (
            format!("{GRANT}&{pair}&client_secret={secret}"),
            "invalid_request",
        ),
        (format!("{GRANT}&{pair}&{assertion}"), "invalid_request"),
        (format!("{GRANT}&client_assertion=a.b.c"), "invalid_request"),
        (
            format!("{GRANT}&client_id={id}&client_secret=%zz"),
            "invalid_request",
        ),
        (format!("{GRANT}&{pair}&x=%ff"), "invalid_request"),
        (
            format!("{{\"grant_type\":\"client_credentials\",\"client_id\":\"{id}\"}}"),
            "invalid_client",
        ),
    ] {
        let refused = answer(ask(&scim, "acme", form.clone())).await;
        let status = if code == "invalid_client" { 401 } else { 400 };
        is_error(&refused, status, code);
        assert!(!refused.body.to_string().contains(secret), "{refused:?}");
    }
    let two = answer(ask(&scim, "acme", of.form()).header("authorization", of.basic())).await;
    is_error(&two, 400, "invalid_request");
    let other = format!("{GRANT}&client_id=0000000000000000");
    let other = answer(ask(&scim, "acme", other).header("authorization", of.basic())).await;
    is_error(&other, 400, "invalid_request");
    let twice = ask(&scim, "acme", GRANT).header("authorization", of.basic());
    let twice = answer(twice.header("authorization", of.basic())).await;
    is_error(&twice, 400, "invalid_request");
    let long = format!("{}&x={}", of.form(), "a".repeat(16 * 1024));
    is_error(
        &answer(ask(&scim, "acme", long)).await,
        413,
        "invalid_request",
    );
}

#[tokio::test]
async fn a_body_of_another_type_is_refused_and_so_is_a_secret_in_the_address() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR).await;
    let path = "/entrada/oauth/acme/token";
    for content_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let request = request(&scim, Method::POST, path).header("content-type", content_type);
        let refused = answer(request.body(of.form())).await;
        is_error(&refused, 400, "invalid_request");
    }
    is_error(
        &answer(request(&scim, Method::POST, path)).await,
        400,
        "invalid_request",
    );
    let (id, secret) = (&of.id, &of.secret);
    for query in [
        format!("client_id={id}&client_secret={secret}"),
        format!("client%5Fsecret={secret}"),
        "client_assertion=a.b.c".to_owned(),
    ] {
        let path = format!("{path}?{query}");
        let request = request(&scim, Method::POST, &path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let refused = answer(request.body(of.form())).await;
        is_error(&refused, 400, "invalid_request");
        assert!(
            !refused.body.to_string().contains(secret.as_str()),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn only_a_post_asks_for_a_token() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR).await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let path = "/entrada/oauth/acme/token";
        let request = request(&scim, method, path).header("authorization", of.basic());
        let refused = answer(request).await;
        is_error(&refused, 405, "invalid_request");
        assert_eq!(refused.header("allow"), "POST");
    }
}

#[tokio::test]
async fn a_request_that_does_not_arrive_is_given_up() {
    let hasty = std::time::Duration::from_millis(300);
    let scim = Scim::serving(|server| server.scim_timeout(hasty)).await;
    let mut stream = TcpStream::connect(scim.address).await.unwrap();
    let head = "POST /entrada/oauth/acme/token HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type=";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    assert!(text.contains("\"temporarily_unavailable\""), "{text}");
}
