//! Test 22: the sign-in by an assertion that another issuer made, which the command reads from a file.

use entrada::provisioning::NewFederation;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::NOTHING;
use super::broken::ASSERTION;
use super::broken::Broken;
use super::broken::Fault;
use super::case;
use super::cases;
use super::served::off;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::federation::APP;
use crate::federation::Issuer;
use crate::federation::SUBJECT;
use crate::federation::TENANT;
use crate::federation::case_at;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::scim_served::Served;

const URL: &str = "https://app.example/scim";
const TOKEN_URL: &str = "https://app.example/token";

/// Our own server, which accepts the tokens that PyJWT makes, and a place with each in a file.
struct Federated {
    served: Served,
    place: Workspace,
    issued: Issuer,
    client_id: String,
    _keys: Publisher,
}

impl Federated {
    async fn start() -> Federated {
        let now = Timestamp::now();
        let other = json!({"sub": "d2f8ee76-c549-45b8-a143-f5b640669704"});
        let issued = Issuer::run(&[
            case_at(now, "good", json!({})),
            case_at(now, "other subject", other),
        ]);
        let publisher = Publisher::start(Vec::new()).await;
        let keys = issued.keys(&["ours"]).to_string().into_bytes();
        let json = "Content-Type: application/json\r\n";
        publisher.behave(Manner::answer("200 OK", json, keys));
        let served = Served::with_bystander().await;
        let client_id = served
            .federated(&NewFederation {
                tenant: TENANT.to_owned(),
                app: APP.to_owned(),
                subject: SUBJECT.to_owned(),
                keys_url: Some(publisher.url()),
                keys_addresses: Some(entrada::connection::AddressPolicy::Any),
                ..NewFederation::default()
            })
            .await;
        Federated {
            served,
            place: Workspace::new(),
            issued,
            client_id,
            _keys: publisher,
        }
    }

