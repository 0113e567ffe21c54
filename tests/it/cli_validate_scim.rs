//! `entrada validate scim`: against our own server everything passes, a foreign server shows what it lacks, and a server with one
//! fault fails the cases that rest on it. Nothing that was made is left, unless it is asked for.

mod broken;
mod faults;
mod federated;
mod foreign;
mod served;

use serde_json::Value;
use serde_json::json;

use self::broken::Broken;
use self::broken::Fault;
use crate::command_line::Ran;
use crate::command_line::entrada;
use crate::documentation::assert_page_has_cases;
use crate::scim_serving::ScimSite;

/// Runs it with a token, which is given by the environment.
fn validate(url: &str, token: &str, arguments: &[&str]) -> Ran {
    let mut command = entrada();
    command.env("ENTRADA_SCIM_TOKEN", token);
    command.args(["validate", "scim", url]).args(arguments);
    command.output().unwrap().into()
}

/// The names of the cases that came to this, with Microsoft's numbers before theirs.
fn cases(report: &Value, outcome: &str) -> Vec<String> {
    let tests = report["tests"].as_array().unwrap().iter();
    let tests = tests.filter(|test| test["outcome"] == outcome);
    let name = |test: &Value| {
        let name = test["name"].as_str().unwrap();
        match test["number"].as_u64() {
            Some(number) => format!("{number} {name}"),
            None => name.to_owned(),
        }
    };
    tests.map(name).collect()
}

