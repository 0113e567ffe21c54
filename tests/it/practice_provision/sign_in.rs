//! Signing in to the app by client credentials: what is sent to the token endpoint, how long a token is kept, and what is said
//! where there is none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::practice::App;
use entrada::practice::Assignment;
use entrada::practice::PracticeIdp;
use entrada::practice::ProvisionError;
use entrada::practice::Provisioning;
use entrada::practice::Running;
use entrada::practice::SettingsError;
use entrada::practice::SignIn;
use entrada::practice::Step;
use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

use super::ADA;
use super::APP;
use super::TOKEN;
use super::cycle;
use super::directory;
use super::error;
use super::joins;
use super::list;
use super::script::Expected;
use super::script::Script;
use super::start;
use super::stranger;
use super::token_endpoint::TokenEndpoint;
use crate::site::TestClock;

const SECRET: &str = "se:cret +/%\u{f6}";

fn client(endpoint: &TokenEndpoint) -> SignIn {
    SignIn::ClientCredentials {
        token_url: endpoint.url().to_owned(),
        client_id: "id:1".to_owned(),
        client_secret: SECRET.to_owned(),
    }
}

/// An identity provider that signs in to this server with a client's secret.
async fn signing_in(server: &Script, endpoint: &TokenEndpoint) -> Running {
    let idp = start(directory(), &[ADA]).await;
    let settings = Provisioning::new(server.url(), client(endpoint));
    idp.set_provisioning(APP, settings).await.unwrap();
    idp
}

fn found_ada() -> Expected {
    Expected::get("/Users/u-1").answers(200, super::ada())
}

#[tokio::test]
async fn one_access_token_serves_for_many_requests() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = signing_in(&server, &endpoint).await;
    endpoint.issues(TOKEN, json!(3600));
    assert_eq!(cycle(&idp, &server, joins()).await.created, 1);
    server.play(vec![stranger()]);
    assert_eq!(idp.test_connection(APP).await, Ok(()));
    server.assert_played();

    // Both halves are percent-encoded, so that the colon in the name does not end it (RFC 6749 §2.3.1).
    let both = STANDARD.encode("id%3A1:se%3Acret%20%2B%2F%25%C3%B6");
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].authorization, Some(format!("Basic {both}")));
    let grant = ("grant_type".to_owned(), "client_credentials".to_owned());
    assert_eq!(requests[0].form, [grant]);

    let line = idp.provisioning_log(APP).remove(0);
    assert_eq!((line.step, line.status), (Step::SignIn, Some(200)));
    assert_eq!(line.request, Some(("POST", endpoint.url().to_owned())));
    assert_eq!(line.outcome, "an access token for 3600 seconds");
    let everything = format!("{:?} {idp:?}", idp.provisioning_log(APP));
    assert!(!everything.contains(TOKEN) && !everything.contains("cret"));
}

