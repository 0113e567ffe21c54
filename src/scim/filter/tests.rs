use serde_json::Value;
use serde_json::json;

use super::*;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

fn parse(text: &str) -> Result<Filter, ScimError> {
    let schemas = Schemas::standard();
    Filter::parse(text, schemas.resource_type(ResourceKind::User))
}

fn ada() -> Value {
    json!({
        "id": "2819c223",
        "externalId": "Ada-1",
        "userName": "Ada@Example.com",
        "name": {"familyName": "O'Malley", "givenName": "Ada \"the\" first"},
        "title": "",
        "active": true,
        "emails": [
            {"type": "work", "value": "ada@example.com", "primary": true},
            {"type": "home", "value": "ada@home.example"},
        ],
        "meta": {"lastModified": "2026-11-22T09:30:00.000Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Research"},
    })
}

fn matches(text: &str) -> bool {
    let filter = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.matches(ada().as_object().unwrap())
}

#[test]
fn every_operator_holds_and_fails() {
    for (text, expected) in [
        (r#"userName eq "ada@example.com""#, true),
        (r#"USERNAME EQ "ADA@EXAMPLE.COM""#, true),
        (r#"userName eq "ada""#, false),
        (r#"userName ne "ada""#, true),
        (r#"userName ne "ada@example.com""#, false),
        (r#"name.familyName co "mal""#, true),
        (r#"name.familyName co "smith""#, false),
        (r#"userName sw "ADA@""#, true),
        (r#"userName sw "example""#, false),
        (r#"userName ew ".COM""#, true),
        (r#"userName ew "ada""#, false),
        (r#"userName gt "a""#, true),
        (r#"userName gt "b""#, false),
        (r#"userName ge "ada@example.com""#, true),
        (r#"userName lt "b""#, true),
        (r#"userName le "a""#, false),
        ("active pr", true),
        ("title pr", false),
        ("nickName pr", false),
        ("emails pr", true),
    ] {
        assert_eq!(matches(text), expected, "{text}");
    }
}

#[test]
fn case_matters_where_the_schema_says_so() {
    assert!(matches(r#"externalId eq "Ada-1""#));
    assert!(!matches(r#"externalId eq "ada-1""#));
    assert!(!matches(r#"id sw "2819C""#));
}

#[test]
fn and_binds_closer_than_or_and_not_closer_than_both() {
    for (text, expected) in [
        (
            r#"active eq true or active eq false and userName eq "x""#,
            true,
        ),
        (
            r#"(active eq true or active eq false) and userName eq "x""#,
            false,
        ),
        (r#"not (userName eq "x") and active eq true"#, true),
        (r#"not(active eq true)"#, false),
        (r#"NOT (userName eq "x" or active eq true)"#, false),
        (r#"not (not (active eq true))"#, true),
    ] {
        assert_eq!(matches(text), expected, "{text}");
    }
}

#[test]
fn a_value_path_wants_one_value_that_meets_all() {
    for (text, expected) in [
        (
            r#"emails[type eq "work" and value co "@example.com"]"#,
            true,
        ),
        (
            r#"emails[type eq "home" and value co "@example.com"]"#,
            false,
        ),
        (
            r#"emails.type eq "home" and emails.value co "@example.com""#,
            true,
        ),
        (r#"emails[not (type eq "work")]"#, true),
        (r#"emails[type eq "work"].value eq "ada@example.com""#, true),
        (
            r#"emails[type eq "home"].value eq "ada@example.com""#,
            false,
        ),
        (r#"emails eq "ada@home.example""#, true),
        (r#"emails[primary eq true]"#, true),
        (r#"phoneNumbers[type eq "work"]"#, false),
    ] {
        assert_eq!(matches(text), expected, "{text}");
    }
}

#[test]
fn dates_are_compared_as_instants() {
    for (text, expected) in [
        (r#"meta.lastModified eq "2026-11-22T10:30:00+01:00""#, true),
        (r#"meta.lastModified gt "2026-11-22T10:30:00Z""#, false),
        (
            r#"meta.lastModified lt "2026-11-22T04:30:00.001-05:00""#,
            true,
        ),
    ] {
        assert_eq!(matches(text), expected, "{text}");
    }
}

#[test]
fn names_may_have_their_urn() {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert!(matches(&format!(
        r#"{enterprise}:department eq "research""#
    )));
    assert!(matches(
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a""#
    ));
}

#[test]
fn extension_attributes_are_found_without_their_urn() {
    for name in [
        "department",
        "DEPARTMENT",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department",
    ] {
        assert!(matches(&format!(r#"{name} eq "research""#)), "{name}");
    }
}

#[test]
fn a_name_that_no_schema_has_is_refused_by_its_name() {
    for (text, name, at) in [
        ("shoeSize pr", "shoeSize", 1),
        ("shoeSize eq 42", "shoeSize", 1),
        ("not (shoeSize pr)", "shoeSize", 6),
        (r#"active eq true and name.shoe eq "x""#, "name.shoe", 20),
        (r#"emails.shoe eq "x""#, "emails.shoe", 1),
        (r#"emails[shoe eq "x"]"#, "emails.shoe", 8),
        (r#"emails[type eq "work"].shoe eq "x""#, "emails.shoe", 24),
        (r#"shoes[type eq "x"]"#, "shoes", 1),
        (
            r#"urn:example:other:2.0:User:shoe eq "x""#,
            "urn:example:other:2.0:User:shoe",
            1,
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User pr",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            1,
        ),
    ] {
        let error = parse(text).unwrap_err();
        let expected = format!(
            "filter, character {at}: expected an attribute that a schema has, found {name}"
        );
        assert_eq!(error.to_string(), expected, "{text}");
        assert_eq!(error.scim_type(), Some("invalidFilter"));
    }
}

#[test]
fn what_another_type_has_is_no_mistake_and_has_no_value() {
    let schemas = Schemas::standard();
    let [user, group] = ResourceKind::ALL.map(|kind| schemas.resource_type(kind));
    for (text, expected) in [
        ("members pr", false),
        (r#"members eq "x""#, false),
        ("members eq null", true),
        (r#"members.value ne "x""#, true),
        (r#"members[value eq "x"]"#, false),
        (r#"not (members[value eq "x"])"#, true),
        (
            r#"members[type eq "User"].value eq "x" or userName pr"#,
            true,
        ),
    ] {
        let filter = Filter::parse_among(text, user, &[user, group]).unwrap();
        assert_eq!(
            filter.matches(ada().as_object().unwrap()),
            expected,
            "{text}"
        );
        assert!(Filter::parse(text, user).is_err(), "{text}");
    }
    assert!(Filter::parse_among("shoeSize pr", user, &[user, group]).is_err());
}

#[test]
fn quotation_marks_may_be_missing_where_a_token_can_be_nothing_else() {
    for (text, expected) in [
        ("userName eq ada@example.com", true),
        ("externalId eq Ada-1", true),
        ("id eq 2819c223", true),
        (
            "(userName eq eve or id eq 2819c223) and active eq true",
            true,
        ),
        ("emails[type eq work].value eq ada@example.com", true),
        ("emails[type eq work and value ew home.example]", false),
        ("meta.lastModified eq 2026-11-22T09:30:00Z", true),
        ("externalId eq 701984", false),
        ("title eq 007", false),
    ] {
        assert_eq!(matches(text), expected, "{text}");
    }
    for text in [
        "userName eq Ada King",
        "userName eq Ada and King",
        "userName eq 'ada'",
        "userName eq \u{201c}ada\u{201d}",
        "userName eq ada(1)",
        "userName eq true",
        "emails[value eq Ada King]",
        "userName eq \"ada",
        "userName eq ada*",
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains("in double quotes"), "{text}: {error}");
    }
    // The error for a text that has double quotes, and another fault, does not ask for double quotes.
    let error = parse("userName eq \"a\u{0}b\"").unwrap_err().to_string();
    assert!(
        error.ends_with("expected a text with the escapes of JSON"),
        "{error}"
    );
}

#[test]
fn null_is_no_value() {
    assert!(matches("nickName eq null"));
    assert!(!matches("nickName ne null"));
    assert!(matches("userName ne null"));
    assert!(!matches("emails eq null"));
}

#[test]
fn texts_have_the_escapes_of_json() {
    assert!(matches(r#"name.givenName eq "ada \"the\" first""#));
    assert!(matches(r#"name.familyName eq "O\u0027Malley""#));
    assert!(matches(r#"not (userName eq "a\\")"#));
}

#[test]
fn what_does_not_parse_says_where() {
    for (text, position) in [
        ("", None),
        ("   ", None),
        ("userName", Some(9)),
        ("userName eq", Some(12)),
        (r#"userName eq "ada"#, Some(13)),
        (r#"userName is "ada""#, Some(10)),
        (r#"userName eq "ada" and"#, Some(22)),
        (r#"userName eq "ada" extra"#, Some(19)),
        (r#"(userName eq "ada""#, Some(19)),
        (r#"userName eq "ada")"#, Some(18)),
        (r#"emails[type eq "work""#, Some(22)),
        (r#"emails[emails[type eq "x"]]"#, Some(8)),
        (r#"emails[unknown eq "x"]"#, Some(8)),
        (r#"unknown[type eq "x"]"#, Some(1)),
        (r#"userName[value eq "x"]"#, Some(1)),
        (r#"name.given.x eq "x""#, Some(1)),
        (r#"userName eq {"a": 1}"#, Some(13)),
        (r#"userName eq [1]"#, Some(13)),
        ("active eq 1", Some(11)),
        (r#"active eq "yes""#, Some(11)),
        ("active gt true", Some(11)),
        ("userName gt null", Some(13)),
        (r#"name eq "x""#, Some(9)),
        (r#"addresses eq "x""#, Some(14)),
        (r#"x509Certificates.value gt "AAAA""#, Some(27)),
        (r#"meta.created gt "yesterday""#, Some(17)),
        (r#"é eq "x""#, Some(1)),
        (r#"userName eq "é" x"#, Some(17)),
    ] {
        match parse(text) {
            Err(ScimError::InvalidFilter { position: at, .. }) => {
                assert_eq!(at, position, "{text}")
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn budgets_end_in_an_error() {
    let nested = |depth: usize| format!("{}active pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(32)).is_ok());
    let not = format!("{}active pr{}", "not (".repeat(800), ")".repeat(800));
    let terms = |count: usize| vec!["active pr"; count].join(" or ");
    assert!(parse(&terms(128)).is_ok());
    for text in [
        nested(33),
        nested(2000),
        not,
        terms(129),
        "(".repeat(4096),
        " ".repeat(5000),
    ] {
        assert!(
            matches!(parse(&text), Err(ScimError::InvalidFilter { .. })),
            "{}",
            text.len()
        );
    }
}

#[test]
fn entra_booleans_as_texts_in_filters() {
    assert!(matches(r#"active eq "True""#));
    assert!(!matches(r#"active eq "False""#));
    assert!(matches(
        r#"emails[primary eq "True"].value eq "ada@example.com""#
    ));
}

fn planned(text: &str) -> (Vec<Indexed>, bool) {
    let plan = parse(text).unwrap().plan();
    let terms = plan.terms.iter().map(|term| term.attribute);
    (terms.collect(), plan.left.is_some())
}

#[test]
fn a_plan_has_what_indexes_can_do_and_leaves_the_rest() {
    use Indexed::*;
    for (text, terms, left) in [
        (r#"userName eq "A""#, vec![UserName], false),
        (
            r#"userName sw "A" and active eq true"#,
            vec![UserName, Active],
            false,
        ),
        (
            r#"(userName eq "A" and title eq "x") and id eq "1""#,
            vec![UserName, Id],
            true,
        ),
        (r#"userName eq "A" or id eq "1""#, vec![], true),
        (r#"not (userName eq "A")"#, vec![], true),
        (r#"userName ne "A""#, vec![], true),
        (r#"externalId eq null"#, vec![], true),
        (r#"emails eq "A""#, vec![Email], false),
        (r#"emails[value eq "A"]"#, vec![Email], false),
        (
            r#"emails[type eq "work" and value eq "A"]"#,
            vec![Email],
            true,
        ),
        (r#"emails[type eq "work" or value eq "A"]"#, vec![], true),
        (r#"groups.value eq "g""#, vec![Group], false),
        (
            r#"meta.lastModified ge "2026-11-22T10:30:00Z""#,
            vec![LastModified],
            false,
        ),
        (r#"meta.created ne "2026-11-22T10:30:00Z""#, vec![], true),
        (r#"userName gt "A""#, vec![], true),
    ] {
        assert_eq!(planned(text), (terms, left), "{text}");
    }
}

#[test]
fn a_plan_compares_texts_as_the_store_keeps_them() {
    let plan = parse(r#"userName eq "ÄDA" and externalId eq "ÄDA""#)
        .unwrap()
        .plan();
    let values: Vec<_> = plan.terms.into_iter().map(|term| term.value).collect();
    let text = |text: &str| TermValue::Text(text.to_owned());
    assert_eq!(values, [text("äda"), text("ÄDA")]);
}

#[test]
fn entra_asks_whether_a_group_has_a_member_by_an_index() {
    let schemas = Schemas::standard();
    let group = schemas.resource_type(ResourceKind::Group);
    let filter = Filter::parse(r#"id eq "g" and members eq "u""#, group).unwrap();
    let plan = filter.plan();
    let terms: Vec<_> = plan.terms.iter().map(|term| term.attribute).collect();
    assert_eq!(
        (terms, plan.left),
        (vec![Indexed::Id, Indexed::Member], None)
    );
    assert!(filter.mentions("members"));
}
