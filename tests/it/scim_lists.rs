//! Lists, searches and what a client reads about the server, over HTTP.

use entrada::provisioning::LogOperation;
use serde_json::Value;
use serde_json::json;

use crate::scim::Scim;

async fn with_people() -> Scim {
    let scim = Scim::start().await;
    for (name, title, active) in [
        ("ada@example.com", "Countess", true),
        ("grace@example.com", "Admiral", true),
        ("mary@example.org", "Author", false),
    ] {
        let body = json!({
            "userName": name, "title": title, "active": active, "externalId": title,
            "emails": [{"type": "work", "value": name, "primary": true}],
        });
        assert_eq!(scim.post("/Users", body).await.status, 201);
    }
    scim.group("Engines", &[]).await;
    scim
}

#[tokio::test]
async fn filters_find_by_index_and_by_looking() {
    let scim = with_people().await;
    for (filter, expected) in [
        ("userName eq \"ADA@example.com\"", vec!["ada@example.com"]),
        ("userName eq \"nobody\"", vec![]),
        ("externalId eq \"Admiral\"", vec!["grace@example.com"]),
        ("externalId eq \"admiral\"", vec![]),
        (
            "emails[type eq \"work\"].value eq \"mary@example.org\"",
            vec!["mary@example.org"],
        ),
        (
            "emails[type eq \"home\" and value eq \"mary@example.org\"]",
            vec![],
        ),
        ("active eq \"False\"", vec!["mary@example.org"]),
        (
            "userName ew \".com\" and not (title sw \"C\")",
            vec!["grace@example.com"],
        ),
        ("title co \"t\" and active eq true", vec!["ada@example.com"]),
        (
            "title gt \"B\" or externalId eq \"Author\"",
            vec!["ada@example.com", "mary@example.org"],
        ),
        (
            "meta.created ge \"2026-11-22T10:00:00Z\" and nickName pr",
            vec![],
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:title eq \"author\"",
            vec!["mary@example.org"],
        ),
    ] {
        let path = format!("/Users?sortBy=userName&filter={filter}");
        let list = scim.get(&path).await;
        assert_eq!(list.status, 200, "{filter}: {list:?}");
        assert_eq!(list.names(), expected, "{filter}");
        assert_eq!(list.body["totalResults"], json!(expected.len()), "{filter}");
    }
}

#[tokio::test]
async fn a_look_up_is_logged_with_what_was_looked_for_and_a_list_is_not() {
    let scim = with_people().await;
    scim.get("/Users?count=1").await;
    scim.get("/Users?filter=userName eq \"Nobody@example.com\"")
        .await;
    let entry = scim
        .logged(|entry| entry.operation == LogOperation::Search)
        .await;
    assert_eq!(
        (entry.status, entry.subject.as_deref()),
        (200, Some("nobody@example.com"))
    );
    assert_eq!(scim.log().await.len(), 5);
}

#[tokio::test]
async fn pages_by_number_and_order() {
    let scim = with_people().await;
    let all = ["ada@example.com", "grace@example.com", "mary@example.org"];
    for (query, names, total) in [
        ("sortBy=userName", &all[..], 3),
        ("sortBy=userName&count=2", &all[..2], 3),
        ("sortBy=userName&startIndex=3&count=2", &all[2..], 3),
        ("startIndex=4", &[], 3),
        ("count=0", &[], 3),
        ("sortBy=userName&startIndex=-1&count=1", &all[..1], 3),
        ("count=-1", &[], 3),
        ("sortBy=title", &[all[1], all[2], all[0]], 3),
        ("sortBy=title&sortOrder=descending&count=1", &all[..1], 3),
        (
            "sortBy=userName&sortOrder=descending&startIndex=2",
            &[all[1], all[0]],
            3,
        ),
    ] {
        let list = scim.get(&format!("/Users?{query}")).await;
        assert_eq!(list.names(), names, "{query}");
        assert_eq!(list.body["totalResults"], json!(total), "{query}");
        assert_eq!(list.body["itemsPerPage"], json!(names.len()), "{query}");
    }
}

