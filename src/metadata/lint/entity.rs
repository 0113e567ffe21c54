//! Rules on one identity provider, besides its keys and endpoints.

use jiff::Timestamp;
use url::Url;

use super::context::Context;
use super::endpoints;
use super::finding::Findings;
use super::keys;
use super::table;
use super::words::days;
use super::words::days_between;
use super::words::shown;
use crate::metadata::choose::ROLES;
use crate::metadata::choose::all_idp_roles;
use crate::metadata::choose::entity_id_of;
use crate::metadata::choose::idp_roles;
use crate::metadata::choose::idp_roles_at;
use crate::metadata::read::wants_signed_requests;
use crate::metadata::valid_until::last_end;
use crate::metadata::valid_until::own_end;
use crate::saml::entra;
use crate::text;
use crate::xml::Element;

pub(super) fn look(entity: Element<'_>, context: &Context<'_>, found: &mut Findings) {
    let written = entity.attribute("entityID").unwrap_or_default();
    let id = entity_id_of(entity).unwrap_or_default();
    let ended = ended(entity, context);
    let (roles, unreadable) = match idp_roles_at(entity, context.now) {
        Ok(roles) => (roles, None),
        Err(error) => (idp_roles(entity).collect(), Some(error)),
    };
    if text::has_invisible(written) {
        let detail = format!("the entity ID is {}", text::quoted(&shown(written)));
        found.add(&table::ENTITY_ID_INVISIBLE, detail);
    }
    name(id, found);
    let listed = all_idp_roles(entity).count();
    if listed - ended.len() > 1 {
        let detail = format!("the entity has {listed} IDPSSODescriptors");
        found.add(&table::SEVERAL_ROLES, detail);
    }
    for until in &ended {
        let detail = format!("an IDPSSODescriptor held until {until}");
        found.add(&table::ROLE_EXPIRED, detail);
    }
    found.add_cut(
        "the entity",
        "IDPSSODescriptors",
        listed - ended.len(),
        ROLES,
    );
    match unreadable {
        Some(error) => found.add(&table::VALID_UNTIL_UNREADABLE, error.to_string()),
        None => validity(&roles, context, found),
    }
    keys::look(&roles, entra::is_issuer(id), context.now, found);
    endpoints::look(&roles, found);
    if roles.iter().any(|role| wants_signed_requests(*role)) && !context.signs_requests {
        let detail = "it takes signed requests alone";
        found.add(&table::WANTS_SIGNED_REQUESTS, detail);
    }
}

/// The ends of roles that no longer count beside those that do.
fn ended(entity: Element<'_>, context: &Context<'_>) -> Vec<Timestamp> {
    let ends = || all_idp_roles(entity).map(|role| own_end(role).ok().flatten());
    let is_past = |end: &Timestamp| *end <= context.now;
    match ends().all(|end| end.as_ref().is_some_and(is_past)) {
        true => Vec::new(),
        false => ends().flatten().filter(is_past).collect(),
    }
}

fn name(id: &str, found: &mut Findings) {
    if id.is_empty() {
        return found.add(&table::NO_ENTITY_ID, "there is no entityID");
    }
    if id.contains("{tenantid}") {
        let detail = format!("the entity ID is {:?}", shown(id));
        return found.add(&table::ENTRA_COMMON_DOCUMENT, detail);
    }
    if Url::parse(id).is_err() || id.chars().count() > ENTITY_ID_MAX {
        let detail = format!("the entity ID is {:?}", shown(id));
        found.add(&table::ENTITY_ID_NOT_URI, detail);
    }
}

fn validity(roles: &[Element<'_>], context: &Context<'_>, found: &mut Findings) {
    let until = match last_end(roles) {
        Ok(Some(until)) => until,
        Ok(None) => return,
        Err(error) => return found.add(&table::VALID_UNTIL_UNREADABLE, error.to_string()),
    };
    let left = days_between(context.now, until);
    if until <= context.now {
        let detail = format!("the document held until {until}");
        found.add_with_days(&table::METADATA_EXPIRED, detail, Some(0));
    } else if left < NEAR_END {
        let detail = format!("the document holds until {until}: {} left", days(left));
        let level = if left < 1 { 1 } else { NEAR_END };
        found.add_with_days(&table::METADATA_EXPIRES_SOON, detail, Some(level));
    }
}

/// Core §8.3.6.
const ENTITY_ID_MAX: usize = 1024;
/// Days before `validUntil` at which it is reported. Federations sign anew each day or so, mostly for one to four weeks:
/// three days left mean that something is stuck.
const NEAR_END: i64 = 3;
