//! Credentials over HTTP: they decide who may provision.

use std::time::Duration;

use entrada::connection::AcceptedCredentials;
use entrada::directory::add_credential;
use entrada::directory::issue_access_token;
use entrada::directory::revoke_credential;
use entrada::ports::Clock;
use entrada::provisioning::AccessToken;
use entrada::provisioning::CredentialId;
use entrada::provisioning::Presented;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::provisioning::TokenLifetime;
use entrada::token::Token;
use jiff::SignedDuration;
use reqwest::Method;
use reqwest::RequestBuilder;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::credential;

async fn made(scim: &Scim, connection: &str, kind: SecretKind) -> (ScimCredential, String) {
    let lifetime = SignedDuration::from_hours(1);
    let (made, secret) = credential(connection, kind, lifetime, &*scim.clock);
    add_credential(&*scim.store, &made).await.unwrap();
    let text = made.secret_text(&secret);
    (made, text)
}

fn ask(scim: &Scim, connection: &str) -> RequestBuilder {
    scim.anonymous(Method::GET, &format!("/{connection}/v2/Users"))
}

/// The parts of a refusal that a caller sees, without the name of the request and the time.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers
        .filter(|(name, _)| name != "x-request-id" && name != "date")
        .collect();
    headers.sort();
    (answer.status, headers, answer.body.to_string())
}

#[tokio::test]
async fn a_token_and_a_password_open_their_connection() {
    let scim = Scim::start().await;
    let (_, token) = made(&scim, "acme", SecretKind::Bearer).await;
    let (basic, password) = made(&scim, "acme", SecretKind::Basic).await;
    assert_eq!(
        answer(ask(&scim, "acme").bearer_auth(&token)).await.status,
        200
    );
    let header = format!("bearer  {token}");
    assert_eq!(
        answer(ask(&scim, "acme").header("authorization", header))
            .await
            .status,
        200
    );
    let asked = ask(&scim, "acme").basic_auth(&basic.id, Some(&password));
    assert_eq!(answer(asked).await.status, 200);
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Me",
        "/nowhere",
    ] {
        let path = format!("/acme/v2{path}");
        answer(scim.anonymous(Method::GET, &path))
            .await
            .is_error(401, None);
    }
}

#[tokio::test]
async fn all_wrong_credentials_are_answered_alike() {
    let scim = Scim::start().await;
    let (_, second) = made(&scim, "second", SecretKind::Bearer).await;
    let (revoked, revoked_token) = made(&scim, "acme", SecretKind::Bearer).await;
    let (basic, password) = made(&scim, "acme", SecretKind::Basic).await;
    assert_eq!(
        answer(ask(&scim, "acme").bearer_auth(&revoked_token))
            .await
            .status,
        200
    );
    let now = scim.clock.now();
    assert!(
        revoke_credential(&*scim.store, &revoked.id, now)
            .await
            .unwrap()
    );
    let mut tampered = scim.token.clone();
    let last = if tampered.ends_with('A') { 'E' } else { 'A' };
    tampered.pop();
    tampered.push(last);

    let nothing = answer(ask(&scim, "acme")).await;
    nothing.is_error(401, None);
    assert_eq!(
        nothing.headers.get_all("www-authenticate").iter().count(),
        2
    );
    for wrong in [
        ask(&scim, "acme").bearer_auth("entrada-scim_0707070707070707_x"),
        ask(&scim, "acme").bearer_auth(&tampered),
        ask(&scim, "acme").bearer_auth(&second),
        ask(&scim, "acme").bearer_auth(&revoked_token),
        ask(&scim, "acme").bearer_auth(&password),
        ask(&scim, "acme").basic_auth(&basic.id, Some("wrong")),
        ask(&scim, "acme").basic_auth(&basic.id, None::<&str>),
        ask(&scim, "acme").header("authorization", "Basic ?"),
        ask(&scim, "acme").header("authorization", "Negotiate abc"),
        ask(&scim, "nobody").bearer_auth(&scim.token),
        ask(&scim, "No Slug").bearer_auth(&scim.token),
        scim.anonymous(Method::GET, "").bearer_auth(&scim.token),
    ] {
        let refused = answer(wrong).await;
        assert_eq!(seen(&refused), seen(&nothing));
    }
    scim.clock.advance(SignedDuration::from_hours(24));
    let expired = answer(ask(&scim, "acme").bearer_auth(&scim.token)).await;
    assert_eq!(seen(&expired), seen(&nothing));
    let entry = scim.logged(|entry| entry.status == 401).await;
    assert_eq!((entry.credential, entry.subject), (None, None));
}

