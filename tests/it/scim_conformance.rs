//! SCIM clients that are not ours, against `entrada serve`: the conformance suite scim2-tester, and scim2-client, which
//! leads users and groups through their whole life. Both come from PyPI; `.ci/setup test` installs them below the target
//! directory, in the versions of `scim_conformance/requirements.txt`.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::command_line::Ran;
use crate::scim_serving::ScimSite;

#[tokio::test]
async fn the_conformance_suite_passes_whole() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let mut suite = Command::new(program("scim2"));
    suite.args(["--url", &site.url(), "test"]);
    suite.env(
        "SCIM_CLI_HEADERS",
        format!("Authorization: Bearer {}", site.token),
    );
    let ran = Ran::from(suite.output().unwrap());
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
    let ran = ran.exits(0);
    // One line for each check, such as "SUCCESS object_query", and its reasons, indented, below.
    let checks = ran
        .stdout
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with(' '));
    let mut verdicts = BTreeMap::new();
    for check in checks {
        let (verdict, _) = check.split_once(' ').unwrap();
        *verdicts.entry(verdict).or_default() += 1;
    }
    // None failed, deviated or was skipped. The number is that of this version of the suite and of our schemas: one less
    // means that it did not look at something any more. It does not add and remove `active`, which always has a value.
    assert_eq!(
        verdicts,
        BTreeMap::from([("SUCCESS", 133)]),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn a_foreign_client_leads_users_and_groups_through_their_whole_life() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let script = "tests/it/scim_conformance/life_cycle.py";
    let mut client = Command::new(program("python"));
    client.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    client.arg(site.url()).env("SCIM_TOKEN", &site.token);
    let ran = Ran::from(client.output().unwrap());
    let (code, _) = server.stop();
    assert_eq!(code, Some(0));
    let ran = ran.exits(0);
    assert_eq!(
        ran.stdout,
        "create read filter replace patch group bulk delete\n"
    );
}

/// A program among the clients from PyPI.
pub(crate) fn program(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = target.join("scim-clients/bin").join(name);
    assert!(
        program.exists(),
        "{} is missing: run .ci/setup test",
        program.display()
    );
    program
}
