//! `entrada validate scim`: against our own server everything passes, a foreign server shows what it lacks, and a server with one
//! fault fails the cases that rest on it. Nothing that was made is left.

use serde_json::Value;

use crate::command_line::Ran;
use crate::command_line::entrada;
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

#[tokio::test]
async fn our_own_server_passes_everything_and_is_left_as_it_was() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let report = validate(&site.url(), &site.token, &["--json"])
        .exits(0)
        .json();
    assert_eq!(cases(&report, "failed"), [""; 0], "{report:#}");
    assert_eq!(cases(&report, "warning"), [""; 0], "{report:#}");
    assert_eq!(
        cases(&report, "not-applicable"),
        ["21 Validate_Credentials", "22 Federated_Identity"]
    );
    assert_eq!(report["passed"], 54, "{report:#}");
    assert_eq!(report["left"], serde_json::json!([]));
    let users = site.place.run(["user", "list", "--json"]).exits(0).json();
    let groups = site.place.run(["group", "list", "--json"]).exits(0).json();
    assert_eq!(
        (&users["users"], &groups["groups"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
}