#[tokio::test]
async fn a_token_is_renewed_shortly_before_its_end() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let clock = TestClock::at("2026-11-22T10:00:00Z");
    let app = App {
        assignment: Assignment::Only(Default::default()),
        ..App::new(APP, "Expenses", "urn:expenses", "http://127.0.0.1:9/acs")
    };
    let idp = PracticeIdp::new().app(app).clock(clock.clone()).start();
    let idp = idp.await.unwrap();
    let settings = Provisioning::new(server.url(), client(&endpoint));
    idp.set_provisioning(APP, settings).await.unwrap();

    endpoint.issues("first", json!(3600));
    for (advance, token, fetched) in [(0, "first", 1), (3539, "first", 0), (1, "second", 1)] {
        clock.advance(SignedDuration::from_secs(advance));
        if token == "second" {
            endpoint.issues(token, json!(3600));
        }
        server.play(vec![stranger().with_token(token)]);
        assert_eq!(idp.test_connection(APP).await, Ok(()));
        server.assert_played();
        assert_eq!(endpoint.requests().len(), fetched, "{advance}");
    }

    // Without an end it is kept until it is refused.
    let settings = Provisioning::new(server.url(), client(&endpoint));
    idp.set_provisioning(APP, settings).await.unwrap();
    endpoint.issues(TOKEN, Value::Null);
    for _ in 0..2 {
        server.play(vec![stranger()]);
        assert_eq!(idp.test_connection(APP).await, Ok(()));
        clock.advance(SignedDuration::from_hours(1000));
    }
    assert_eq!(endpoint.requests().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = signing_in(&server, &endpoint).await;
    endpoint.issues(TOKEN, json!(3600));
    cycle(&idp, &server, joins()).await;
    idp.change_directory(|directory| directory.people[0].job_title = Some("Countess".to_owned()));

    endpoint.issues("renewed", json!(3600));
    let title = json!([{"op": "Replace", "path": "title", "value": "Countess"}]);
    let script = vec![
        found_ada().answers(401, error(401, None)),
        found_ada().with_token("renewed"),
        Expected::patch("/Users/u-1", super::patch(title)).with_token("renewed"),
    ];
    let summary = cycle(&idp, &server, script).await;
    assert_eq!((summary.updated, summary.failed), (1, 0));
    let log = idp.provisioning_log(APP);
    let last: Vec<(Step, Option<u16>)> = log[log.len() - 4..]
        .iter()
        .map(|line| (line.step, line.status))
        .collect();
    assert_eq!(
        last,
        [
            (Step::Read, Some(401)),
            (Step::SignIn, Some(200)),
            (Step::Read, Some(200)),
            (Step::Update, Some(204)),
        ]
    );

    // A new token that is refused as well is the end of it.
    endpoint.issues("useless", json!(3600));
    server.play(vec![
        stranger()
            .with_token("renewed")
            .answers(401, error(401, None)),
        stranger()
            .with_token("useless")
            .answers(401, error(401, None)),
    ]);
    let expected = "status 401: the access token was refused".to_owned();
    let tested = idp.test_connection(APP).await;
    assert_eq!(tested, Err(ProvisionError::Connection(expected)));
    server.assert_played();

    // Another refusal than 401 is none of the token.
    server.play(vec![
        stranger()
            .with_token("useless")
            .answers(403, error(403, None)),
    ]);
    assert!(idp.test_connection(APP).await.is_err());
    server.assert_played();
    assert_eq!(endpoint.requests().len(), 3);
}

#[tokio::test]
async fn a_secret_token_that_is_refused_is_not_sent_again() {
    let server = Script::start().await;
    let idp = super::provisioned(&server, super::Dialect::Usual, directory(), &[ADA]).await;
    server.play(vec![stranger().answers(401, error(401, None))]);
    let expected = "status 401: the Secret Token was refused".to_owned();
    let tested = idp.test_connection(APP).await;
    assert_eq!(tested, Err(ProvisionError::Connection(expected)));
    server.assert_played();
}

#[tokio::test]
async fn a_refusal_of_the_token_endpoint_is_said_in_plain_words() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = signing_in(&server, &endpoint).await;
    let refusal = |code: &str| json!({"error": code}).to_string();
    let described =
        json!({"error": "invalid_client", "error_description": "the secret was revoked"});
    for (status, body, expected) in [
        (
            401,
            described.to_string(),
            "no access token: status 401 from the Token Endpoint, invalid_client: the Client Identifier or the Client Secret is \
             wrong, revoked or expired. It says: the secret was revoked",
        ),
        (
            400,
            refusal("unsupported_grant_type"),
            "no access token: status 400 from the Token Endpoint, unsupported_grant_type: the app does not know client credentials",
        ),
        (
            404,
            String::new(),
            "no access token: status 404 from the Token Endpoint: there is no such address",
        ),
        (
            302,
            String::new(),
            "no access token: status 302 from the Token Endpoint",
        ),
        (
            500,
            "<html>".to_owned(),
            "no access token: status 500 from the Token Endpoint",
        ),
    ] {
        endpoint.answers(status, body);
        let tested = idp.test_connection(APP).await;
        let expected = ProvisionError::Connection(expected.to_owned());
        assert_eq!(tested, Err(expected.clone()));
        assert_eq!(endpoint.requests().len(), 1, "{status}");
        let line = idp.provisioning_log(APP).pop().unwrap();
        assert_eq!((line.step, line.status), (Step::SignIn, Some(status)));
    }

    // A cycle ends at once, in quarantine, and sends nothing to the SCIM server.
    endpoint.answers(401, refusal("invalid_client"));
    let summary = cycle(&idp, &server, Vec::new()).await;
    assert!(summary.quarantined);
    let reason = idp.quarantine(APP).unwrap().reason;
    assert!(
        reason.contains("invalid_client: the Client Identifier"),
        "{reason}"
    );
    endpoint.issues(TOKEN, json!(3600));
    assert!(!cycle(&idp, &server, joins()).await.quarantined);
    assert!(idp.quarantine(APP).is_none());
}

