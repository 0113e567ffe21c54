//! PATCH and POST: whatever is accepted leaves a resource that would be accepted as it stands, and the names of what
//! changed are empty just where nothing did. What is kept has nothing that would be overlooked when it is read again.

use entrada::scim::Draft;
use entrada::scim::MembershipChange;
use entrada::scim::PatchRequest;
use entrada::scim::Resource;
use entrada::scim::ResourceKind;
use entrada::scim::ResourceType;
use entrada::scim::Schemas;
use serde_json::Value;
use serde_json::json;

/// Reads the bytes as a PatchOp and as a resource, for a user and for a group.
pub fn scim_patch(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let schemas = schemas();
    for kind in ResourceKind::ALL {
        let of = schemas.resource_type(kind);
        if let Ok(draft) = Draft::read(body.clone(), of) {
            assert_sound(&draft.resource, of);
        }
        if let Ok(patch) = PatchRequest::parse(body.clone(), of) {
            apply(&patch, of);
        }
    }
}

fn apply(patch: &PatchRequest, of: &ResourceType) {
    for before in [full(), json!({"userName": "a", "displayName": "A"})] {
        let before = Draft::read(before, of).expect("our own resources are sound");
        let before = before.resource;
        let patched = match patch.apply(&before, of) {
            Ok(patched) => patched,
            Err(error) => return assert_eq!(error.status(), 400),
        };
        patched.membership.iter().for_each(assert_named);
        assert_eq!(patched.changed.is_empty(), before == patched.resource);
        assert_sound(&patched.resource, of);
    }
}

/// A resource reads as itself.
fn assert_sound(resource: &Resource, of: &ResourceType) {
    let body = Value::Object(resource.attributes().clone());
    let again = Draft::read(body.clone(), of).unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_eq!(again.resource.attributes(), resource.attributes());
    assert!(again.overlooked.is_empty(), "{:?}", again.overlooked);
}

/// The standard's schemas, and an extension with several values of each kind.
fn schemas() -> Schemas {
    let badge = json!({"id": "urn:x:badge", "name": "Badge", "resource": "User", "attributes": [
        {"name": "tags", "multiValued": true}, {"name": "code"}, {"name": "lost", "type": "boolean"},
        {"name": "floors", "type": "integer", "multiValued": true},
        {"name": "doors", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}, {"name": "keys", "multiValued": true}]},
    ]});
    let badge = serde_json::from_value(badge).expect("our own extension reads");
    Schemas::with_extensions(&[badge]).expect("our own extension is sound")
}

/// Nobody is added or removed without a name.
fn assert_named(change: &MembershipChange) {
    match change {
        MembershipChange::Add(members) | MembershipChange::Replace(members) => {
            assert!(members.iter().all(|member| !member.id.is_empty()));
        }
        MembershipChange::Remove(_)
        | MembershipChange::RemoveWhere(_)
        | MembershipChange::Clear => {}
    }
}

fn full() -> Value {
    json!({
        "userName": "ada@example.com", "displayName": "Ada", "active": true, "title": "Dr",
        "name": {"givenName": "Ada", "familyName": "King"},
        "emails": [{"type": "work", "value": "w", "primary": true}, {"type": "home", "value": "h"}],
        "roles": [{"value": "Reader"}],
        "addresses": [{"type": "work", "locality": "London"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R", "manager": {"value": "8"}},
    })
}
