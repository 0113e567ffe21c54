//! `entrada check` after sign-ons and provisioning that fell into a trap of Entra's portal.

use entrada::connection::GroupChange;
use entrada::saml::claim;
use reqwest::Client;
use serde_json::json;

use crate::cli_check::codes;
use crate::cli_explain_user::ADA;
use crate::cli_explain_user::Governed;
use crate::command_line::Workspace;
use crate::scim::answer;
use crate::scim::patch_op;
use crate::scim_serving::ScimSite;

fn found(place: &Workspace) -> Vec<String> {
    codes(&place.run(["check", "--offline", "--json"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_that_sign_ons_come_without_are_found() {
    let ada = json!({"userName": "ada@example.com", "externalId": ADA});
    let refresh = GroupChange::Refresh;
    let site = Governed::new(|acme| acme.group_change(refresh), &format!("{ada}\n")).await;
    let has = |code: &str| found(&site.place).contains(&code.to_owned());
    let about_claims = [
        "user-claim-not-sent",
        "groups-not-sent",
        "groups-sent-by-name",
    ];
    assert!(
        !about_claims.iter().any(|code| has(code)),
        "nobody came yet"
    );

    let turned_away = site.sign_on(&vec![(claim::NAME, "ada")]).await;
    assert_eq!(turned_away, "user-claim-missing");
    assert!(has("user-claim-not-sent"));

    let id = (claim::OBJECT_ID, ADA);
    assert_eq!(site.sign_on(&vec![id]).await, "let-in");
    assert!(!has("user-claim-not-sent"), "the last word of each counts");
    assert!(has("groups-not-sent"));

    let by_name = vec![id, (claim::GROUPS, "Board")];
    assert_eq!(site.sign_on(&by_name).await, "let-in");
    assert!(has("groups-sent-by-name") && !has("groups-not-sent"));

    let too_many = vec![id, (claim::GROUPS_LINK, "https://graph.windows.net/x")];
    assert_eq!(site.sign_on(&too_many).await, "let-in");
    assert!(has("groups-too-many-to-claim"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_without_an_id_empty_groups_and_refusals_are_found() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let has = |code: &str| found(&site.place).contains(&code.to_owned());
    let client = Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, body: serde_json::Value| {
        let request = client.post(format!("{}/{path}", site.url())).json(&body);
        answer(request.bearer_auth(&site.token)).await
    };
    let ada = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com"});
    let ada_id = post("Users", ada.clone()).await.id();
    assert!(has("external-id-missing"));

    let board =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Board"});
    let board_id = post("Groups", board).await.id();
    assert!(has("groups-without-members"));
    let member = json!([{"op": "Add", "path": "members", "value": [{"value": ada_id}]}]);
    let request = client.patch(format!("{}/Groups/{board_id}", site.url()));
    let request = request.json(&patch_op(member)).bearer_auth(&site.token);
    assert_eq!(answer(request).await.status, 204);
    assert!(!has("groups-without-members"));

    assert!(!has("provisioning-refused"));
    for _ in 0..8 {
        post("Users", ada.clone())
            .await
            .is_error(409, Some("uniqueness"));
    }
    // Refusals wait for each other before they are written.
    while !has("provisioning-refused") {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    server.stop();
}
