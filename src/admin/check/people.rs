//! Problems that are likely to keep provisioned people out: a mapping that ties nobody, and seats that run out.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::door::check_door;
use super::entra::LATELY;
use super::entra::check_entra;
use super::finding::Finding;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::people::DirectoryRecord;
use crate::admin::people::Walk;
use crate::connection::Connection;
use crate::connection::LinkRule;
use crate::directory::Origin;
use crate::directory::PAGE;
use crate::directory::UserRecord;
use crate::directory::collision;
use crate::directory::is_guid;
use crate::provisioning::LogQuery;
use crate::scim::AttributePath;
use crate::scim::Record;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

/// Checks the directory of a connection; it looks at one page of users at most. A store that fails is a problem too.
pub(super) async fn people(admin: &Admin, connection: &Connection) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = check(admin, connection, &mut findings).await {
        findings.push(Finding::store_unavailable(connection.id(), &error));
    }
    findings
}

async fn check(admin: &Admin, connection: &Connection, findings: &mut Vec<Finding>) -> Done<()> {
    check_seats(admin, connection, findings).await?;
    check_overlooked(admin, connection, findings).await?;
    check_collisions(admin, connection, findings).await?;
    check_door(admin, connection, findings).await?;
    check_entra(admin, connection, findings).await?;
    match connection.sign_on().link_rule {
        LinkRule::ObjectId => check_external_ids(admin, connection, findings).await,
        _ => Ok(()),
    }
}

async fn check_seats(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let Some(seats) = connection.scim().seats else {
        return Ok(());
    };
    let id = connection.id();
    let counted = admin.store().counts(id).await?;
    let (taken, seats) = (counted.active_users, u64::from(seats));
    let (code, message) = if taken >= seats {
        let message = format!(
            "{taken} users are active, and {seats} may be: nobody else is provisioned or signs on for the first time; deactivate some, or raise --seats by `entrada connection update`"
        );
        ("seats-taken", message)
    } else if taken.saturating_mul(100) >= seats.saturating_mul(NEARLY_PERCENT) {
        let message = format!(
            "{taken} users are active, and {seats} may be: soon nobody else is provisioned"
        );
        ("seats-nearly-taken", message)
    } else {
        return Ok(());
    };
    findings.push(Finding::new(id, code, message));
    Ok(())
}

/// Names that the client sends again and again, and no schema has.
async fn check_overlooked(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let query = LogQuery {
        connection: Some(connection.id().clone()),
        overlooked: true,
        since: Some(admin.now() - LATELY),
        limit: ENTRIES,
        ..LogQuery::default()
    };
    let mut requests: BTreeMap<String, Requests> = BTreeMap::new();
    for logged in admin.store().log(&query).await? {
        for name in logged.entry.overlooked {
            let requests = requests.entry(name).or_default();
            requests.count += 1;
            let kind = logged.entry.resource_kind.map(ResourceKind::name);
            requests.kinds.extend(kind);
        }
    }
    let mut names: Vec<(String, Requests)> = requests.into_iter().collect();
    names.retain(|(_, requests)| requests.count >= AGAIN);
    names.sort_by_key(|(_, requests)| Reverse(requests.count));
    if names.is_empty() {
        return Ok(());
    }
    let more = match names.len().saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(NAMES);
    let named: Vec<_> = names
        .iter()
        .map(|(name, requests)| format!("{name} ({} requests)", requests.count))
        .collect();
    let message = format!(
        "provisioning keeps sending what no schema has, and it is overlooked: {}{more}; {}",
        named.join(", "),
        advice(&names)
    );
    findings.push(Finding::new(
        connection.id(),
        "attributes-overlooked",
        message,
    ));
    Ok(())
}

/// The requests that had a name.
#[derive(Default)]
struct Requests {
    count: u64,
    /// The types of resources that they were about.
    kinds: BTreeSet<&'static str>,
}

