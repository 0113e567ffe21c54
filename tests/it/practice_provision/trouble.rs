//! Trouble at an app: escrow, quarantine, and waiting.

use std::time::Duration;

use entrada::practice::Dialect;
use entrada::practice::Person;
use entrada::practice::ProvisionError;
use entrada::practice::Provisioning;
use entrada::practice::SettingsError;
use entrada::practice::Step;
use serde_json::Value;
use serde_json::json;

use super::ADA;
use super::APP;
use super::TOKEN;
use super::ada;
use super::cycle;
use super::directory;
use super::error;
use super::joins;
use super::list;
use super::new_ada;
use super::provisioned;
use super::script::Expected;
use super::script::Script;
use super::start;
use super::stranger;
use super::until;
use crate::child::free_address;

#[tokio::test]
async fn a_test_that_finds_anything_but_an_empty_list_puts_the_job_into_quarantine() {
    let answers = [
        (404, error(404, None)),
        (401, error(401, None)),
        (500, Value::Null),
        (302, Value::Null),
        (200, json!({"Resources": []})),
        (200, list(&[ada()])),
    ];
    for (status, answer) in answers {
        let server = Script::start().await;
        let idp = provisioned(&server, Dialect::Usual, directory(), &[ADA]).await;
        server.play(vec![stranger().answers(status, answer.clone())]);
        let tested = idp.test_connection(APP).await;
        assert!(
            matches!(tested, Err(ProvisionError::Connection(_))),
            "{status} {answer}"
        );
        assert!(idp.quarantine(APP).is_none());
        let summary = cycle(&idp, &server, vec![stranger().answers(status, answer)]).await;
        assert!(summary.quarantined);
        assert_eq!(idp.quarantine(APP).unwrap().attempts, 1);

        // The control: it ends as soon as all goes well.
        server.play(vec![stranger()]);
        assert_eq!(idp.test_connection(APP).await, Ok(()));
        assert!(!cycle(&idp, &server, joins()).await.quarantined);
        assert!(idp.quarantine(APP).is_none());
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_puts_the_job_into_quarantine() {
    let idp = start(directory(), &[ADA]).await;
    let address = free_address();
    let settings = Provisioning::new(format!("http://{address}/scim"), TOKEN);
    idp.set_provisioning(APP, settings).await.unwrap();
    assert!(idp.provision_now(APP).await.unwrap().quarantined);
    let line = idp.provisioning_log(APP).remove(0);
    assert_eq!((line.step, line.status), (Step::TestConnection, None));
    assert!(idp.provision_now(APP).await.unwrap().quarantined);
    assert_eq!(idp.quarantine(APP).unwrap().attempts, 2);
}

#[tokio::test]
async fn one_object_that_fails_waits_in_escrow_and_the_others_go_on() {
    let server = Script::start().await;
    let mut directory = directory();
    let bea = Person {
        mail: None,
        ..Person::new("bea", "bea@x.example", "", "")
    };
    directory.people.push(bea);
    let idp = provisioned(&server, Dialect::Usual, directory, &[ADA, "bea"]).await;
    let look = |name: &str| Expected::get(&format!("/Users?filter=userName eq \"{name}\""));
    let new_bea = json!({
        "schemas": new_ada()["schemas"], "userName": "bea@x.example", "active": true, "externalId": "bea",
        "meta": {"resourceType": "User"}, "roles": [],
    });
    let script = vec![
        stranger(),
        look("ada@x.example").answers(200, list(&[])),
        Expected::post("/Users", new_ada()).answers(409, error(409, Some("uniqueness"))),
        look("bea@x.example").answers(200, list(&[])),
        Expected::post("/Users", new_bea).answers(201, json!({"id": "u-2"})),
    ];
    let summary = cycle(&idp, &server, script).await;
    assert_eq!(
        (summary.failed, summary.created, summary.quarantined),
        (1, 1, false)
    );
    let escrow = idp.escrow(APP);
    assert_eq!(escrow.len(), 1);
    assert_eq!((escrow[0].object_id.as_str(), escrow[0].attempts), (ADA, 1));
    assert_eq!(escrow[0].reason, "status 409: uniqueness: no");

    let script = vec![
        look("ada@x.example").answers(200, list(&[])),
        Expected::post("/Users", new_ada()).answers(201, ada()),
    ];
    assert_eq!(cycle(&idp, &server, script).await.created, 1);
    assert_eq!(idp.escrow(APP), []);
}

#[tokio::test]
async fn the_schedule_leaves_alone_what_is_in_escrow() {
    let server = Script::start().await;
    let idp = start(directory(), &[ADA]).await;
    server.play(vec![
        stranger(),
        Expected::get("/Users?filter=userName eq \"ada@x.example\"").answers(400, error(400, None)),
    ]);
    let settings = Provisioning {
        every: Some(Duration::from_secs(1)),
        ..Provisioning::new(server.url(), TOKEN)
    };
    idp.set_provisioning(APP, settings).await.unwrap();
    until(|| server.is_played() && idp.escrow(APP).len() == 1).await;
    // Several more cycles are due by now, and none of them asks.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    server.assert_played();
    assert_eq!(idp.escrow(APP)[0].attempts, 1);
}

#[tokio::test]
async fn five_failures_in_a_row_put_the_job_into_quarantine() {
    for (people, quarantined) in [(4, false), (5, true), (6, true)] {
        let server = Script::start().await;
        let mut directory = directory();
        directory.people = (0..people)
            .map(|number| {
                let id = number.to_string();
                Person::new(id.as_str(), format!("{id}@x.example"), "P", id.as_str())
            })
            .collect();
        let ids: Vec<String> = (0..people).map(|number| number.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let idp = provisioned(&server, Dialect::Usual, directory, &ids).await;
        let mut script = vec![stranger()];
        for id in ids.iter().take(5) {
            let look = Expected::get(&format!("/Users?filter=userName eq \"{id}@x.example\""));
            script.push(look.answers(500, Value::Null));
        }
        let summary = cycle(&idp, &server, script).await;
        assert_eq!(summary.quarantined, quarantined, "{people}");
        assert_eq!(summary.failed, people.min(5));
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again_but_not_for_ever() {
    let server = Script::start().await;
    let idp = provisioned(&server, Dialect::Usual, directory(), &[ADA]).await;
    let busy = || stranger().answers(429, error(429, None)).retry_after("0");
    server.play(vec![busy(), busy(), busy(), stranger()]);
    assert_eq!(idp.test_connection(APP).await, Ok(()));
    server.assert_played();
    server.play(vec![busy(), busy(), busy(), busy()]);
    let tested = idp.test_connection(APP).await;
    assert!(
        matches!(tested, Err(ProvisionError::Connection(_))),
        "{tested:?}"
    );
    server.assert_played();
}

#[tokio::test]
async fn the_log_has_each_request_and_never_the_token() {
    let server = Script::start().await;
    let idp = provisioned(&server, Dialect::Usual, directory(), &[ADA]).await;
    cycle(&idp, &server, joins()).await;
    let lines = idp.provisioning_log(APP);
    let steps: Vec<(Step, Option<u16>)> =
        lines.iter().map(|line| (line.step, line.status)).collect();
    assert_eq!(
        steps,
        [
            (Step::TestConnection, Some(200)),
            (Step::Match, Some(200)),
            (Step::Create, Some(201)),
        ]
    );
    let (method, path) = lines[1].request.clone().unwrap();
    assert_eq!(method, "GET");
    assert_eq!(path, "/Users?filter=userName+eq+%22ada%40x.example%22");
    assert!(!format!("{lines:?}").contains(TOKEN));
    assert!(!format!("{idp:?}").contains(TOKEN));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let idp = start(directory(), &[ADA]).await;
    assert_eq!(idp.provision_now(APP).await, Err(ProvisionError::NotSetUp));
    assert_eq!(
        idp.provision_now("none").await,
        Err(ProvisionError::UnknownApp)
    );
    let beyond = Provisioning::new("http://app.example/scim", TOKEN);
    let expected = SettingsError::TenantUrl("http://app.example/scim".to_owned());
    let found = idp.set_provisioning(APP, beyond).await;
    assert_eq!(found, Err(ProvisionError::Settings(expected)));
    assert_eq!(idp.provision_now(APP).await, Err(ProvisionError::NotSetUp));
}
