use serde_json::json;

use super::*;
use crate::directory::GroupId;
use crate::session::MembershipKind;
use crate::session::groups::Group;

pub(super) const OBJECT: &str = "0aaaaaaa-0000-4000-8000-00000000000b";

fn session() -> Session {
    let record = json!({
        "id": "0123456789abcdef", "token": vec![0; 32], "connection": "acme", "issuer": "i",
        "name_id": {"value": "ada", "format": null, "name_qualifier": null, "sp_name_qualifier": null},
        "session_index": null, "authn_instant": "2026-11-22T10:00:00Z",
        "attributes": [{"name": claim::ROLE, "values": ["Reader", "Auditor"]}],
        "opened": "2026-11-22T10:00:00Z", "expires": "2026-11-22T20:00:00Z",
    });
    Session {
        record: serde_json::from_value(record).unwrap(),
    }
}

fn id(number: u8) -> GroupId {
    GroupId::from_random([number; 16])
}

fn group(id: Option<GroupId>, object_id: &str) -> Group {
    Group {
        standing: match id {
            Some(_) => MembershipKind::Direct,
            None => MembershipKind::Claimed,
        },
        id,
        object_id: Some(object_id.to_owned()),
        display_name: None,
    }
}

pub(super) fn bound(rule: Rule) -> BoundRule {
    rule.bind(&["acme".parse().unwrap()]).unwrap()
}

pub(super) fn yes() -> Rule {
    Rule::role("Auditor")
}

pub(super) fn no() -> Rule {
    Rule::role("auditor")
}

pub(super) fn open() -> Rule {
    Rule::group("Board")
}

#[test]
fn what_no_group_decides_needs_no_groups() {
    for (rule, expected) in [
        (yes(), Some(true)),
        (no(), Some(false)),
        (Rule::connection("acme"), Some(true)),
        (Rule::connection("second"), Some(false)),
        (open(), None),
        (Rule::group(OBJECT), None),
        (open().or(yes()), Some(true)),
        (yes().or(open()), Some(true)),
        (open().or(no()), None),
        (open().and(no()), Some(false)),
        (no().and(open()), Some(false)),
        (open().and(yes()), None),
        (Rule::any([]), Some(false)),
        (Rule::all([]), Some(false)),
        (Rule::all([yes(), Rule::all([])]), Some(false)),
        (Rule::any([no(), no(), yes()]), Some(true)),
        (Rule::all([yes(), yes(), no()]), Some(false)),
    ] {
        let shown = rule.to_string();
        assert_eq!(bound(rule).without_groups(&session()), expected, "{shown}");
    }
}

#[test]
fn a_name_is_the_group_that_it_stands_for_and_never_a_claim() {
    let held = [group(Some(id(1)), OBJECT)];
    let permits = |groups: &[Group], stands_for: Option<GroupId>| {
        bound(open()).permits(&session(), groups, |name| {
            assert_eq!(name, "Board");
            stands_for.clone()
        })
    };
    assert!(permits(&held, Some(id(1))));
    assert!(!permits(&held, Some(id(2))));
    assert!(!permits(&held, None));
    assert!(!permits(&[group(None, "Board")], None));
    assert!(!permits(&[group(None, "Board")], Some(id(1))));
}

#[test]
fn an_object_id_is_that_of_a_group_or_of_a_claim() {
    for (groups, expected) in [
        (vec![group(Some(id(1)), OBJECT)], true),
        (vec![group(Some(id(1)), &OBJECT.to_uppercase())], true),
        (vec![group(None, OBJECT)], true),
        (vec![group(None, "other")], false),
        (vec![], false),
    ] {
        let permits = |rule| bound(rule).permits(&session(), &groups, |_| None);
        let rule = Rule::group(OBJECT);
        assert_eq!(permits(rule.clone()), expected);
        assert_eq!(permits(rule.clone().and(yes())), expected);
        assert!(!permits(rule.and(no())));
    }
    for (claimed, expected) in [("staff", true), ("Staff", false)] {
        let rule = bound(Rule::group_object("staff"));
        let groups = [group(None, claimed)];
        assert_eq!(rule.permits(&session(), &groups, |_| None), expected);
    }
}

#[test]
fn the_names_of_a_rule_are_those_of_all_its_parts() {
    let rule = Rule::all([
        open(),
        Rule::group(OBJECT),
        yes().or(Rule::group_named(OBJECT)),
    ]);
    assert_eq!(bound(rule).names(), ["Board", OBJECT]);
}
