//! One fault at a time, and the cases that fail by it alone.

use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use super::NOTHING;
use super::broken::Broken;
use super::broken::Fault;
use super::case;
use super::cases;
use super::served::off;
use crate::child::Child;
use crate::command_line::Ran;

/// Faults, the cases that fail by them, and the optional ones that are warnings. Nobody else is touched, and nothing stays.
const FAULTS: &[(Fault, &[&str], &[&str])] = &[
    (Fault::None, &[], &[]),
    (
        Fault::ActiveIsText,
        &[
            "3 Disable_User",
            "6 Restore_User",
            "17 SCIM_User_Create",
            "booleans-as-texts",
        ],
        &[],
    ),
    (
        Fault::NobodyIsMissing,
        &[
            "1 Create_User",
            "2 Update_User",
            "3 Disable_User",
            "5 User_Update_Manager",
            "6 Restore_User",
            "7 POD_User",
            "8 Create_Group",
            "9 Update_Group",
            "11 Add_Member",
            "12 Remove_Member",
            "13 POD_Group",
            "test-connection",
            "test-connection-groups",
        ],
        &["4 Delete_User", "10 Delete_Group", "14 Restore_Group"],
    ),
    (
        Fault::NoGroupSchema,
        &[
            "8 Create_Group",
            "9 Update_Group",
            "11 Add_Member",
            "12 Remove_Member",
            "13 POD_Group",
            "19 SCIM_Group_Create",
            "20 SCIM_Group_Update",
            "filter-group-name",
            "filter-group-external-id",
            "remove-members-by-value",
            "remove-members-by-filter",
            "member-added-twice",
            "excluded-members",
        ],
        &[
            "10 Delete_Group",
            "14 Restore_Group",
            "24 Group_Pagination",
            "duplicate-group",
        ],
    ),
    (
        Fault::NoExternalIdInSchemas,
        &["15 Schema_Discoverability"],
        &[],
    ),
    (Fault::NobodyComesBack, &["6 Restore_User"], &[]),
    (Fault::RenamedGroupsAreEmpty, &["9 Update_Group"], &[]),
    (
        Fault::RemoveEmpties,
        &["12 Remove_Member", "remove-members-by-value"],
        &[],
    ),
    (Fault::EmptyTextIsKept, &["16 SCIM_Null_Update"], &[]),
    (Fault::NullIsKept, &["16 SCIM_Null_Update"], &[]),
    (
        Fault::PagesOverlap,
        &["23 User_Pagination"],
        &["24 Group_Pagination"],
    ),
    (Fault::NoToken, &["wrong-token"], &[]),
    (Fault::PlainJson, &[], &["content-type"]),
    (Fault::MembersAreShown, &["excluded-members"], &[]),
    (Fault::FilterHasCase, &["filter-user-name-case"], &[]),
    (Fault::StatusIsNumber, &["error-body"], &[]),
    (
        Fault::DuplicateIs400,
        &["duplicate-user"],
        &["duplicate-user-case", "duplicate-group"],
    ),
    (Fault::EmptyOperationsAreRefused, &[], &["empty-operations"]),
    (
        Fault::TextIsNoBoolean,
        &["3 Disable_User", "6 Restore_User", "booleans-as-texts"],
        &[],
    ),
    (
        Fault::NoExternalIdFilter,
        &["filter-external-id", "filter-group-external-id"],
        &[],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn one_fault_fails_the_cases_that_rest_on_it_and_no_others() {
    for (fault, failed, warnings) in FAULTS {
        let server = Broken::start(*fault).await;
        let before = server.bystander().await;
        let ran = server.validate(&[]).await;
        let ran = ran.exits(i32::from(!failed.is_empty()));
        let report = ran.json();
        assert_eq!(cases(&report, "failed"), *failed, "{fault:?}: {report:#}");
        assert_eq!(
            cases(&report, "warning"),
            *warnings,
            "{fault:?}: {report:#}"
        );
        assert_eq!(report["left"], json!([]), "{fault:?}");
        assert_eq!(server.names().await, ["bystander"], "{fault:?}");
        assert_eq!(server.bystander().await, before, "{fault:?}");
    }
}

/// Servers that are broken as a whole: what they were asked for is told as it was found, and nobody else is changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_nonsense_fails_and_nobody_else_is_changed() {
    for (fault, name, found) in [
        (Fault::NoFilters, "test-connection", "of them"),
        (Fault::PostAnswersAnother, "Create_User", "another"),
        (
            Fault::PostAnswersHtml,
            "SCIM_User_Create",
            "status 200 with what is no JSON",
        ),
        (
            Fault::MarkupInErrors,
            "SCIM_User_Create",
            "status 400: <script>",
        ),
        (Fault::ListsAreWrong, "test-connection", "status 200 with"),
        (
            Fault::PatchFails,
            "SCIM_User_Update",
            "status 500 with what is no JSON: xxx",
        ),
        (Fault::PostIsEndless, "SCIM_Group_Create", "more"),
    ] {
        let server = Broken::start(fault).await;
        let before = server.bystander().await;
        let report = server.validate(&[]).await.exits(1).json();
        let case = case(&report, name);
        assert_eq!(case["outcome"], "failed", "{fault:?}: {report:#}");
        let said = case["found"].as_str().unwrap();
        assert!(
            said.contains(found) && said.len() < 2000,
            "{fault:?}: {said}"
        );
        assert_eq!(server.bystander().await, before, "{fault:?}");
        // What such a server made without saying so is found by its name.
        let names = server.names().await;
        let left = report["left"].as_array().unwrap();
        assert!(
            names == ["bystander"] || !left.is_empty(),
            "{fault:?}: {names:?}"
        );
    }
}

/// A server that answers with ids of others, or with none that stands for one object, is asked to change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_under_an_id_that_was_not_shown_to_be_ours() {
    for fault in [
        Fault::PostAnswersIdOfAnother,
        Fault::PostAnswersDots,
        Fault::GetShowsAnother,
    ] {
        let server = Broken::start(fault).await;
        let before = server.bystander().await;
        let report = server.validate(&[]).await.exits(1).json();
        for name in ["Delete_User", "Delete_Group", "Restore_Group"] {
            // The only one of these without a person.
            let is_untouched = fault == Fault::GetShowsAnother && name == "Delete_Group";
            let outcome = &case(&report, name)["outcome"];
            assert_eq!(
                *outcome == "passed",
                is_untouched,
                "{fault:?} {name}: {report:#}"
            );
        }
        let other = before["id"].as_str().unwrap();
        for change in server.changes() {
            let id = change.rsplit('/').next().unwrap();
            assert!(change.matches('/').count() == 2, "{fault:?}: {change}");
            assert!(![other, "", ".."].contains(&id), "{fault:?}: {change}");
        }
        assert_eq!(server.bystander().await, before, "{fault:?}");
        // What an id does not lead to is removed by its name, unless the server shows others there too.
        if fault != Fault::GetShowsAnother {
            assert_eq!(server.names().await, ["bystander"], "{fault:?}");
        }
        // Nor does a report tell who they are.
        let report = report.to_string();
        for theirs in ["bystander", "Chancellor"] {
            assert!(!report.contains(theirs), "{fault:?}: {report}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_removed_is_listed() {
    for (fault, reason) in [
        (
            Fault::DeleteDoesNothing,
            "it was deleted with success, and is still there",
        ),
        (Fault::Redirects, "status 307"),
    ] {
        let server = Broken::start(fault).await;
        let report = server.validate(&[]).await.json();
        let left = report["left"].as_array().unwrap();
        assert!(!left.is_empty() && server.names().await.len() > 1);
        for one in left {
            let one = one.as_str().unwrap().to_lowercase();
            assert!(
                one.contains("entrada-validate-") && one.contains(reason),
                "{one}"
            );
        }
    }
    let server = Broken::start(Fault::DeleteDoesNothing).await;
    let ran = server.run(server.url(), &[]).await.exits(0);
    assert!(ran.stdout.contains("\nStill at the server\n"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_an_answer_fails_its_case_and_the_run_goes_on() {
    let server = Broken::start(Fault::PagesHang).await;
    let report = server.validate(&["--timeout", "8s"]).await.exits(1).json();
    assert_eq!(
        cases(&report, "failed"),
        ["23 User_Pagination"],
        "{report:#}"
    );
    assert_eq!(cases(&report, "warning"), ["24 Group_Pagination"]);
    let found = &case(&report, "User_Pagination")["found"];
    assert_eq!(found, "no answer within 8s");
    assert_eq!(server.names().await, ["bystander"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_nothing_more_is_given_up() {
    let server = Broken::start(Fault::EverythingHangs).await;
    let report = server.validate(&["--timeout", "1s"]).await.exits(1).json();
    let tried = |test: &&Value| !test["found"].as_str().unwrap().starts_with("not tried");
    let tests = report["tests"].as_array().unwrap();
    assert_eq!(tests.iter().filter(tried).count(), 3, "{report:#}");
    assert_eq!(report["passed"], 0);
    let left = report["left"].as_array().unwrap();
    assert!(
        left.last().unwrap().as_str().unwrap().contains("not tried"),
        "{left:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_with_a_fault_fails_its_case_alone() {
    for (fault, below, failed) in [
        (Fault::None, false, &NOTHING[..]),
        (Fault::TokenIsShort, false, &["21 Validate_Credentials"]),
        (Fault::TokenHasNoEnd, false, &["21 Validate_Credentials"]),
        (
            Fault::TokenOpensNothing,
            false,
            &["21 Validate_Credentials"],
        ),
        (Fault::AnySecret, false, &["wrong-client-secret"]),
        (Fault::None, true, &["token-endpoint-place"]),
    ] {
        let server = Broken::start(fault).await;
        let token_url = server.token_url(below);
        let credential = [
            "--client-id",
            "a:b",
            "--client-secret",
            "s e&cret",
            "--token-url",
            &token_url,
        ];
        let report = server.validate(&credential).await;
        let report = report.exits(i32::from(!failed.is_empty())).json();
        assert_eq!(cases(&report, "failed"), failed, "{fault:?}: {report:#}");
        assert_eq!(
            cases(&report, "not-applicable"),
            ["22 Federated_Identity", "changed-assertion"]
        );
        let has_remark = report["remarks"].as_array().unwrap().len() == 1;
        assert_eq!(
            has_remark,
            failed == ["21 Validate_Credentials"],
            "{report:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_removes_what_it_made() {
    let server = Broken::start(Fault::PagesHang).await;
    let mut command = server.command(&["--timeout", "3600s", "--json"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = Child::start(command);
    server.hangs().await;
    assert!(server.names().await.len() > 1);
    let mut kill = Command::new("kill");
    assert!(
        kill.args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let ran = off(move || Ran::from(child.output())).await.exits(130);
    assert_eq!(ran.json()["error"], "stopped");
    assert!(
        ran.stderr.contains("everything that was made is removed"),
        "{ran:?}"
    );
    assert_eq!(server.names().await, ["bystander"]);
}
