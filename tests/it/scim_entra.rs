//! The whole life of a user and of a group as Entra's provisioning service sends it, in both of its dialects: without and
//! with `aadOptscim062020`.

use reqwest::Method;
use serde_json::Value;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::patch_op;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OBJECT_ID: &str = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef";

/// Sends as Entra does: with the flag in the address, if it reaches the request.
pub(crate) struct Entra {
    pub(crate) scim: Scim,
    flag: &'static str,
}

impl Entra {
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let path = match (self.flag, path.contains('?')) {
            ("", _) => path.to_owned(),
            (flag, true) => path.replacen('?', &format!("?{flag}&"), 1),
            (flag, false) => format!("{path}?{flag}"),
        };
        let request = self.scim.request(method, &path);
        answer(match body {
            Some(body) => request
                .header("content-type", "application/scim+json; charset=utf-8")
                .body(body.to_string()),
            None => request,
        })
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send(Method::PATCH, path, Some(patch_op(operations)))
            .await
    }
}

/// A server for each dialect.
pub(crate) async fn both() -> [Entra; 2] {
    let entra = async |flag| Entra {
        scim: Scim::start().await,
        flag,
    };
    [entra("").await, entra("aadOptscim062020").await]
}

#[tokio::test]
async fn a_connection_is_tested_with_a_name_that_nobody_has() {
    for entra in both().await {
        let test = "/Users?filter=userName+eq+%22c6ba8e1f-6d2e-4d6f-9a3a-0c1c8a7fa001%22";
        let answer = entra.get(test).await;
        assert_eq!(answer.status, 200);
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": [],
        });
        assert_eq!(answer.body, expected);
    }
}

fn created() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE, "urn:ietf:params:scim:schemas:extension:unknown:2.0:User"],
        "externalId": OBJECT_ID,
        "userName": "Adele.Vance@contoso.example",
        "active": "True",
        "displayName": "Adele Vance",
        "title": null,
        "emails": [{"primary": true, "type": "work", "value": "Adele.Vance@contoso.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Adele Vance", "familyName": "Vance", "givenName": "Adele"},
        "roles": [],
        ENTERPRISE: {"department": "Retail", "manager": null},
    })
}

#[tokio::test]
async fn a_user_joins_moves_leaves_and_comes_back() {
    for entra in both().await {
        let boss = entra.scim.user("boss@contoso.example").await;
        for filter in [
            format!("externalId eq \"{OBJECT_ID}\""),
            "userName eq \"adele.vance@contoso.example\"".to_owned(),
        ] {
            let found = entra.get(&format!("/Users?filter={filter}")).await;
            assert_eq!(found.body["totalResults"], 0);
        }
        let joined = entra.send(Method::POST, "/Users", Some(created())).await;
        assert_eq!(joined.status, 201, "{joined:?}");
        assert_eq!(joined.body["active"], json!(true));
        let path = format!("/Users/{}", joined.id());
        let twice = entra.send(Method::POST, "/Users", Some(created())).await;
        twice.is_error(409, Some("uniqueness"));

        let moved = match entra.flag {
            "" => json!([
                {"op": "Replace", "path": "displayName", "value": "Adele V."},
                {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": boss},
                {"op": "Add", "path": "addresses[type eq \"work\"].formatted", "value": "1 Main St"},
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "adele@contoso.example"},
                {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1"},
                {"op": "Replace", "path": "name.familyName", "value": ""},
                {"op": "Add", "value": {format!("{ENTERPRISE}:department"): "Sales", "name.givenName": "A."}},
            ]),
            _ => json!([
                {"op": "replace", "path": "displayName", "value": "Adele V."},
                {"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": boss}},
                {"op": "add", "path": "addresses[type eq \"work\"].formatted", "value": "1 Main St"},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "adele@contoso.example"},
                {"op": "add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1"},
                {"op": "remove", "path": "name.familyName"},
                {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
                {"op": "replace", "path": "name.givenName", "value": "A."},
            ]),
        };
        let moved = entra.patch(&path, moved).await;
        assert_eq!(moved.status, 200, "{moved:?}");
        assert_eq!(moved.body["displayName"], "Adele V.");
        assert_eq!(moved.body[ENTERPRISE]["manager"]["value"], json!(boss));
        assert_eq!(moved.body[ENTERPRISE]["department"], "Sales");
        assert_eq!(
            moved.body["name"],
            json!({"formatted": "Adele Vance", "givenName": "A."})
        );
        assert_eq!(moved.body["emails"][0]["value"], "adele@contoso.example");
        assert_eq!(
            moved.body["phoneNumbers"],
            json!([{"type": "mobile", "value": "+1"}])
        );
        assert_eq!(
            moved.body["addresses"],
            json!([{"type": "work", "formatted": "1 Main St"}])
        );

        for (value, active) in [("False", false), ("True", true)] {
            let value = if entra.flag.is_empty() {
                json!(value)
            } else {
                json!(active)
            };
            let change = json!([{"op": "Replace", "path": "active", "value": value}]);
            assert_eq!(
                entra.patch(&path, change).await.body["active"],
                json!(active)
            );
            // One who has left is found all the same.
            let found = entra
                .get(&format!("/Users?filter=externalId eq \"{OBJECT_ID}\""))
                .await;
            assert_eq!(found.body["Resources"][0]["active"], json!(active));
        }
        let gone = entra.patch(
            &path,
            json!([{"op": "Remove", "path": format!("{ENTERPRISE}:manager")}]),
        );
        assert_eq!(gone.await.body[ENTERPRISE].get("manager"), None);
        assert_eq!(entra.send(Method::DELETE, &path, None).await.status, 204);
        entra.get(&path).await.is_error(404, None);
    }
}