/// The advice about names that are overlooked. An extension adds no sub-attributes to attributes of the standard.
fn advice(names: &[(String, Requests)]) -> String {
    let schemas = Schemas::standard();
    let is_part = |name: &str| {
        let whole = name.rsplit_once('.').map_or("", |(whole, _)| whole);
        let known = |kind| AttributePath::parse(whole, schemas.resource_type(kind)).is_some();
        ResourceKind::ALL.into_iter().any(known)
    };
    let (parts, others): (Vec<_>, Vec<_>) = names.iter().partition(|(name, _)| is_part(name));
    let mut advice = "take it out of the attribute mappings in Entra".to_owned();
    if !others.is_empty() {
        let kinds = others.iter().flat_map(|(_, requests)| &requests.kinds);
        let kinds: BTreeSet<_> = kinds.map(|kind| format!("{kind:?}")).collect();
        let kinds: Vec<_> = kinds.into_iter().collect();
        advice.push_str(", or declare it with --scim-extension");
        if !kinds.is_empty() {
            advice.push_str(&format!(", with \"resource\": {}", kinds.join(" or ")));
        }
    }
    if !parts.is_empty() {
        let parts: Vec<_> = parts.iter().map(|(name, _)| name.as_str()).collect();
        advice.push_str(&format!(
            "; {} cannot be declared, since an extension adds no sub-attributes to standard attributes",
            parts.join(", ")
        ));
    }
    advice
}

/// Users and groups that an earlier version admitted beside each other stay until somebody renames or deletes one.
async fn check_collisions(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let id = connection.id();
    let found = admin.store().collisions(id).await?;
    for users in &found.users {
        let message = format!(
            "these users have names that count as one: {}; nobody is mistaken at sign-on, where the spelling counts, but provisioning by userName may change the wrong one: rename or delete one (entrada user delete)",
            listed(users)
        );
        findings.push(Finding::new(id, "user-names-collide", message));
    }
    if !found.names.is_empty() {
        let message = format!(
            "these users have names with characters that nobody sees, which no new user may have: {}; rename them where they come from",
            listed(&found.names)
        );
        findings.push(Finding::new(id, "user-names-refused", message));
    }
    for groups in &found.groups {
        let by = match groups.as_slice() {
            [one, other, ..] => collision(&one.record().resource, &other.record().resource),
            _ => None,
        };
        let by = by.unwrap_or("displayName");
        let message = format!(
            "these groups count as one by their {by}: {}; let provisioning delete those that it does not know",
            listed(groups)
        );
        findings.push(Finding::new(id, "groups-collide", message));
    }
    Ok(())
}

/// The first few, with names that differ invisibly spelled out.
fn listed<T: DirectoryRecord>(resources: &[T]) -> String {
    let listed = |one: &T| {
        let Record { id, resource, .. } = one.of_server();
        let name = match T::KIND {
            ResourceKind::User => resource.user_name(),
            ResourceKind::Group => resource.display_name(),
        };
        format!("\"{}\" ({id})", name.unwrap_or_default().escape_default())
    };
    let all: Vec<String> = resources.iter().map(listed).collect();
    let (first, rest) = all.split_at(all.len().min(SHOWN));
    match rest.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

const SHOWN: usize = 10;

async fn check_external_ids(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let mut walk = Walk::new(admin, connection, None, String::new());
    let (users, _) = walk.part::<UserRecord>(PAGE).await?;
    let provisioned = users
        .iter()
        .filter(|user| user.origin == Origin::Provisioned);
    let (mut looked, mut nicknames, mut missing) = (0, 0, 0);
    for user in provisioned {
        looked += 1;
        nicknames += usize::from(has_nickname(user));
        missing += usize::from(user.record().resource.external_id().is_none());
    }
    let (code, what) = if nicknames * 2 > looked {
        let what = format!(
            "the externalId of {nicknames} of {looked} users is the front part of a name, as mailNickname is, and no object id"
        );
        ("external-id-is-mail-nickname", what)
    } else if missing * 2 > looked {
        let what = format!("{missing} of {looked} users have no externalId");
        ("external-id-missing", what)
    } else {
        return Ok(());
    };
    let message = format!(
        "{what}, so that the rule object-id finds nobody: in Entra, Provisioning > Mappings > Provision Microsoft Entra ID Users: map objectId to externalId (the default maps mailNickname), then restart provisioning; or choose another --link-rule"
    );
    findings.push(Finding::new(connection.id(), code, message));
    Ok(())
}

/// True if `externalId` is no GUID and equals the local part of `userName` or of an address.
fn has_nickname(user: &UserRecord) -> bool {
    let resource = &user.record().resource;
    let Some(external_id) = resource.external_id().filter(|id| !is_guid(id)) else {
        return false;
    };
    let mut names = resource.user_name().into_iter().chain(resource.emails());
    names.any(|name| {
        let local = name.split('@').next().unwrap_or(name);
        local.to_lowercase() == external_id.to_lowercase()
    })
}

/// So many of the latest entries are counted.
const ENTRIES: u64 = 1000;

/// One request may have been a mistake.
const AGAIN: u64 = 2;

const NAMES: usize = 10;

/// From so many seats in a hundred on, somebody should hear of it.
const NEARLY_PERCENT: u64 = 90;
