//! Traps in Entra that show in the store: claims that sign-ons came without, groups that nobody has, and provisioning that is silent.
//! The rules are pure; [`check_entra`] fetches what they judge.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::finding::Finding;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::effects::is_live;
use crate::admin::log::time;
use crate::admin::people::Walk;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::GroupChange;
use crate::connection::LinkRule;
use crate::directory::GroupRecord;
use crate::directory::is_guid;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::provisioning::ScimCredential;
use crate::saml::Attributes;
use crate::saml::claim;
use crate::saml::entra;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::SessionFilter;

/// Looks for the traps of a connection, in the order of the checklist.
pub(super) async fn check_entra(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let (store, id, now) = (admin.store(), connection.id(), admin.now());
    let mut last = store
        .last_sign_ons(id, &LastSignOnOf::Latest(LATEST))
        .await?;
    last.retain(|one| one.at >= now - LATELY);
    findings.extend(user_claim(id, connection.sign_on().link_rule, &last));
    let live = SessionFilter {
        connection: Some(id.clone()),
        limit: Some(LATEST),
        ..SessionFilter::default()
    };
    let live = store.sessions(&live, now).await?;
    let of_session = live
        .iter()
        .map(|one| (one.issuer.as_str(), &one.attributes));
    let of_last = last.iter().map(|one| &one.claims);
    let of_last = of_last.map(|claims| (claims.issuer.as_str(), &claims.attributes));
    let claimed: Vec<Claimed<'_>> = of_session.chain(of_last).collect();
    let counts = store.counts(id).await?;
    let asks = connection.scim().group_change != GroupChange::Keep;
    if counts.groups == 0 {
        findings.extend(claimed_groups(id, &claimed, asks));
    }
    if counts.groups > 0 || asks {
        findings.extend(group_names(id, &claimed));
    }
    let credentials = store.credentials(Some(id)).await?;
    findings.extend(silence(id, &credentials, counts.users, now));
    let query = LogQuery {
        connection: Some(id.clone()),
        since: Some(now - LATELY),
        limit: LATEST.into(),
        ..LogQuery::default()
    };
    findings.extend(refusals(id, &store.log(&query).await?));
    if counts.users > 0 && counts.groups > 0 {
        findings.extend(empty_groups(admin, connection, counts.groups).await?);
    }
    Ok(())
}

/// The issuer and the attributes of a sign-on.
type Claimed<'a> = (&'a str, &'a Attributes);

/// Finds sign-ons without what the rule of the connection compares.
fn user_claim(id: &ConnectionId, rule: LinkRule, last: &[LastSignOn]) -> Option<Finding> {
    let lacks = |one: &&LastSignOn| one.refused.as_deref() == Some("user-claim-missing");
    let lacking = last.iter().filter(lacks).count();
    (lacking * 2 > last.len()).then(|| {
        let message = format!(
            "{lacking} of the last {} people were turned away, since their sign-on came without what the rule {} compares: in Entra, Single sign-on > Attributes & Claims: send the claims name, emailaddress and objectidentifier as they are by default, or choose another --link-rule",
            last.len(),
            rule.name()
        );
        Finding::new(id, "user-claim-not-sent", message)
    })
}

