//! The life of a person and of a group, in both dialects.

use entrada::practice::Dialect;
use entrada::practice::ExternalId;
use entrada::practice::Matching;
use entrada::practice::Person;
use entrada::practice::Provisioning;
use entrada::practice::Summary;
use serde_json::Value;
use serde_json::json;

use super::ADA;
use super::APP;
use super::ENTERPRISE;
use super::NOTHING;
use super::SALES;
use super::TOKEN;
use super::ada;
use super::ada_with;
use super::cycle;
use super::directory;
use super::joins;
use super::list;
use super::new_ada;
use super::patch;
use super::provisioned;
use super::script::Expected;
use super::script::Script;
use super::start;

/// The operations of one change, in each of the dialects.
fn operations(dialect: Dialect, usual: Value, compliant: Value) -> Value {
    match dialect {
        Dialect::Usual => patch(usual),
        Dialect::Compliant => patch(compliant),
    }
}

fn set_active(dialect: Dialect, active: bool) -> Value {
    let text = if active { "True" } else { "False" };
    operations(
        dialect,
        json!([{"op": "Replace", "path": "active", "value": text}]),
        json!([{"op": "replace", "path": "active", "value": active}]),
    )
}

const BOTH: [Dialect; 2] = [Dialect::Usual, Dialect::Compliant];

#[tokio::test]
async fn a_person_joins_moves_leaves_comes_back_and_is_deleted() {
    for dialect in BOTH {
        let server = Script::start().await;
        let idp = provisioned(&server, dialect, directory(), &[ADA]).await;
        let created = Summary {
            created: 1,
            ..NOTHING
        };
        assert_eq!(cycle(&idp, &server, joins()).await, created);

        // Nothing has changed, so nothing is sent; the test of the connection has been stood.
        assert_eq!(cycle(&idp, &server, Vec::new()).await, NOTHING);

        idp.change_directory(|directory| {
            let ada = directory.person_mut(ADA).unwrap();
            ada.display_name = "Ada Lovelace".to_owned();
            ada.surname = "Lovelace".to_owned();
            ada.mail = Some("ada.l@x.example".to_owned());
            ada.department = Some("Research".to_owned());
            ada.job_title = None;
        });
        let department = format!("{ENTERPRISE}:department");
        let moved = operations(
            dialect,
            json!([
                {"op": "Replace", "path": "displayName", "value": "Ada Lovelace"},
                {"op": "Replace", "path": "title", "value": ""},
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ada.l@x.example"},
                {"op": "Replace", "path": "name.familyName", "value": "Lovelace"},
                {"op": "Replace", "path": "name.formatted", "value": "Ada Lovelace"},
                {"op": "Add", "path": department, "value": "Research"},
            ]),
            json!([
                {"op": "remove", "path": "title"},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada.l@x.example"},
                {"op": "add", "path": department, "value": "Research"},
                {"op": "replace", "value": {
                    "displayName": "Ada Lovelace", "name.familyName": "Lovelace", "name.formatted": "Ada Lovelace",
                }},
            ]),
        );
        let script = vec![
            Expected::get("/Users/u-1").answers(200, ada()),
            Expected::patch("/Users/u-1", moved),
        ];
        let updated = Summary {
            updated: 1,
            ..NOTHING
        };
        assert_eq!(cycle(&idp, &server, script).await, updated);

        let now = {
            let mut now = ada_with("displayName", json!("Ada Lovelace"));
            now["name"] =
                json!({"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"});
            now["emails"][0]["value"] = json!("ada.l@x.example");
            now[ENTERPRISE] = json!({"department": "Research"});
            now.as_object_mut().unwrap().remove("title");
            now
        };
        let inactive = |active: bool| {
            let mut inactive = now.clone();
            inactive["active"] = json!(active);
            vec![
                Expected::get("/Users/u-1").answers(200, inactive),
                Expected::patch("/Users/u-1", set_active(dialect, !active)),
            ]
        };
        let (disabled, enabled) = (
            Summary {
                disabled: 1,
                ..NOTHING
            },
            Summary {
                enabled: 1,
                ..NOTHING
            },
        );
        // Disabled, and hired again: the same id.
        idp.change_directory(|directory| directory.enable(ADA, false));
        assert_eq!(cycle(&idp, &server, inactive(true)).await, disabled);
        idp.change_directory(|directory| directory.enable(ADA, true));
        assert_eq!(cycle(&idp, &server, inactive(false)).await, enabled);
        // Unassigned, and assigned again.
        idp.unassign(APP, ADA);
        assert_eq!(cycle(&idp, &server, inactive(true)).await, disabled);
        assert_eq!(cycle(&idp, &server, Vec::new()).await, NOTHING);
        idp.assign(APP, ADA);
        assert_eq!(cycle(&idp, &server, inactive(false)).await, enabled);
        // Deleted, restored, deleted for good.
        idp.change_directory(|directory| directory.delete_person(ADA));
        assert_eq!(cycle(&idp, &server, inactive(true)).await, disabled);
        idp.change_directory(|directory| directory.restore_person(ADA));
        assert_eq!(cycle(&idp, &server, inactive(false)).await, enabled);
        idp.change_directory(|directory| {
            directory.delete_person(ADA) && directory.purge_person(ADA)
        });
        let script = vec![Expected::delete("/Users/u-1")];
        let deleted = Summary {
            deleted: 1,
            ..NOTHING
        };
        assert_eq!(cycle(&idp, &server, script).await, deleted);
        assert_eq!(cycle(&idp, &server, Vec::new()).await, NOTHING);
        assert!(idp.quarantine(APP).is_none());
        assert_eq!(idp.escrow(APP), []);
    }
}