#[tokio::test]
async fn a_walk_by_cursor_meets_everybody_who_was_there_throughout_once() {
    let scim = Scim::start().await;
    let mut ids = Vec::new();
    for n in 0..25 {
        ids.push(scim.user(&format!("user-{n}")).await);
    }
    let (mut met, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim.get(&format!("/Users?count=4&cursor={cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let resources = page.body["Resources"].as_array().unwrap();
        met.extend(
            resources
                .iter()
                .map(|of| of["id"].as_str().unwrap().to_owned()),
        );
        // Whoever was met first goes, and somebody comes.
        if let Some(gone) = ids.iter().position(|id| met.last() == Some(id)) {
            scim.delete(&format!("/Users/{}", ids.remove(gone))).await;
        }
        scim.user(&format!("late-{}", met.len())).await;
        match page.body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        assert!(met.len() < 200, "the walk does not end");
    }
    for id in ids {
        assert_eq!(met.iter().filter(|one| **one == id).count(), 1, "{id}");
    }
}

#[tokio::test]
async fn the_root_holds_users_and_then_groups() {
    let scim = with_people().await;
    let list = scim.get("/?sortBy=externalId").await;
    let all = [
        "grace@example.com",
        "mary@example.org",
        "ada@example.com",
        "Engines",
    ];
    assert_eq!(list.names(), all);
    assert_eq!(list.body["totalResults"], 4);
    let list = scim.get("?sortBy=externalId&startIndex=3&count=2").await;
    assert_eq!(
        (list.names(), &list.body["totalResults"]),
        (all[2..].to_vec(), &json!(4))
    );
    let list = scim.get("?sortBy=externalId&startIndex=4&count=2").await;
    assert_eq!(list.names(), all[3..]);
    let filter = "?filter=displayName eq \"engines\" or title eq \"author\"";
    assert_eq!(scim.get(filter).await.names(), [all[1], all[3]]);

    let (mut met, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim.get(&format!("?count=2&cursor={cursor}")).await;
        met.extend(page.names().into_iter().map(str::to_owned));
        match page.body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    met.sort();
    assert_eq!(
        met,
        [
            "Engines",
            "ada@example.com",
            "grace@example.com",
            "mary@example.org"
        ]
    );
}

#[tokio::test]
async fn a_search_is_a_list_whose_parameters_nobody_writes_into_a_log() {
    let scim = with_people().await;
    let search = |body: Value| {
        let mut body = body;
        body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]);
        body
    };
    let body = search(json!({"filter": "title eq \"author\"", "attributes": ["title"]}));
    let list = scim.post("/Users/.search", body.clone()).await;
    assert_eq!(list.status, 200);
    assert_eq!(list.body["Resources"][0]["title"], "Author");
    assert_eq!(list.body["Resources"][0].get("userName"), None);
    assert_eq!(
        scim.post("/.search", body.clone()).await.body["totalResults"],
        1
    );
    assert_eq!(
        scim.post("/Groups/.search", body).await.body["totalResults"],
        0
    );
    let bare = json!({"filter": "title pr"});
    scim.post("/.search", bare)
        .await
        .is_error(400, Some("invalidSyntax"));
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused_with_its_keyword() {
    let scim = with_people().await;
    let first = scim.get("/Users?count=1&cursor=").await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let deep = format!("{}title pr{}", "(".repeat(40), ")".repeat(40));
    for (query, scim_type) in [
        ("filter=userName eq", "invalidFilter"),
        ("filter=userName", "invalidFilter"),
        ("filter=active gt true", "invalidFilter"),
        (&format!("filter={deep}"), "invalidFilter"),
        ("count=many", "invalidCount"),
        ("startIndex=first", "invalidValue"),
        ("sortBy=nothing", "invalidValue"),
        ("sortOrder=upwards", "invalidValue"),
        ("cursor=nonsense", "invalidCursor"),
        (&format!("filter=title pr&cursor={cursor}"), "invalidCursor"),
        ("sortBy=title&cursor=", "invalidValue"),
        ("startIndex=1&cursor=", "invalidValue"),
        ("count=1&count=2", "invalidSyntax"),
    ] {
        let answer = scim.get(&format!("/Users?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        answer.is_error(400, Some(scim_type));
    }
    let groups = scim.get(&format!("/Groups?cursor={cursor}")).await;
    groups.is_error(400, Some("invalidCursor"));
}

#[tokio::test]
async fn a_client_reads_what_the_server_can_do() {
    let scim = Scim::start().await;
    let config = scim.get("/ServiceProviderConfig").await;
    assert_eq!(config.status, 200);
    assert_eq!(config.body["bulk"]["maxOperations"], 1000);
    assert_eq!(config.body["bulk"]["maxPayloadSize"], 4 * 1024 * 1024);
    assert_eq!(config.body["filter"]["maxResults"], 1000);
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    for (path, ids) in [
        ("/ResourceTypes", vec!["User", "Group"]),
        (
            "/Schemas",
            vec![
                user,
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                "urn:ietf:params:scim:schemas:core:2.0:Group",
            ],
        ),
    ] {
        let list = scim.get(path).await;
        let found = list.body["Resources"].as_array().unwrap().iter();
        assert_eq!(
            found
                .map(|of| of["id"].as_str().unwrap())
                .collect::<Vec<_>>(),
            ids
        );
        for (index, id) in ids.iter().enumerate() {
            let one = scim.get(&format!("{path}/{id}")).await;
            assert_eq!(
                (one.status, &one.body),
                (200, &list.body["Resources"][index])
            );
        }
        scim.get(&format!("{path}/nothing"))
            .await
            .is_error(404, None);
        scim.get(&format!("{path}?filter=id pr"))
            .await
            .is_error(403, None);
    }
    scim.get("/Me").await.is_error(501, None);
}

#[tokio::test]
async fn what_sorts_one_type_need_not_be_there_in_another() {
    let scim = Scim::start().await;
    for name in ["ada", "Carl", "bob"] {
        scim.user(name).await;
    }
    scim.group("staff", &[]).await;
    let search = |by: &str| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
        json!({"schemas": schemas, "sortBy": by, "sortOrder": "descending"})
    };
    let list = scim.post("/.search", search("userName")).await;
    assert_eq!(list.names(), ["Carl", "bob", "ada", "staff"]);
    for by in ["name", "nothing"] {
        let refused = scim.post("/.search", search(by)).await;
        refused.is_error(400, Some("invalidValue"));
    }
}
