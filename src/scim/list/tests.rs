use std::cmp::Ordering;

use serde_json::Value;
use serde_json::json;

use super::sort::SortKey;
use super::*;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::scim::ScimError;

const LIMITS: PageLimits = PageLimits {
    most: 200,
    default: 100,
};

fn query(text: &str) -> Result<ListQuery, ScimError> {
    let schemas = Schemas::standard();
    let of = schemas.resource_type(ResourceKind::User);
    Parameters::from_query(text)?.resolve(of, LIMITS)
}

fn search(mut body: Value) -> Result<ListQuery, ScimError> {
    let schemas = Schemas::standard();
    let of = schemas.resource_type(ResourceKind::User);
    body["schemas"] = json!([SEARCH_REQUEST]);
    Parameters::from_search(body)?.resolve(of, LIMITS)
}

fn document(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn an_address_and_a_search_ask_the_same() {
    let by_address = query(
        "filter=userName%20eq%20%22a%22&sortBy=userName&sortOrder=descending&startIndex=3&count=7&attributes=userName,%20name.givenName&aadOptscim062020",
    );
    let by_search = search(json!({
        "filter": "userName eq \"a\"", "sortBy": "userName", "sortOrder": "descending",
        "startIndex": 3, "count": 7, "attributes": ["userName", "name.givenName"],
    }));
    assert_eq!(by_address, by_search);
    let page = Page::Index {
        start_index: 3,
        count: 7,
        behind: None,
    };
    assert_eq!(by_address.unwrap().page, page);
}

#[test]
fn counts_and_positions_are_brought_into_bounds() {
    for (text, start_index, count) in [
        ("", 1, 100),
        ("startIndex=0&count=-5", 1, 0),
        ("startIndex=-3&count=1000", 1, 200),
        ("count=0", 1, 0),
    ] {
        let expected = Page::Index {
            start_index,
            count,
            behind: None,
        };
        assert_eq!(query(text).unwrap().page, expected, "{text}");
    }
}

#[test]
fn what_is_no_query_is_refused() {
    for (text, scim_type) in [
        ("filter=userName", "invalidFilter"),
        ("filter=a&filter=b", "invalidSyntax"),
        ("count=many", "invalidCount"),
        ("startIndex=x", "invalidValue"),
        ("sortBy=name", "invalidValue"),
        ("sortBy=shoeSize", "invalidValue"),
        ("sortBy=userName&sortOrder=up", "invalidValue"),
        (
            "attributes=userName&excludedAttributes=name",
            "invalidValue",
        ),
        ("cursor=AAAA", "invalidCursor"),
        ("cursor=%22", "invalidCursor"),
        ("cursor=&startIndex=1", "invalidValue"),
    ] {
        let error = query(text).err().unwrap();
        assert_eq!(
            (error.status(), error.scim_type()),
            (400, Some(scim_type)),
            "{text}"
        );
    }
    let error = search(json!({"filter": 5})).err().unwrap();
    assert_eq!(error.scim_type(), Some("invalidValue"));
    let bare = Parameters::from_search(json!({"count": 1}));
    assert_eq!(bare.err().unwrap().scim_type(), Some("invalidSyntax"));
}

#[test]
fn values_are_sorted_by_case_rules_and_missing_ones_last() {
    let upper = document(json!({"id": "1", "userName": "B", "externalId": "B"}));
    let lower = document(json!({"id": "2", "userName": "a", "externalId": "a"}));
    let none = document(json!({"id": "3"}));
    let sorted = |text: &str| {
        let sort = query(text).unwrap().sort.unwrap();
        let mut all = [&upper, &lower, &none];
        all.sort_by(|left, right| sort.compare(left, right));
        all.map(|document| document["id"].as_str().unwrap().to_owned())
    };
    assert_eq!(sorted("sortBy=userName"), ["2", "1", "3"]);
    assert_eq!(
        sorted("sortBy=userName&sortOrder=descending"),
        ["3", "1", "2"]
    );
    assert_eq!(sorted("sortBy=externalId"), ["1", "2", "3"]);
}

#[test]
fn several_values_are_sorted_by_the_primary_one() {
    let sort = query("sortBy=emails").unwrap().sort.unwrap();
    let primary = document(json!({"emails": [{"value": "z"}, {"value": "A", "primary": true}]}));
    let first = document(json!({"emails": [{"value": "m"}, {"value": "b"}]}));
    assert_eq!(sort.key(&primary), SortKey::Text("a".to_owned()));
    assert_eq!(sort.key(&first), SortKey::Text("m".to_owned()));
    assert_eq!(sort.compare(&primary, &first), Ordering::Less);
}

#[test]
fn times_are_sorted_as_instants_and_booleans_false_first() {
    let sort = query("sortBy=meta.created").unwrap().sort.unwrap();
    let early = document(json!({"meta": {"created": "2026-11-22T10:00:00+02:00"}}));
    let late = document(json!({"meta": {"created": "2026-11-22T09:00:00Z"}}));
    assert_eq!(sort.compare(&early, &late), Ordering::Less);
    let sort = query("sortBy=active").unwrap().sort.unwrap();
    let (yes, no) = (
        document(json!({"active": true})),
        document(json!({"active": false})),
    );
    assert_eq!(sort.compare(&no, &yes), Ordering::Less);
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let cursor = query("cursor=&filter=active%20pr")
        .unwrap()
        .cursor_behind("1");
    let again = query(&format!("cursor={cursor}&filter=active%20pr&count=5")).unwrap();
    let after = Some("1".to_owned());
    assert_eq!(again.page, Page::Cursor { after, count: 5 });
    for other in [
        "",
        "&filter=title%20pr",
        "&sortBy=userName&filter=active%20pr",
    ] {
        let error = query(&format!("cursor={cursor}{other}")).err();
        assert_eq!(error, Some(ScimError::InvalidCursor), "{other}");
    }
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    assert!(cursor.chars().all(unreserved), "{cursor}");
}

#[test]
fn an_order_of_its_own_cannot_be_walked() {
    let error = query("sortBy=userName&cursor=").err().unwrap();
    assert_eq!(error.scim_type(), Some("invalidValue"));
    let expected = "sortBy: expected no order of its own in a list that is walked by cursor";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_empty_list_has_its_resources() {
    let empty = ListResponse {
        total_results: Some(0),
        resources: Vec::new(),
        place: PagePosition::Index(1),
    };
    let expected = json!({
        "schemas": [LIST_RESPONSE], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    });
    assert_eq!(empty.into_json(), expected);
}

#[test]
fn only_the_last_page_has_no_next_cursor() {
    let page = |next: Option<&str>| ListResponse {
        total_results: None,
        resources: vec![document(json!({"id": "1"}))],
        place: PagePosition::Cursor(next.map(str::to_owned)),
    };
    let body = page(Some("abc")).into_json();
    assert_eq!(
        (&body["nextCursor"], body.get("totalResults")),
        (&json!("abc"), None)
    );
    assert_eq!(page(None).into_json().get("nextCursor"), None);
}