#[tokio::test]
async fn a_group_is_created_empty_filled_renamed_emptied_and_deleted() {
    for dialect in BOTH {
        let server = Script::start().await;
        let idp = provisioned(&server, dialect, directory(), &[SALES]).await;
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group",
                "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "displayName": "Sales", "externalId": SALES, "meta": {"resourceType": "Group"},
        });
        let mut at_server = group.clone();
        at_server["id"] = json!("g-1");
        let mut script = joins();
        script.extend([
            Expected::get("/Groups?excludedAttributes=members&filter=displayName eq \"Sales\"")
                .answers(200, list(&[])),
            Expected::post("/Groups", group).answers(201, at_server.clone()),
            Expected::patch(
                "/Groups/g-1",
                operations(
                    dialect,
                    json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u-1"}]}]),
                    json!([{"op": "add", "path": "members", "value": [{"value": "u-1"}]}]),
                ),
            ),
        ]);
        let filled = Summary {
            created: 2,
            updated: 1,
            ..NOTHING
        };
        assert_eq!(cycle(&idp, &server, script).await, filled);

        idp.assign(APP, ADA);
        idp.change_directory(|directory| {
            directory.group_mut(SALES).unwrap().name = "Sales \"EMEA\"".to_owned();
            directory.set_member(SALES, ADA, false)
        });
        let script = vec![
            Expected::get("/Groups/g-1?excludedAttributes=members").answers(200, at_server),
            Expected::patch(
                "/Groups/g-1",
                operations(
                    dialect,
                    json!([{"op": "Replace", "path": "displayName", "value": "Sales \"EMEA\""}]),
                    json!([{"op": "replace", "path": "displayName", "value": "Sales \"EMEA\""}]),
                ),
            ),
            Expected::patch(
                "/Groups/g-1",
                operations(
                    dialect,
                    json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "u-1"}]}]),
                    json!([{"op": "remove", "path": "members[value eq \"u-1\"]"}]),
                ),
            ),
        ];
        let updated = Summary {
            updated: 2,
            ..NOTHING
        };
        assert_eq!(cycle(&idp, &server, script).await, updated);
        assert_eq!(cycle(&idp, &server, Vec::new()).await, NOTHING);

        idp.change_directory(|directory| directory.delete_group(SALES));
        let script = vec![Expected::delete("/Groups/g-1")];
        assert_eq!(
            cycle(&idp, &server, script).await,
            Summary {
                deleted: 1,
                ..NOTHING
            }
        );
    }
}