#[tokio::test]
async fn an_answer_without_a_usable_token_is_refused() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = signing_in(&server, &endpoint).await;
    let token = |token: Value, kind: Value, expires_in: Value| {
        json!({"access_token": token, "token_type": kind, "expires_in": expires_in}).to_string()
    };
    let unlimited = format!("{{\"access_token\": \"{}\"}}", "a".repeat(2 * 1024 * 1024));
    for (body, expected) in [
        ("token".to_owned(), "an access_token of visible ASCII"),
        ("{}".to_owned(), "an access_token of visible ASCII"),
        (
            token(json!(7), json!("Bearer"), json!(1)),
            "an access_token of",
        ),
        (
            token(json!(""), json!("Bearer"), json!(1)),
            "an access_token of",
        ),
        (
            token(json!("a b"), json!("Bearer"), json!(1)),
            "an access_token of",
        ),
        (
            token(json!("a".repeat(8193)), json!("Bearer"), json!(1)),
            "an access_token of",
        ),
        (
            token(json!("a"), json!("mac"), json!(1)),
            "token_type Bearer, found \"mac\"",
        ),
        (
            token(json!("a"), Value::Null, json!(1)),
            "token_type Bearer, found null",
        ),
        (
            token(json!("a"), json!("Bearer"), json!("1")),
            "expires_in as a number of seconds, found \"1\"",
        ),
        (
            token(json!("a"), json!("Bearer"), json!(-1)),
            "expires_in as a number",
        ),
        (unlimited, "at most 1 MiB"),
    ] {
        endpoint.answers(200, body);
        let tested = idp.test_connection(APP).await;
        let Err(ProvisionError::Connection(found)) = tested else {
            panic!("{tested:?}");
        };
        assert!(found.contains(expected), "{found}");
        assert_eq!(endpoint.requests().len(), 1);
    }
    // The control, with the kind in other letters and a life beyond any calendar.
    endpoint.answers(200, token(json!(TOKEN), json!("bEARER"), json!(u64::MAX)));
    server.play(vec![stranger()]);
    assert_eq!(idp.test_connection(APP).await, Ok(()));
}

#[tokio::test]
async fn a_busy_token_endpoint_is_asked_again_but_not_for_ever() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = signing_in(&server, &endpoint).await;
    for _ in 0..3 {
        endpoint.answers(429, "");
    }
    endpoint.issues(TOKEN, json!(3600));
    server.play(vec![stranger()]);
    assert_eq!(idp.test_connection(APP).await, Ok(()));
    assert_eq!(endpoint.requests().len(), 4);

    let settings = Provisioning::new(server.url(), client(&endpoint));
    idp.set_provisioning(APP, settings).await.unwrap();
    for _ in 0..4 {
        endpoint.answers(429, "");
    }
    assert!(idp.test_connection(APP).await.is_err());
    assert_eq!(endpoint.requests().len(), 4);
}

#[tokio::test]
async fn a_token_endpoint_that_would_leak_the_secret_is_refused() {
    let idp = start(directory(), &[ADA]).await;
    let sign_in = SignIn::ClientCredentials {
        token_url: "http://app.example/token".to_owned(),
        client_id: "id".to_owned(),
        client_secret: "secret".to_owned(),
    };
    let settings = Provisioning::new("https://app.example/scim", sign_in);
    let expected = SettingsError::TokenUrl("http://app.example/token".to_owned());
    let found = idp.set_provisioning(APP, settings).await;
    assert_eq!(found, Err(ProvisionError::Settings(expected)));
}

#[tokio::test]
async fn new_settings_sign_in_anew() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = signing_in(&server, &endpoint).await;
    for token in ["first", "second"] {
        let settings = Provisioning::new(server.url(), client(&endpoint));
        idp.set_provisioning(APP, settings).await.unwrap();
        endpoint.issues(token, json!(3600));
        server.play(vec![stranger().with_token(token).answers(200, list(&[]))]);
        assert_eq!(idp.test_connection(APP).await, Ok(()));
        server.assert_played();
        assert_eq!(endpoint.requests().len(), 1);
    }
}
