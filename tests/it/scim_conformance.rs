//! SCIM clients that are not ours, against `entrada serve`, with each kind of credential: the conformance suite scim2-tester,
//! scim2-client, which leads users and groups through their whole life, and scim-sanity. Access tokens are fetched by an OAuth
//! client that is not ours either, Authlib. All come from PyPI; `.ci/setup test` installs them below the target directory, in the
//! versions of `scim_conformance/requirements.txt`.
//!
//! Each runs with each kind of credential, one after the other: whatever is left behind would be found by the next.

mod credentials;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use entrada::provisioning::CredentialKind;
use serde_json::Value;

use self::credentials::Foreign;
use self::credentials::access_token;
use crate::command_line::Ran;
use crate::scim_serving::ScimSite;

#[tokio::test(flavor = "multi_thread")]
async fn the_conformance_suite_passes_whole_with_each_kind_of_credential() {
    let site = ScimSite::new().await;
    let server = site.serve();
    for (kind, credential) in credentials::of_each_kind(&site).await {
        let mut suite = Command::new(program("scim2"));
        suite.args(["--url", &site.url(), "test"]);
        let header = format!("Authorization: {}", credential.header());
        suite.env("SCIM_CLI_HEADERS", header);
        let ran = Ran::from(suite.output().unwrap()).exits(0);
        // One line for each check, such as "SUCCESS object_query", and its reasons, indented, below.
        let lines = ran.stdout.lines().skip(1);
        let mut verdicts = BTreeMap::new();
        for check in lines.filter(|line| !line.starts_with(' ')) {
            let (verdict, _) = check.split_once(' ').unwrap();
            *verdicts.entry(verdict).or_default() += 1;
        }
        // None failed, deviated or was skipped. The number is that of this version of the suite and of our schemas: one less
        // means that it did not look at something any more. It does not add and remove `active`, which always has a value.
        let all = BTreeMap::from([("SUCCESS", 133)]);
        assert_eq!(verdicts, all, "{kind:?}: {}", ran.stdout);
    }
    assert_eq!(server.stop().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_client_leads_users_and_groups_through_their_whole_life_with_each_kind() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let script = "tests/it/scim_conformance/life_cycle.py";
    for (kind, credential) in credentials::of_each_kind(&site).await {
        let mut client = Command::new(program("python"));
        client.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
        client
            .arg(site.url())
            .env("SCIM_AUTHORIZATION", credential.header());
        let ran = Ran::from(client.output().unwrap()).exits(0);
        let done = "create read filter replace patch group bulk delete\n";
        assert_eq!(ran.stdout, done, "{kind:?}");
    }
    assert_eq!(server.stop().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_credential_opens_the_same_to_a_foreign_client() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let mut credentials = credentials::of_each_kind(&site).await;
    // Once more with the secret in the form.
    let posted = Foreign::Bearer(access_token(&site, "client_secret_post"));
    credentials.push((CredentialKind::ClientSecret, posted));
    for (kind, credential) in &credentials {
        let found = sanity(&site, credential);
        let named = |verdict: &str| {
            let results = found["results"].as_array().unwrap().iter();
            let of = results.filter(|result| result["status"] == verdict);
            of.map(|result| result["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(named("fail"), DISAGREED, "{kind:?}: {found:#}");
        // Two resource types of a draft that this server does not offer.
        assert_eq!((named("pass").len(), named("skip").len()), (25, 3));
        assert_eq!(found["summary"]["total"], 31);
    }
    // The control: what is no credential opens nothing.
    let found = sanity(&site, &Foreign::Bearer("nobody-has-this".to_owned()));
    assert_eq!(found["summary"]["passed"], 0, "{found:#}");
    assert_eq!(server.stop().0, Some(0));
}

/// What scim-sanity asks and RFC 7644 does not: §3.5.2 lets a server answer a PATCH with 204, which is what Entra wants of one of a
/// group, and no clause lets a member be somebody whom the server does not know.
const DISAGREED: [&str; 3] = [
    "PATCH /Groups/{id}",
    "PATCH /Groups/{id} add member",
    "PATCH /Groups/{id} remove members",
];

/// The report of scim-sanity.
fn sanity(site: &ScimSite, credential: &Foreign) -> Value {
    let mut probe = Command::new(program("scim-sanity"));
    probe.args([
        "probe",
        &site.url(),
        "--json-output",
        "--i-accept-side-effects",
    ]);
    let ran = Ran::from(probe.args(credential.flags()).output().unwrap());
    serde_json::from_str(&ran.exits(1).stdout).unwrap()
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
