//! Names of users: what they may hold, when two are one, and who finds them by which spelling.

use reqwest::Method;
use serde_json::Value;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::Scim;

async fn find(scim: &Scim, filter: &str) -> Answer {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("filter", filter)
        .finish();
    scim.get(&format!("/Users?{query}")).await
}

fn named(name: &str) -> Value {
    json!({ "userName": name })
}

/// Pairs: each part is another spelling of one name.
const SPELLINGS: [(&str, &str); 7] = [
    ("jos\u{e9}@x.example", "jose\u{301}@x.example"),
    ("JOSE\u{301}@x.example", "jos\u{e9}@x.example"),
    ("bob@x.example", "\u{ff42}\u{ff4f}\u{ff42}@x.example"),
    ("kate@x.example", "\u{212a}ate@x.example"),
    ("Ana Mar\u{ed}a", "ana mari\u{301}a"),
    ("\u{2603}\u{e9}@x.example", "\u{2603}e\u{301}@x.example"),
    ("ada@x.example", "ADA\u{ff20}x.example"),
];

#[tokio::test]
async fn a_name_is_stored_as_it_was_sent_and_taken_in_every_spelling() {
    let scim = Scim::start().await;
    for (first, second) in SPELLINGS {
        let created = scim.post("/Users", named(first)).await;
        assert_eq!(created.status, 201, "{created:?}");
        assert_eq!(created.body["userName"], first);
        let path = format!("/Users/{}", created.id());
        assert_eq!(scim.get(&path).await.body["userName"], first);
        let twin = scim.post("/Users", named(second)).await;
        twin.is_error(409, Some("uniqueness"));
        // By both spellings the user is found, and by whatever else compares names.
        for name in [first, second] {
            for filter in [
                format!("userName eq {}", json!(name)),
                format!("userName sw {}", json!(name)),
                format!("userName co {}", json!(name)),
                format!("not (userName ne {})", json!(name)),
                format!("userName eq {} and active eq true", json!(name)),
                format!("userName eq {} and not (title pr)", json!(name)),
            ] {
                let found = find(&scim, &filter).await;
                assert_eq!(found.names(), [first], "{filter}");
            }
        }
        // Another user gets the name by no request.
        let other = scim.user("other").await;
        let other = format!("/Users/{other}");
        let put = scim.put(&other, named(second)).await;
        put.is_error(409, Some("uniqueness"));
        let replace = json!([{ "op": "Replace", "path": "userName", "value": second }]);
        let patched = scim.patch(&other, replace.clone()).await;
        patched.is_error(409, Some("uniqueness"));
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "a", "data": named(second) }],
        });
        let bulk = scim.post("/Bulk", bulk).await;
        assert_eq!(bulk.body["Operations"][0]["status"], "409", "{bulk:?}");
        // The user itself may be spelled anew.
        let patched = scim.patch(&path, replace).await;
        assert_eq!(patched.status, 200, "{patched:?}");
        assert_eq!(patched.body["userName"], second);
        assert_eq!(scim.delete(&other).await.status, 204);
        assert_eq!(scim.delete(&path).await.status, 204);
        // The name is free again.
        let again = scim.post("/Users", named(first)).await;
        assert_eq!(again.status, 201, "{again:?}");
        assert_eq!(
            scim.delete(&format!("/Users/{}", again.id())).await.status,
            204
        );
    }
}

#[tokio::test]
async fn of_twenty_at_once_with_one_name_one_is_created() {
    let scim = Scim::start().await;
    let posts = (0..20).map(|number| {
        let name = match number % 2 {
            0 => "jos\u{e9}@x.example",
            _ => "jose\u{301}@x.example",
        };
        scim.post("/Users", named(name))
    });
    let answers = futures(posts).await;
    let created = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(created.count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [201, 409].contains(&answer.status))
    );
}

#[tokio::test]
async fn lists_are_sorted_by_the_key_of_names() {
    let scim = Scim::start().await;
    for name in ["c", "\u{ff22}", "a"] {
        scim.user(name).await;
    }
    let listed = scim.get("/Users?sortBy=userName").await;
    assert_eq!(listed.names(), ["a", "\u{ff22}", "c"]);
    let listed = scim
        .get("/Users?sortBy=userName&filter=not+(title+pr)")
        .await;
    assert_eq!(listed.names(), ["a", "\u{ff22}", "c"]);
}

#[tokio::test]
async fn a_name_with_what_nobody_sees_is_refused_and_the_character_named() {
    let scim = Scim::start().await;
    let user = format!("/Users/{}", scim.user("ada").await);
    for (name, character) in [
        ("a\tb", "U+0009"),
        ("a\nb", "U+000A"),
        ("a\u{1b}b", "U+001B"),
        ("a\u{7f}", "U+007F"),
        ("a\u{9b}", "U+009B"),
        ("a\u{202e}b", "U+202E"),
        ("a\u{2067}b", "U+2067"),
        ("zero\u{200b}width", "U+200B"),
        ("a\u{feff}", "U+FEFF"),
        ("a\u{2060}", "U+2060"),
        (" ", "U+0020"),
        ("\u{3000}", "U+3000"),
    ] {
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "a", "data": named(name) }],
        });
        for answer in [
            scim.post("/Users", named(name)).await,
            scim.put(&user, named(name)).await,
            scim.patch(
                &user,
                json!([{ "op": "Replace", "path": "userName", "value": name }]),
            )
            .await,
            scim.patch(&user, json!([{ "op": "Replace", "value": named(name) }]))
                .await,
        ] {
            answer.is_error(400, Some("invalidValue"));
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(detail.contains("userName"), "{detail}");
            assert!(detail.contains(character), "{detail}");
        }
        let bulk = scim.post("/Bulk", bulk).await;
        let done = &bulk.body["Operations"][0];
        assert_eq!(done["status"], "400", "{bulk:?}");
        assert!(
            done["response"]["detail"]
                .as_str()
                .unwrap()
                .contains(character)
        );
    }
    assert_eq!(scim.get(&user).await.body["userName"], "ada");
    // The names that are allowed.
    for name in [
        "Ada Lovelace",
        "\u{1f600}",
        "\u{5d0}\u{5d1}",
        "o'neil+x@y.example",
        "stra\u{df}e",
    ] {
        let created = scim.send(Method::POST, "/Users", named(name)).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
}

/// Waits for all of these at once.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (running, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = running.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