/// Finds, where no group is provisioned, that sign-ons bring none either. `asks` is true if the connection's settings speak of groups.
fn claimed_groups(id: &ConnectionId, claimed: &[Claimed<'_>], asks: bool) -> Option<Finding> {
    let has = |name: &str| {
        claimed
            .iter()
            .filter(|(_, said)| said.first(name).is_some())
            .count()
    };
    let (named, too_many) = (has(claim::GROUPS), has(claim::GROUPS_LINK));
    let (code, message) = if too_many > 0 {
        let message = format!(
            "{too_many} of the last {} sign-ons were of people with more than 150 groups, whom Entra sends with none, and no group is provisioned: in Entra, Single sign-on > Attributes & Claims > Group claims: choose Groups assigned to the application, or provision groups",
            claimed.len()
        );
        ("groups-too-many-to-claim", message)
    } else if asks && named == 0 && !claimed.is_empty() {
        let message = "--group-change is set, and no group is known: none is provisioned, and no sign-on brought any, since Entra sends no groups until a group claim is added: Single sign-on > Attributes & Claims > Add a group claim; or assign groups to the application and provision them";
        ("groups-not-sent", message.to_owned())
    } else {
        return None;
    };
    Some(Finding::new(id, code, message))
}

/// Finds groups that Entra sends by name: neither the directory nor a guard by object id knows them.
fn group_names(id: &ConnectionId, claimed: &[Claimed<'_>]) -> Option<Finding> {
    let of_entra = claimed
        .iter()
        .filter(|(issuer, _)| entra::is_issuer(issuer));
    let mut groups = of_entra.flat_map(|(_, said)| said.values(claim::GROUPS));
    let name = groups.find(|group| !is_guid(group))?;
    let message = format!(
        "sign-ons bring groups by name, such as {name:?}, and no group of the directory is found by that: in Entra, Single sign-on > Attributes & Claims > Group claims > Source attribute: Group ID"
    );
    Some(Finding::new(id, "groups-sent-by-name", message))
}

/// Finds provisioning that was set up, and does not come.
fn silence(
    id: &ConnectionId,
    credentials: &[ScimCredential],
    users: u64,
    now: Timestamp,
) -> Option<Finding> {
    let live = || credentials.iter().filter(|one| is_live(one, now));
    let made = live().map(|one| one.created).max()?;
    let used = live().filter_map(|one| one.last_used).max();
    let patience = match users {
        0 => A_CYCLE_IS_OVER,
        _ => SOMETHING_CHANGES,
    };
    if now.duration_since(used.unwrap_or(made)) <= patience {
        return None;
    }
    let since = match used {
        Some(used) => format!("has not come since {}", time(used)),
        None => format!("has never come with the token of {}", time(made)),
    };
    let message = format!(
        "provisioning {since}: in Entra, Provisioning > Overview: see that it is on and not in quarantine; where nobody is hired, moved or dismissed for so long, all is well"
    );
    Some(Finding::new(id, "provisioning-silent", message))
}

/// Finds provisioning that is refused more often than not, which ends in Entra's quarantine.
fn refusals(id: &ConnectionId, entries: &[LoggedEntry]) -> Option<Finding> {
    let is_refused = |logged: &&LoggedEntry| logged.entry.status >= 400;
    let refused: Vec<_> = entries.iter().filter(is_refused).collect();
    let latest = refused.first()?;
    if refused.len() < A_FEW || refused.len() * 2 <= entries.len() {
        return None;
    }
    let message = format!(
        "{} of the last {} requests of provisioning were refused, the latest with {} {}: entrada log --connection {id} --outcome refused; in Entra, Provisioning > Provisioning logs",
        refused.len(),
        entries.len(),
        latest.entry.status,
        latest.entry.scim_type.as_deref().unwrap_or_default()
    );
    Some(Finding::new(id, "provisioning-refused", message))
}

/// Finds, where there are few groups, that none of them has a member.
async fn empty_groups(
    admin: &Admin,
    connection: &Connection,
    groups: u64,
) -> Done<Option<Finding>> {
    let id = connection.id();
    if groups > u64::from(LATEST) {
        return Ok(None);
    }
    let mut walk = Walk::new(admin, connection, None, String::new());
    let (all, _) = walk.part::<GroupRecord>(LATEST as usize).await?;
    for group in &all {
        let members = admin.store().members(id, &group.id(), None, 1).await?;
        if !members.members.is_empty() {
            return Ok(None);
        }
    }
    let message = format!(
        "none of the {groups} groups has a member, so that nobody passes a guard by group: in Entra, Provisioning > Mappings > Provision Microsoft Entra ID Groups must map members, and their people must be in scope; groups within groups are not followed"
    );
    Ok(Some(Finding::new(id, "groups-without-members", message)))
}

/// Sign-ons, requests and groups that are looked at.
const LATEST: u32 = 100;

/// A mapping that was fixed is not held against anybody for long.
pub(super) const LATELY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A first cycle has begun by then.
const A_CYCLE_IS_OVER: SignedDuration = SignedDuration::from_hours(24);

/// Where people are provisioned, somebody comes, goes or changes in this time, and a cycle without changes asks for nothing.
const SOMETHING_CHANGES: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Fewer may be an accident.
const A_FEW: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::CredentialId;
    use crate::provisioning::SecretKind;
    use crate::saml::Attribute;
    use crate::session::Claims;
    use crate::token::Token;

    const ENTRA: &str = "https://sts.windows.net/0f8fad5b-d9cb-469f-a165-70867728950e/";
    const GROUP: &str = "0aaaaaaa-0000-4000-8000-00000000000b";

    fn acme() -> ConnectionId {
        "acme".parse().unwrap()
    }

    fn said(name: &str, value: &str) -> Attributes {
        let attribute = Attribute {
            name: name.to_owned(),
            values: vec![value.to_owned()],
        };
        [attribute].into_iter().collect()
    }

    fn code(found: Option<Finding>) -> Option<&'static str> {
        found.map(|finding| finding.code)
    }

    #[test]
    fn people_without_the_claim_of_the_rule_are_found_where_they_are_most() {
        let last = |refused: Option<&str>| LastSignOn {
            at: Timestamp::UNIX_EPOCH,
            claims: Claims {
                issuer: ENTRA.to_owned(),
                name_id: serde_json::from_str(r#"{"value":"ada"}"#).unwrap(),
                authn_instant: Timestamp::UNIX_EPOCH,
                attributes: Attributes::default(),
            },
            user: None,
            refused: refused.map(str::to_owned),
        };
        let missing = || last(Some("user-claim-missing"));
        let other = || last(Some("user-inactive"));
        let found = |last: &[LastSignOn]| code(user_claim(&acme(), LinkRule::ObjectId, last));
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[missing(), last(None)]), None);
        assert_eq!(found(&[other(), other()]), None);
        assert_eq!(
            found(&[missing(), missing(), last(None)]),
            Some("user-claim-not-sent")
        );
    }

    #[test]
    fn groups_that_no_sign_on_brings_are_found_where_they_are_asked_for() {
        let (none, some) = (Attributes::default(), said(claim::GROUPS, GROUP));
        let link = said(claim::GROUPS_LINK, "https://graph.windows.net/x");
        let found = |all: &[&Attributes], asks| {
            let claimed: Vec<Claimed<'_>> = all.iter().map(|said| (ENTRA, *said)).collect();
            code(claimed_groups(&acme(), &claimed, asks))
        };
        assert_eq!(found(&[], true), None, "nobody has signed on");
        assert_eq!(found(&[&none], false), None, "nobody asks");
        assert_eq!(found(&[&none, &some], true), None);
        assert_eq!(found(&[&none, &none], true), Some("groups-not-sent"));
        let too_many = Some("groups-too-many-to-claim");
        assert_eq!(found(&[&some, &link], false), too_many);
    }

    #[test]
    fn group_names_are_found_in_what_entra_sends() {
        let (named, by_id) = (said(claim::GROUPS, "Board"), said(claim::GROUPS, GROUP));
        let found = |issuer, said| code(group_names(&acme(), &[(issuer, said)]));
        assert_eq!(found(ENTRA, &named), Some("groups-sent-by-name"));
        assert_eq!(found(ENTRA, &by_id), None);
        assert_eq!(found("https://keycloak.example", &named), None);
    }

    #[test]
    fn provisioning_that_is_refused_more_often_than_not_is_found() {
        let entry = |status: u16| {
            let entry = serde_json::json!({"id": 1, "connection": "acme", "at": "2026-11-22T10:00:00Z", "operation": "create",
                "status": status, "scim_type": "uniqueness", "changed": [], "duration": {"secs": 0, "nanos": 0}});
            serde_json::from_value::<LoggedEntry>(entry).unwrap()
        };
        let found = |done: usize, refused: usize| {
            let entries = [vec![entry(409); refused], vec![entry(201); done]];
            refusals(&acme(), &entries.concat()).map(|finding| finding.message)
        };
        assert_eq!(found(0, 4), None, "a few");
        assert_eq!(found(5, 5), None);
        let message = found(4, 5).unwrap();
        assert!(message.starts_with("5 of the last 9 requests"), "{message}");
        assert!(message.contains("409 uniqueness"), "{message}");
    }

    #[test]
    fn provisioning_that_does_not_come_is_found_after_a_day_or_a_month() {
        let made = Timestamp::UNIX_EPOCH;
        let day = SignedDuration::from_hours(24);
        let credential = |used: Option<i32>| {
            let id = CredentialId::from_random([1; 8]);
            let secret = Token::from_random([2; 32]);
            let (kind, year) = (SecretKind::Bearer, day * 365);
            let made = ScimCredential::new(id, acme(), kind, &secret, year, made).unwrap();
            ScimCredential {
                last_used: used.map(|days| made.created + day * days),
                ..made
            }
        };
        let at = |days: i32| made + day * days;
        let found = |used, users, days| {
            let finding = silence(&acme(), &[credential(used)], users, at(days));
            finding.map(|finding| finding.message.contains("never"))
        };
        assert_eq!(
            silence(&acme(), &[], 0, at(9)),
            None,
            "no token, no provisioning"
        );
        assert_eq!(found(None, 0, 1), None);
        assert_eq!(found(None, 0, 2), Some(true));
        assert_eq!(
            found(Some(0), 0, 2),
            Some(false),
            "a test of the connection alone"
        );
        assert_eq!(found(Some(0), 5, 30), None);
        assert_eq!(found(Some(0), 5, 31), Some(false));
        assert_eq!(found(Some(0), 5, 400), None, "the token has expired");
    }
}