    /// Validates with the token of this name, and these options.
    async fn validate(&self, name: &str, options: &[&str]) -> Ran {
        let assertion = self.issued.token(name);
        let file = self.place.write("assertion.jwt", format!("{assertion}\n"));
        let mut command = self.place.entrada();
        command.args(["validate", "scim", &self.served.tenant_url]);
        command.args(["--assertion-file", &file]).args(options);
        let ran = off(move || Ran::from(command.output().unwrap())).await;
        assert!(!ran.stdout.contains(assertion), "{ran:?}");
        ran
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_server_passes_with_an_assertion_of_another_issuer() {
    let site = Federated::start().await;
    let token_url = site.served.token_url();
    let options = ["--token-url", &token_url, "--json"];
    let report = site.validate("good", &options).await.exits(0).json();
    assert_eq!(cases(&report, "failed"), NOTHING, "{report:#}");
    assert_eq!(cases(&report, "warning"), NOTHING, "{report:#}");
    assert_eq!(
        cases(&report, "not-applicable"),
        ["21 Validate_Credentials", "wrong-client-secret"]
    );
    let test = case(&report, "Federated_Identity");
    assert_eq!(test["outcome"], "passed");
    assert_eq!(
        test["found"],
        "an access token for 60 minutes, which opens the server"
    );
    assert_eq!(case(&report, "changed-assertion")["outcome"], "passed");
    assert_eq!(
        (&report["remarks"], &report["left"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(site.served.names().await, ["bystander"]);

    // What `entrada client federate --json` prints names the address and the client.
    let printed =
        json!({"client_id": site.client_id, "client_secret": null, "token_url": token_url});
    let file = site.place.write("federated.json", printed.to_string());
    let options = ["--credential-file", &file, "--format", "html"];
    let ran = site.validate("good", &options).await.exits(0);
    assert!(ran.stdout.contains("Federated_Identity"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_the_server_refuses_fails_the_test_with_the_reason_and_the_rest_is_not_tried()
 {
    let site = Federated::start().await;
    let token_url = site.served.token_url();
    let options = [
        "--token-url",
        &token_url,
        "--client-id",
        &site.client_id,
        "--json",
    ];
    let report = site.validate("other subject", &options).await.exits(1);
    let report = report.json();
    let test = case(&report, "Federated_Identity");
    assert_eq!(test["outcome"], "failed", "{report:#}");
    assert_eq!(
        test["clause"],
        "RFC 7523 §2.2; Microsoft: 60 to 360 minutes"
    );
    let (expected, found) = (text(test, "expected"), text(test, "found"));
    assert!(expected.starts_with("an access token for an assertion"));
    let reason = "status 401 from the Token Endpoint, invalid_client";
    assert!(found.contains(reason) && found.contains(SUBJECT), "{found}");
    let first = text(case(&report, "Create_User"), "found");
    assert!(first.starts_with("not tried: no access token"), "{first}");
    assert_eq!(report["passed"], 0);
    let remark = report["remarks"][0].as_str().unwrap();
    assert!(remark.starts_with("Neither test 21 nor test 22 passed"));
    assert_eq!(site.served.names().await, ["bystander"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_with_a_fault_fails_the_case_of_federation_alone() {
    let place = Workspace::new();
    let file = place.write("assertion.jwt", ASSERTION);
    for (fault, failed, found) in [
        (Fault::None, &NOTHING[..], ""),
        (Fault::TokenIsShort, &["22 Federated_Identity"], "3599"),
        (
            Fault::TokenHasNoEnd,
            &["22 Federated_Identity"],
            "no expires_in",
        ),
        (
            Fault::TokenOpensNothing,
            &["22 Federated_Identity"],
            "status 401",
        ),
        (
            Fault::AnyAssertion,
            &["changed-assertion"],
            "an access token",
        ),
    ] {
        let server = Broken::start(fault).await;
        let token_url = server.token_url(false);
        let options = ["--assertion-file", &file, "--token-url", &token_url];
        let report = server.validate(&options).await;
        let report = report.exits(i32::from(!failed.is_empty())).json();
        assert_eq!(cases(&report, "failed"), failed, "{fault:?}: {report:#}");
        assert_eq!(
            cases(&report, "not-applicable"),
            ["21 Validate_Credentials", "wrong-client-secret"]
        );
        for name in failed {
            let test = case(&report, name.trim_start_matches("22 "));
            let said = text(test, "found");
            assert!(said.contains(found), "{fault:?}: {said}");
            assert!(!text(test, "expected").is_empty() && !text(test, "clause").is_empty());
        }
        assert_eq!(server.names().await, ["bystander"], "{fault:?}");
    }
}

/// Such a server writes what it was sent into each error.
#[tokio::test(flavor = "multi_thread")]
async fn no_report_has_the_assertion_or_a_token_even_if_the_server_repeats_them() {
    let place = Workspace::new();
    let file = place.write("assertion.jwt", ASSERTION);
    let server = Broken::start(Fault::RepeatsSecrets).await;
    let token_url = server.token_url(false);
    let options = ["--assertion-file", &file, "--token-url", &token_url];
    for format in ["text", "json", "html"] {
        let options = [&options[..], &["--format", format]].concat();
        let ran = server.run(server.url(), &options).await.exits(1);
        assert!(ran.stdout.matches("[redacted]").count() > 10, "{ran:?}");
        for secret in [ASSERTION, server.token()] {
            let beginning = &secret[..16];
            assert!(!ran.stdout.contains(beginning), "{format}: {ran:?}");
            assert!(!ran.stderr.contains(beginning), "{format}: {ran:?}");
        }
    }
    // A client secret is kept out in each form in which it was sent, and so is a bearer token.
    let client = ["--client-id", "a:b", "--client-secret", "s e&cret"];
    let options = [&client[..], &["--token-url", &token_url, "--json"]].concat();
    let ran = server.run(server.url(), &options).await.exits(1);
    assert!(ran.stdout.contains("Basic [redacted]"), "{ran:?}");
    for form in ["YSUzQWI6", "s%20e%26cret", "s e&cret"] {
        assert!(!ran.stdout.contains(form), "{form}: {ran:?}");
    }
    let ran = server.run(server.url(), &["--json"]).await.exits(1);
    assert!(ran.stdout.contains("[redacted]"), "{ran:?}");
    assert!(!ran.stdout.contains(server.token()), "{ran:?}");
}

#[test]
fn wrong_usage_of_assertions_says_what_is_expected_and_shows_none() {
    let place = Workspace::new();
    let good = place.write("good.jwt", ASSERTION);
    let empty = place.write("empty.jwt", "\n");
    let two = place.write("two.jwt", format!("{ASSERTION}\n{ASSERTION}\n"));
    let short = place.write("short.jwt", "eyJhbGciOiJSUzI1NiJ9.e30");
    let missing = place.path("missing.jwt");
    let token_url = ["--token-url", TOKEN_URL];
    let federated = format!("{{\"token_url\": \"{TOKEN_URL}\"}}");
    let federated = place.write("federated.json", federated);
    let token = place.write("token", "hunter2-hunter2");
    for (options, expected) in [
        (
            [&["--assertion-file", &empty][..], &token_url].concat(),
            "empty.jwt: it is empty",
        ),
        (
            [&["--assertion-file", &two][..], &token_url].concat(),
            "two.jwt: expected one line with one assertion, found 2 lines",
        ),
        (
            [&["--assertion-file", &short][..], &token_url].concat(),
            "short.jwt: expected an assertion: a signed JWT",
        ),
        (
            [&["--assertion-file", &missing][..], &token_url].concat(),
            "missing.jwt: No such file",
        ),
        (
            vec!["--assertion-file", &good],
            "--assertion-file: expected the address of the token endpoint in --token-url",
        ),
        (
            vec![
                "--assertion-file",
                &good,
                "--token-url",
                "http://app.example/token",
            ],
            "as the Token Endpoint",
        ),
        (
            vec!["--assertion-file", &good, "--token", "hunter2-hunter2"],
            "cannot be used with",
        ),
        (
            vec!["--credential-file", &federated],
            "expected an assertion beside it, in --assertion-file FILE",
        ),
        (
            vec!["--credential-file", &token, "--assertion-file", &good],
            "expected the JSON of entrada client federate",
        ),
        (token_url.to_vec(), "--client-id"),
    ] {
        let words = [&["validate", "scim", URL], &options[..]].concat();
        let ran = crate::command_line::run(words).exits(2);
        assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        for secret in ["hunter2", &ASSERTION[..16]] {
            assert!(!ran.stderr.contains(secret), "{ran:?}");
        }
    }
}

fn text<'v>(test: &'v Value, name: &str) -> &'v str {
    test[name].as_str().unwrap()
}
