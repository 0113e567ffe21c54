//! A user made from the claims of a sign-on, and kept up to date by them until provisioning takes it over.

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::denial::Denial;
use super::last::Claims;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::saml::claim;
use crate::scim::Draft;
use crate::scim::ResourceType;

/// Makes a user for a person who has none, or says why there can be none.
pub(super) async fn create(
    directory: &mut DirectoryTransaction<'_>,
    scope: &Scope,
    claims: &Claims,
    of: &ResourceType,
    id: UserId,
) -> Result<Result<UserRecord, Denial>, DirectoryError> {
    let rule = scope.rules.link_rule;
    let draft = Draft::read(attributes(rule, claims), of);
    let draft = draft.and_then(|draft| draft.check_new().map(|()| draft));
    let Ok(draft) = draft else {
        return Ok(Err(Denial::ClaimsUnfit(
            "the name, or another claim, is too long or empty, or has characters that nobody sees",
        )));
    };
    let connection = scope.connection.clone();
    let resource = draft.created().resource;
    let user = UserRecord::new(&id, connection, Origin::JustInTime, resource, scope.now);
    match directory.insert_user(&user).await {
        Ok(()) => Ok(Ok(user)),
        Err(DirectoryError::UserNameTaken) => Ok(Err(Denial::UserNameTaken)),
        Err(DirectoryError::SeatsTaken { limit }) => Ok(Err(Denial::SeatsTaken { limit })),
        Err(error) => Err(error),
    }
}

/// Brings a user who came by sign-on up to what is said now. A new name that another user has is not taken: then all stays
/// as it was until the name is free.
pub(super) async fn update(
    directory: &mut DirectoryTransaction<'_>,
    rule: LinkRule,
    claims: &Claims,
    of: &ResourceType,
    user: UserRecord,
    now: Timestamp,
) -> Result<UserRecord, DirectoryError> {
    let draft = Draft::read(attributes(rule, claims), of);
    let patched = draft.and_then(|draft| draft.replacing(&user.record().resource, of));
    let Ok(patched) = patched else {
        return Ok(user);
    };
    if patched.changed.is_empty() {
        return Ok(user);
    }
    let changed = user.clone().changed(patched.resource, now);
    match directory.change_user(&user, &changed).await {
        Ok(()) => Ok(changed),
        Err(DirectoryError::UserNameTaken) => Ok(user),
        Err(error) => Err(error),
    }
}

/// The attributes that the claims give, as the body of a POST.
fn attributes(rule: LinkRule, claims: &Claims) -> Value {
    let said = |name| claims.only(name);
    let name_id = claims.name_id.value.as_str();
    let user_name = match rule {
        LinkRule::NameId => name_id,
        _ => said(claim::NAME).unwrap_or(name_id),
    };
    let mut body = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    set("userName", Some(json!(user_name)));
    set("externalId", said(claim::OBJECT_ID).map(|id| json!(id)));
    set(
        "displayName",
        said(claim::DISPLAY_NAME).map(|name| json!(name)),
    );
    let (given, family) = (said(claim::GIVEN_NAME), said(claim::SURNAME));
    if given.is_some() || family.is_some() {
        let name = json!({ "givenName": given, "familyName": family });
        set("name", Some(name));
    }
    let email = said(claim::EMAIL);
    let emails = email.map(|email| json!([{ "type": "work", "value": email, "primary": true }]));
    set("emails", emails);
    Value::Object(body)
}
