//! The requests by which Entra finds again what it has provisioned, and those that it sends a second time.

use reqwest::Method;
use serde_json::Value;
use serde_json::json;

use crate::scim::patch_op;
use crate::scim_entra::both;

const OBJECT_ID: &str = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef";

fn members(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().into_iter().flatten();
    members.map(|of| of["value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_user_is_found_by_its_matching_attribute() {
    for entra in both().await {
        let body = json!({"userName": "Adele.Vance@contoso.example", "externalId": OBJECT_ID, "active": false});
        let id = entra.scim.post("/Users", body).await.id();
        entra.scim.user("grace@contoso.example").await;
        for (filter, is_met) in [
            // userName without case; externalId exactly, as both schemas say.
            ("userName eq \"adele.vance@CONTOSO.example\"", true),
            (&format!("externalId eq \"{OBJECT_ID}\""), true),
            (
                &format!("externalId eq \"{}\"", OBJECT_ID.to_uppercase()),
                false,
            ),
            (
                &format!(
                    "userName eq \"adele.vance@contoso.example\" and externalId eq \"{OBJECT_ID}\""
                ),
                true,
            ),
            (&format!("id eq \"{id}\" and active eq \"False\""), true),
            (&format!("id eq \"{id}\" and active eq \"True\""), false),
            ("USERNAME EQ \"adele.vance@contoso.example\"", true),
            ("userName eq \"adele.vance@contoso.example.\"", false),
        ] {
            let found = entra.get(&format!("/Users?filter={filter}")).await;
            assert_eq!(found.status, 200, "{filter}: {found:?}");
            let ids: Vec<_> = found.body["Resources"].as_array().unwrap().iter().collect();
            let expected = if is_met { vec![id.as_str()] } else { vec![] };
            let ids: Vec<_> = ids
                .iter()
                .map(|user| user["id"].as_str().unwrap())
                .collect();
            assert_eq!(ids, expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn a_group_is_found_by_its_matching_attribute_and_read_without_members() {
    for entra in both().await {
        let ada = entra.scim.user("ada").await;
        // Members that come with the creation count.
        let body =
            json!({"displayName": "Retail", "externalId": OBJECT_ID, "members": [{"value": ada}]});
        let created = entra.send(Method::POST, "/Groups", Some(body)).await;
        assert_eq!(created.status, 201, "{created:?}");
        assert_eq!(members(&created.body), [&ada]);
        for filter in [
            "displayName eq \"retail\"".to_owned(),
            format!("externalId eq \"{OBJECT_ID}\""),
        ] {
            let path = format!("/Groups?excludedAttributes=members&filter={filter}");
            let found = entra.get(&path).await;
            assert_eq!(found.body["totalResults"], 1, "{filter}");
            let group = &found.body["Resources"][0];
            assert_eq!(
                (group["id"].as_str(), group.get("members")),
                (Some(created.id().as_str()), None)
            );
        }
    }
}

#[tokio::test]
async fn a_leaver_who_comes_back_has_the_same_id() {
    for entra in both().await {
        let body = json!({"userName": "ada@contoso.example", "externalId": OBJECT_ID});
        let id = entra.scim.post("/Users", body).await.id();
        let path = format!("/Users/{id}");
        for active in ["False", "True"] {
            let change = json!([{"op": "Replace", "path": "active", "value": active}]);
            assert_eq!(entra.patch(&path, change).await.status, 200);
            let filter = format!("/Users?filter=externalId eq \"{OBJECT_ID}\"");
            let found = entra.get(&filter).await;
            let user = &found.body["Resources"][0];
            assert_eq!(user["id"], json!(id));
            assert_eq!(user["active"], json!(active == "True"));
        }
    }
}

#[tokio::test]
async fn what_is_sent_again_is_success_and_changes_nothing() {
    for entra in both().await {
        let (ada, grace) = (entra.scim.user("ada").await, entra.scim.user("grace").await);
        let group = format!("/Groups/{}", entra.scim.group("Retail", &[&ada]).await);
        let version = entra.get(&group).await.header("etag").to_owned();
        for operation in [
            json!({"op": "Add", "path": "members", "value": [{"value": ada}]}),
            json!({"op": "Remove", "path": "members", "value": [{"value": grace}]}),
            json!({"op": "Remove", "path": format!("members[value eq \"{grace}\"]")}),
            json!({"op": "Replace", "path": "displayName", "value": "Retail"}),
        ] {
            let again = entra.patch(&group, json!([operation])).await;
            assert_eq!(again.status, 204, "{operation}: {again:?}");
            let read = entra.get(&group).await;
            assert_eq!(
                (members(&read.body), read.header("etag")),
                (vec![ada.as_str()], version.as_str()),
                "{operation}"
            );
        }
    }
}

#[tokio::test]
async fn both_dialects_arrive_at_one_server() {
    for entra in both().await {
        let path = format!("/Users/{}", entra.scim.user("ada").await);
        for (op, value, expected) in [
            ("Replace", json!("False"), false),
            ("replace", json!(true), true),
            ("Replace", json!("false"), false),
            ("Add", json!("True"), true),
            ("replace", json!(false), false),
        ] {
            let operation = json!([{"op": op, "path": "active", "value": value}]);
            // With and without the flag, which does not reach every request.
            let flagged = entra.patch(&path, operation.clone()).await;
            assert_eq!(
                (flagged.status, &flagged.body["active"]),
                (200, &json!(expected))
            );
            let plain = entra
                .scim
                .send(Method::PATCH, &path, patch_op(operation))
                .await;
            assert_eq!(plain.body, flagged.body);
        }
    }
}