#[tokio::test]
async fn a_group_is_created_empty_filled_emptied_and_deleted() {
    for entra in both().await {
        let (ada, grace) = (entra.scim.user("ada").await, entra.scim.user("grace").await);
        let filter = "/Groups?excludedAttributes=members&filter=displayName eq \"Retail\"";
        assert_eq!(entra.get(filter).await.body["totalResults"], 0);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": OBJECT_ID, "displayName": "Retail", "members": [], "meta": {"resourceType": "Group"},
        });
        let created = entra.send(Method::POST, "/Groups", Some(body)).await;
        assert_eq!(created.status, 201, "{created:?}");
        let path = format!("/Groups/{}", created.id());
        let read = entra
            .get(&format!("{path}?excludedAttributes=members"))
            .await;
        assert_eq!(read.body["displayName"], "Retail");

        let (add, remove) = match entra.flag {
            "" => ("Add", "Remove"),
            _ => ("add", "remove"),
        };
        let both = json!([{"$ref": null, "value": ada}, {"$ref": null, "value": grace}]);
        for _ in 0..2 {
            let filled = entra.patch(
                &path,
                json!([{"op": add, "path": "members", "value": both}]),
            );
            assert_eq!(filled.await.status, 204);
        }
        let named =
            json!([{"op": remove, "path": "members", "value": [{"$ref": null, "value": ada}]}]);
        assert_eq!(entra.patch(&path, named).await.status, 204);
        let left = entra.get(&path).await;
        let left: Vec<_> = left.body["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|of| &of["value"])
            .collect();
        assert_eq!(left, [&json!(grace)], "one was named, and one went");
        let filtered = json!([{"op": remove, "path": format!("members[value eq \"{grace}\"]")}]);
        assert_eq!(entra.patch(&path, filtered).await.status, 204);
        assert_eq!(entra.get(&path).await.body.get("members"), None);
        let rename = json!([{"op": "Replace", "path": "displayName", "value": "Retail 2"}]);
        assert_eq!(entra.patch(&path, rename).await.status, 204);
        assert_eq!(entra.get(filter).await.body["totalResults"], 0);
        assert_eq!(entra.send(Method::DELETE, &path, None).await.status, 204);
    }
}

#[tokio::test]
async fn roles_move_their_primary_and_come_as_text() {
    for entra in both().await {
        let path = format!("/Users/{}", entra.scim.user("ada").await);
        let packed = json!([{"op": "Add", "path": "roles", "value": [
            {"value": "{\"id\":\"1\",\"value\":\"Reader\",\"displayName\":\"Reader\"}", "primary": "True"},
        ]}]);
        let first = entra.patch(&path, packed).await;
        assert_eq!(first.status, 200, "{first:?}");
        let second = json!([{"op": "Add", "path": "roles", "value": [{"value": "Writer", "primary": true}]}]);
        let second = entra.patch(&path, second).await;
        let roles = second.body["roles"].as_array().unwrap();
        let primary: Vec<_> = roles
            .iter()
            .filter(|role| role["primary"] == json!(true))
            .collect();
        assert_eq!(primary.len(), 1);
        assert_eq!(primary[0]["value"], "Writer");
        let rename = json!([{"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"}]);
        let renamed = entra.patch(&path, rename).await;
        assert_eq!(renamed.body["roles"][1]["value"], "Admin");
    }
}
