//! The work that a body makes grows with the body, and no faster.

use std::time::Duration;
use std::time::Instant;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::tests::request;
use super::*;
use crate::scim::Draft;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::scim::limits;

/// Far more than any of these takes in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn read(body: Value) -> Result<Draft, ScimError> {
    Draft::read(body, Schemas::standard().resource_type(ResourceKind::User))
}

fn patch(before: Value, operations: Value) -> Result<Patched, ScimError> {
    let schemas = Schemas::standard();
    let before = read(before).unwrap().resource;
    let patch = request(ResourceKind::User, operations)?;
    patch.apply(&before, schemas.resource_type(ResourceKind::User))
}

fn many_emails() -> Value {
    let values = (0..limits::VALUES).map(|n| json!({"value": n.to_string()}));
    values.collect()
}

#[test]
fn a_text_that_goes_to_very_many_values_is_refused_where_it_makes_them_too_large() {
    let text = |length: usize| "x".repeat(length);
    let emails = json!({"userName": "ada", "emails": many_emails()});
    let write =
        |path: &str, length: usize| json!({"op": "replace", "path": path, "value": text(length)});
    // The last operation would make the values small again.
    let operations = json!([
        write("title", 100),
        write("emails.display", 60_000),
        write("emails.display", 1),
    ]);
    let error = patch(emails.clone(), operations).err().unwrap();
    let expected =
        "operation 2 (replace, path emails.display): expected at most 131072 bytes in one resource";
    assert_eq!(error.to_string(), expected);
    assert!(patch(emails, json!([write("emails.display", 100)])).is_ok());
    let body = |length: usize| json!({"userName": "ada", "emails": many_emails(), "emails.display": text(length)});
    assert_eq!(
        read(body(60_000)).err().unwrap().scim_type(),
        Some("tooMany")
    );
    assert!(read(body(100)).is_ok());
}

/// Objects under the URN of the resource can stand in each other, each with as many names as an object may have.
#[test]
fn a_post_writes_no_more_attributes_than_a_patch() {
    // One path in as many spellings.
    let path = |n: usize| format!("emails[value eq \"1\"{}].type", " ".repeat(n));
    let paths = || -> Map<String, Value> { (1..500).map(|n| (path(n), json!("work"))).collect() };
    let body = |more: &[&str]| {
        let mut inner = paths();
        inner.extend(more.iter().map(|name| (name.to_string(), json!("a"))));
        let mut body = paths();
        body.insert("userName".to_owned(), json!("ada"));
        body.insert(crate::scim::schema::USER.to_owned(), Value::Object(inner));
        json!(body)
    };
    assert!(read(body(&["title"])).is_ok());
    let expected = ScimError::TooMany {
        what: "attributes to write in one request",
        limit: limits::PATCH_OPERATIONS,
    };
    assert_eq!(read(body(&["title", "nickName"])).err(), Some(expected));
}

#[test]
fn comparisons_in_paths_are_counted_together() {
    let path = |terms: usize| {
        let terms = vec!["value co \"x\""; terms];
        format!("emails[{}]", terms.join(" or "))
    };
    let operation = json!({"op": "remove", "path": path(100)});
    let within = vec![operation.clone(); limits::PATH_TERMS / 100];
    assert!(request(ResourceKind::User, json!(within)).is_ok());
    let mut beyond = within;
    beyond.push(json!({"op": "remove", "path": path(1)}));
    let error = request(ResourceKind::User, json!(beyond)).err().unwrap();
    assert_eq!(error.scim_type(), Some("tooMany"));
    let said = error.to_string();
    assert!(
        said.starts_with("operation 21 (remove, path emails["),
        "{said}"
    );
    let expected = "expected at most 2000 comparisons in the paths of one request";
    assert!(said.ends_with(expected), "{said}");
}

/// Each value was held against each other one, with copies of what was compared.
#[test]
fn values_that_are_written_again_and_again_are_compared_without_copies() {
    let begun = Instant::now();
    let operation = json!({"op": "add", "path": "emails", "value": many_emails()});
    let before = json!({"userName": "ada", "emails": many_emails()});
    let patched = patch(before, json!(vec![operation; 200])).unwrap();
    assert_eq!(patched.changed, Vec::<String>::new());
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

/// The largest resource, a long name, and many operations.
#[test]
fn the_largest_user_is_patched_many_times() {
    let begun = Instant::now();
    let value = |n: usize| json!({"value": format!("{}{n}", "x".repeat(500))});
    let emails: Value = (0..limits::VALUES).map(value).collect();
    let name = "a".repeat(20_000);
    let mut operations = vec![json!({"op": "replace", "path": "userName", "value": name})];
    let title = |n: usize| json!({"op": "replace", "path": "title", "value": n.to_string()});
    operations.extend((1..100).map(title));
    operations.extend((100..200).map(|n| match n % 2 {
        0 => title(n),
        _ => json!({"op": "add", "path": "emails", "value": [value(n % 200)]}),
    }));
    let patched = patch(
        json!({"userName": "ada", "emails": emails}),
        json!(operations),
    )
    .unwrap();
    assert_eq!(patched.changed, ["userName", "title"]);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}