/// The case of this name.
fn case<'r>(report: &'r Value, name: &str) -> &'r Value {
    let mut tests = report["tests"].as_array().unwrap().iter();
    tests.find(|test| test["name"] == name).unwrap()
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn our_own_server_passes_everything_and_is_left_as_it_was() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let report = validate(&site.url(), &site.token, &["--json"])
        .exits(0)
        .json();
    assert_eq!(cases(&report, "failed"), NOTHING, "{report:#}");
    assert_eq!(cases(&report, "warning"), NOTHING, "{report:#}");
    assert_eq!(
        cases(&report, "not-applicable"),
        [
            "21 Validate_Credentials",
            "22 Federated_Identity",
            "wrong-client-secret",
            "changed-assertion",
            "token-endpoint-place"
        ]
    );
    assert_eq!(report["passed"], 54, "{report:#}");
    let remarks = report["remarks"].as_array().unwrap();
    assert!(
        remarks[0]
            .as_str()
            .unwrap()
            .starts_with("Neither test 21 nor test 22 passed")
    );
    assert_eq!(report["left"], json!([]));
    let numbers: Vec<u64> = report["tests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|test| test["number"].as_u64())
        .collect();
    assert_eq!(numbers, (1..=25).collect::<Vec<u64>>());
    assert_page_has_cases(&report, ["Microsoft's tests", "Our own cases"]);
    for (command, list) in [("user", "users"), ("group", "groups")] {
        let listed = site.place.run([command, "list", "--json"]).exits(0).json();
        assert_eq!(listed[list], json!([]), "{listed:#}");
    }
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn our_own_server_passes_with_a_client_as_the_gallery_asks_for() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let base_url = site.url().replace("/scim/acme/v2", "");
    let words = [
        "client",
        "create",
        "acme",
        "--json",
        "--base-url",
        &base_url,
    ];
    let made = site.place.run(words).exits(0);
    let file = site.place.write("client.json", &made.stdout);
    let url = site.url();
    let words = [
        "validate",
        "scim",
        &url,
        "--credential-file",
        &file,
        "--json",
    ];
    let report = site.place.run(words).exits(0).json();
    assert_eq!(cases(&report, "failed"), NOTHING, "{report:#}");
    assert_eq!(cases(&report, "warning"), NOTHING, "{report:#}");
    assert_eq!(
        cases(&report, "not-applicable"),
        ["22 Federated_Identity", "changed-assertion"]
    );
    let found = case(&report, "Validate_Credentials")["found"]
        .as_str()
        .unwrap();
    assert_eq!(
        found,
        "an access token for 60 minutes, which opens the server"
    );
    assert_eq!(
        (&report["remarks"], &report["left"]),
        (&json!([]), &json!([]))
    );
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dialect_of_the_flag_passes_too() {
    let server = Broken::start(Fault::None).await;
    let url = format!("{}?aadOptscim062020", server.url());
    let report = server.validate_at(&url, &[]).await.exits(0).json();
    assert_eq!(cases(&report, "failed"), NOTHING, "{report:#}");
    assert_eq!(server.names().await, ["bystander"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_listed_and_there() {
    let server = Broken::start(Fault::None).await;
    let report = server.validate(&["--keep"]).await.exits(0).json();
    let left = report["left"].as_array().unwrap();
    let names = server.names().await;
    let ours: Vec<_> = names
        .iter()
        .filter(|name| name.starts_with("entrada-validate-"))
        .collect();
    assert!(
        ours.len() > 20 && names.len() == ours.len() + 1,
        "{names:?}"
    );
    assert_eq!(left.len(), ours.len());
    for name in ours {
        // A group that was renamed is listed by the name that it was made with.
        let name = name.trim_end_matches("-renamed");
        let is_listed = |left: &&Value| left.as_str().unwrap().contains(name);
        assert!(
            left.iter().any(|left| is_listed(&left)),
            "{name}: {left:#?}"
        );
    }
    let remarks = report["remarks"].as_array().unwrap();
    let remark = remarks.last().unwrap().as_str().unwrap();
    assert!(
        remark.starts_with("The names of everything that was made begin with entrada-validate-")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_the_results_and_nothing_of_the_server_acts_in_it() {
    let server = Broken::start(Fault::MarkupInErrors).await;
    let ran = server
        .run(server.url(), &["--format", "html"])
        .await
        .exits(1);
    assert!(ran.stdout.starts_with("<!DOCTYPE html>"), "{ran:?}");
    assert!(ran.stdout.contains("Create_User") && ran.stdout.contains("✗ Failed"));
    assert!(!ran.stdout.contains("<script"), "{ran:?}");
    assert!(ran.stdout.contains("&lt;script&gt;"), "{ran:?}");
    let ran = server.run(server.url(), &[]).await.exits(1);
    assert!(
        !ran.stdout.contains('\u{1b}') && ran.stdout.contains("\\u{1b}"),
        "{ran:?}"
    );
}

#[test]
fn wrong_usage_says_what_is_expected_and_shows_no_secret() {
    let url = "https://app.example/scim";
    for (arguments, expected) in [
        (&[url][..], "ENTRADA_SCIM_TOKEN"),
        (
            &["http://app.example/scim", "--token", "hunter2"],
            "expected an https address",
        ),
        (
            &["app.example", "--token", "hunter2"],
            "expected an https address",
        ),
        (&[url, "--token", "hunter 2"], "visible ASCII"),
        (
            &[url, "--token", "hunter2", "--timeout", "0s"],
            "more than 0s",
        ),
        (
            &[url, "--token", "hunter2", "--json", "--format", "html"],
            "--json prints JSON",
        ),
        (&[url, "--client-id", "a"], "--token-url"),
        (
            &[
                url,
                "--client-id",
                "a",
                "--token-url",
                "https://app.example/t",
            ],
            "ENTRADA_SCIM_CLIENT_SECRET",
        ),
        (
            &[
                url,
                "--client-id",
                "a",
                "--client-secret",
                "hunter2",
                "--token-url",
                "http://app.example/t",
            ],
            "Token Endpoint",
        ),
        (
            &[
                url,
                "--token",
                "hunter2",
                "--client-id",
                "a",
                "--token-url",
                url,
            ],
            "cannot be used with",
        ),
    ] {
        let ran = crate::command_line::run([&["validate", "scim"], arguments].concat()).exits(2);
        assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        assert!(!ran.stderr.contains("hunter"), "{ran:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    let url = format!("http://{}/scim", crate::child::free_address());
    let ran = validate(&url, "token", &[]).exits(4);
    assert!(ran.stderr.contains("no answer"), "{ran:?}");
}