#[tokio::test]
async fn a_manager_is_set_once_both_are_there() {
    for dialect in BOTH {
        let server = Script::start().await;
        let mut directory = directory();
        directory.people[0].manager = Some("boss".to_owned());
        directory
            .people
            .push(Person::new("boss", "bea@x.example", "Bea", "Boss"));
        let idp = provisioned(&server, dialect, directory, &[ADA, "boss"]).await;
        let bea = || {
            let mut bea = new_ada();
            bea["userName"] = json!("bea@x.example");
            bea["displayName"] = json!("Bea Boss");
            bea["emails"][0]["value"] = json!("bea@x.example");
            bea["name"] =
                json!({"givenName": "Bea", "familyName": "Boss", "formatted": "Bea Boss"});
            bea["externalId"] = json!("bea");
            bea.as_object_mut().unwrap().remove("title");
            bea
        };
        let mut script = joins();
        script.extend([
            Expected::get("/Users?filter=userName eq \"bea@x.example\"").answers(200, list(&[])),
            Expected::post("/Users", bea()).answers(201, json!({"id": "u-2"})),
            Expected::patch(
                "/Users/u-1",
                operations(
                    dialect,
                    json!([{"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "u-2"}]),
                    json!([{"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "u-2"}}]),
                ),
            )
            .answers(200, ada()),
        ]);
        let summary = cycle(&idp, &server, script).await;
        assert_eq!(
            summary,
            Summary {
                created: 2,
                updated: 1,
                ..NOTHING
            }
        );

        idp.change_directory(|directory| directory.person_mut(ADA).unwrap().manager = None);
        let cleared = operations(
            dialect,
            json!([{"op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": ""}]),
            json!([{"op": "remove", "path": format!("{ENTERPRISE}:manager")}]),
        );
        let summary = cycle(&idp, &server, vec![Expected::patch("/Users/u-1", cleared)]).await;
        assert_eq!(
            summary,
            Summary {
                updated: 1,
                ..NOTHING
            }
        );
    }
}

#[tokio::test]
async fn whoever_the_app_has_already_is_found_by_the_attribute_that_was_chosen() {
    let server = Script::start().await;
    let idp = start(directory(), &[ADA, SALES]).await;
    let settings = Provisioning {
        external_id: ExternalId::ObjectId,
        match_users: Matching::ExternalId,
        match_groups: Matching::ExternalId,
        ..Provisioning::new(server.url(), TOKEN)
    };
    idp.set_provisioning(APP, settings).await.unwrap();
    let mut known = ada_with("externalId", json!(ADA));
    known["displayName"] = json!("A. King");
    known["nickName"] = json!("the app's own");
    let group = json!({"id": "g-1", "displayName": "Sales", "externalId": SALES});
    let script = vec![
        Expected::get("/Users?filter=externalId eq \"*\"").answers(200, list(&[])),
        Expected::get(&format!("/Users?filter=externalId eq \"{ADA}\""))
            .answers(200, list(&[known])),
        Expected::patch(
            "/Users/u-1",
            patch(json!([{"op": "Replace", "path": "displayName", "value": "Ada King"}])),
        ),
        Expected::get(&format!(
            "/Groups?excludedAttributes=members&filter=externalId eq \"{SALES}\""
        ))
        .answers(200, list(&[group])),
        Expected::patch(
            "/Groups/g-1",
            patch(
                json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u-1"}]}]),
            ),
        ),
    ];
    let summary = cycle(&idp, &server, script).await;
    assert_eq!(
        summary,
        Summary {
            matched: 2,
            updated: 2,
            ..NOTHING
        }
    );
}

#[tokio::test]
async fn somebody_who_is_disabled_is_found_but_never_created() {
    let server = Script::start().await;
    let mut directory = directory();
    directory.enable(ADA, false);
    let idp = provisioned(&server, Dialect::Usual, directory, &[ADA]).await;
    let look = || Expected::get("/Users?filter=userName eq \"ada@x.example\"");
    let script = vec![super::stranger(), look().answers(200, list(&[]))];
    let summary = cycle(&idp, &server, script).await;
    assert_eq!(
        summary,
        Summary {
            skipped: 1,
            ..NOTHING
        }
    );
    let script = vec![
        look().answers(200, list(&[ada()])),
        Expected::patch("/Users/u-1", set_active(Dialect::Usual, false)),
    ];
    let summary = cycle(&idp, &server, script).await;
    assert_eq!(
        summary,
        Summary {
            matched: 1,
            disabled: 1,
            ..NOTHING
        }
    );
}

#[tokio::test]
async fn somebody_whom_the_app_has_lost_is_created_anew() {
    let server = Script::start().await;
    let idp = provisioned(&server, Dialect::Usual, directory(), &[ADA]).await;
    cycle(&idp, &server, joins()).await;
    idp.change_directory(|directory| directory.person_mut(ADA).unwrap().job_title = None);
    let mut bare = new_ada();
    bare.as_object_mut().unwrap().remove("title");
    let script = vec![
        Expected::get("/Users/u-1").answers(404, super::error(404, None)),
        Expected::get("/Users?filter=userName eq \"ada@x.example\"").answers(200, list(&[])),
        Expected::post("/Users", bare).answers(201, json!({"id": "u-2"})),
    ];
    let summary = cycle(&idp, &server, script).await;
    assert_eq!(
        summary,
        Summary {
            created: 1,
            ..NOTHING
        }
    );
}
