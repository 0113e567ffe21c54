//! A user made from the claims of a sign-on, and kept up to date by them until provisioning takes it over.

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::denial::Denial;
use super::last::Claims;
use super::link::Found;
use super::transaction::SignOnTransaction;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::Lookup;
use crate::directory::Origin;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::saml::claim;
use crate::scim::Draft;
use crate::scim::ResourceType;
use crate::scim::user_name_key;

/// Makes a user for a person who has none.
pub(super) async fn create(
    directory: &mut dyn SignOnTransaction,
    scope: &Scope,
    claims: &Claims,
    of: &ResourceType,
    id: UserId,
) -> Result<Found, DirectoryError> {
    let rule = scope.rules.link_rule;
    let draft = Draft::read(attributes(rule, claims), of);
    let draft = draft.and_then(|draft| draft.check_new().map(|()| draft));
    let Ok(draft) = draft else {
        return Ok(Found::Denied(Denial::ClaimsUnfit(
            "the name, or another claim, is too long or empty, or has characters that nobody sees",
        )));
    };
    let name = draft.resource.user_name().unwrap_or_default().to_owned();
    if !directory
        .matching(&Lookup::UserName(name))
        .await?
        .is_empty()
    {
        return Ok(Found::Denied(Denial::UserNameTaken));
    }
    if let Some(limit) = scope.rules.seats
        && directory.active_users().await? >= u64::from(limit)
    {
        return Ok(Found::Denied(Denial::SeatsTaken { limit }));
    }
    let connection = scope.connection.clone();
    let resource = draft.created().resource;
    let user = UserRecord::new(&id, connection, Origin::JustInTime, resource, scope.now);
    directory.insert_user(&user).await?;
    Ok(Found::Named(user))
}

/// Brings a user who came by sign-on up to what is said now. A new name that another user has is not taken: then all stays
/// as it was until the name is free.
pub(super) async fn update(
    directory: &mut dyn SignOnTransaction,
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
    let name = patched.resource.user_name().unwrap_or_default().to_owned();
    let before = user.record().resource.user_name().unwrap_or_default();
    if user_name_key(before) != user_name_key(&name) {
        let named = directory.matching(&Lookup::UserName(name)).await?;
        if !named.is_empty() {
            return Ok(user);
        }
    }
    let user = user.changed(patched.resource, now);
    directory.replace_user(&user).await?;
    Ok(user)
}

/// What the claims say, as the body of a POST.
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
