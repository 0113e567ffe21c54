//! A connection into which nobody can come: only provisioned people may, and there is none who is active and would be found.

use super::finding::Finding;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::people::Walk;
use crate::connection::Connection;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;
use crate::directory::Origin;
use crate::directory::PAGE;
use crate::directory::UserRecord;

/// Looks for one person who can come in; it looks at ten pages of users at most.
pub(super) async fn check_door(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let id = connection.id();
    if connection.sign_on().policy != SignOnPolicy::ProvisionedOnly
        || !admin.store().provisioned().await?.contains(id)
    {
        return Ok(());
    }
    let rule = connection.sign_on().link_rule;
    let active = Some("active eq true".to_owned());
    let mut walk = Walk::new(admin, connection, active, String::new());
    let mut provisioned = 0;
    for _ in 0..PAGES {
        let (users, _) = walk.part::<UserRecord>(PAGE).await?;
        let own = users
            .iter()
            .filter(|user| user.origin == Origin::Provisioned);
        for user in own {
            provisioned += 1;
            if has_value(user, rule) {
                return Ok(());
            }
        }
        if walk.place().is_none() {
            break;
        }
    }
    let counts = admin.store().counts(id).await?;
    let cause = match (counts.users, counts.active_users, provisioned) {
        (0, ..) => "there is no user: start provisioning in Entra, or restart it".to_owned(),
        (users, 0, _) => format!(
            "none of the {users} users is active: assign people to the application in Entra"
        ),
        (_, active, 0) => format!(
            "the {active} active users were made by sign-ons, and count once provisioning has written them: start it in Entra, or restart it"
        ),
        _ => format!(
            "no active user has what the rule {} compares ({}): map it in Entra, under Provisioning > Mappings, or choose another --link-rule",
            rule.name(),
            attribute(rule)
        ),
    };
    let message = format!(
        "nobody can sign on, since only people who are provisioned may, and {cause}; meanwhile: entrada connection update {id} --sign-on just-in-time-until-provisioned"
    );
    findings.push(Finding::new(id, "nobody-can-come-in", message));
    Ok(())
}

fn has_value(user: &UserRecord, rule: LinkRule) -> bool {
    let resource = &user.record().resource;
    match rule {
        LinkRule::ObjectId => resource.external_id().is_some(),
        LinkRule::Email => !resource.emails().is_empty(),
        LinkRule::UserPrincipalName | LinkRule::NameId => resource.user_name().is_some(),
    }
}

fn attribute(rule: LinkRule) -> &'static str {
    match rule {
        LinkRule::ObjectId => "externalId",
        LinkRule::Email => "emails",
        LinkRule::UserPrincipalName | LinkRule::NameId => "userName",
    }
}

const PAGES: usize = 10;