/// A client of a connection, an access token that was issued to it, and the text of the token.
async fn client(scim: &Scim, connection: &str) -> (ScimCredential, AccessToken, String) {
    let kind = SecretKind::Client(TokenLifetime::default());
    let (made, text) = made(scim, connection, kind).await;
    let presented = Presented::client_secret(&text).unwrap();
    let now = scim.clock.now();
    let proven = made.check(&presented, &made.connection, now).unwrap();
    let secret = Token::random().unwrap();
    let id = CredentialId::from_random(secret.hash().as_bytes()[..8].try_into().unwrap());
    let token = AccessToken::issued(id, &secret, &proven, &made, now).unwrap();
    let issued = issue_access_token(&*scim.store, &made, &token).await;
    assert!(issued.unwrap());
    let text = token.text(&secret);
    (made, token, text)
}

#[tokio::test]
async fn an_access_token_opens_its_connection_until_it_or_its_credential_ends() {
    let scim = Scim::start().await;
    let status = async |connection: &str, token: &str| {
        answer(ask(&scim, connection).bearer_auth(token))
            .await
            .status
    };
    let (made, _, token) = client(&scim, "acme").await;
    let (_, _, second) = client(&scim, "second").await;
    let (_, secret) = self::made(&scim, "acme", SecretKind::Client(TokenLifetime::default())).await;
    assert_eq!(status("acme", &token).await, 200);
    assert_eq!(status("acme", &second).await, 401, "it is for the other");
    assert_eq!(status("acme", &secret).await, 401, "a secret opens nothing");
    let created = scim
        .anonymous(Method::POST, "/acme/v2/Users")
        .bearer_auth(&token);
    let created = answer(created.json(&json!({ "userName": "ada" }))).await;
    assert_eq!(created.status, 201);
    scim.logged(|entry| entry.credential.as_ref() == Some(&made.id))
        .await;

    let now = scim.clock.now();
    let revoked = revoke_credential(&*scim.store, &made.id, now).await;
    assert!(revoked.unwrap());
    assert_eq!(status("acme", &token).await, 401, "its secret was revoked");
    let (_, made, token) = client(&scim, "acme").await;
    scim.clock.advance(made.expires.duration_since(now));
    assert_eq!(status("acme", &token).await, 401, "it has expired");
}

#[tokio::test]
async fn a_connection_takes_the_credentials_that_it_names_and_no_other() {
    for (accepted, bearer, access) in [
        (AcceptedCredentials::Any, 200, 200),
        (AcceptedCredentials::OAuth, 401, 200),
        (AcceptedCredentials::ClientSecret, 401, 200),
        (AcceptedCredentials::Federation, 401, 401),
    ] {
        let scim = Scim::with(|acme| acme.scim_credentials(accepted)).await;
        let (_, _, token) = client(&scim, "acme").await;
        for (text, expected) in [(&scim.token, bearer), (&token, access)] {
            let found = answer(ask(&scim, "acme").bearer_auth(text)).await;
            assert_eq!(found.status, expected, "{accepted:?}");
        }
    }
}

#[tokio::test]
async fn whoever_guesses_waits_and_a_right_credential_never_does() {
    let scim = Scim::start().await;
    for _ in 0..20 {
        let wrong = answer(ask(&scim, "acme").bearer_auth("guess")).await;
        wrong.is_error(401, None);
    }
    let slowed = answer(ask(&scim, "acme").bearer_auth("guess")).await;
    slowed.is_error(429, None);
    let wait: u64 = slowed.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    assert_eq!(scim.get("/Users").await.status, 200);
    let other = answer(ask(&scim, "second").bearer_auth("guess")).await;
    other.is_error(401, None);
    // Also where there is no such connection: that cannot be found out by this.
    for _ in 0..20 {
        answer(ask(&scim, "nobody")).await.is_error(401, None);
    }
    answer(ask(&scim, "nobody")).await.is_error(429, None);
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute() {
    let scim = Scim::start().await;
    let used = async || {
        let credential = scim.store.credential(&scim.credential.id).await.unwrap();
        credential.unwrap().last_used
    };
    let first = scim.clock.now();
    assert_eq!(used().await, None);
    scim.get("/Users").await;
    for _ in 0..50 {
        if used().await.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(used().await, Some(first));
    scim.clock.advance(SignedDuration::from_secs(59));
    scim.get("/Users").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(used().await, Some(first));
    scim.clock.advance(SignedDuration::from_secs(1));
    scim.get("/Users").await;
    for _ in 0..50 {
        if used().await != Some(first) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(used().await, Some(scim.clock.now()));
}
