//! A connection into which nobody can come: only provisioned people may, and there is none who is active and would be found.

use jiff::SignedDuration;

use super::finding::Finding;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::effects::comes_in;
use crate::admin::log::time;
use crate::admin::people::Walk;
use crate::connection::Connection;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;
use crate::directory::Origin;
use crate::directory::PAGE;
use crate::directory::UserRecord;

/// Looks for one person who can come in; it looks at ten pages of users at most, and says nothing where there are more.
pub(super) async fn check_door(
    admin: &Admin,
    connection: &Connection,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    findings.extend(closed(admin, connection, PAGES, PAGE).await?);
    findings.extend(still_open(admin, connection).await?);
    Ok(())
}

/// The finding of a door that was opened until provisioning is through, and nobody has closed for long.
async fn still_open(admin: &Admin, connection: &Connection) -> Done<Option<Finding>> {
    let id = connection.id();
    if connection.sign_on().policy != SignOnPolicy::JustInTimeUntilProvisioned {
        return Ok(None);
    }
    let credentials = admin.store().credentials(Some(id)).await?;
    let since = credentials.iter().map(|one| one.created).min();
    Ok(since.filter(|at| *at < admin.now() - A_WEEK).map(|at| {
        let message = format!(
            "everybody whom the identity provider vouches for comes in, though provisioning began at {}: once a cycle has finished, close the door: entrada connection update {id} --sign-on provisioned-only",
            time(at)
        );
        Finding::new(id, "door-still-open", message)
    }))
}

/// A first cycle takes hours, and days where very many people are provisioned.
const A_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The finding, where so many pages of so many users are all that there are, and nobody on them can come in.
async fn closed(
    admin: &Admin,
    connection: &Connection,
    pages: usize,
    count: usize,
) -> Done<Option<Finding>> {
    let id = connection.id();
    if connection.sign_on().policy != SignOnPolicy::ProvisionedOnly
        || !admin.store().provisioned().await?.contains(id)
    {
        return Ok(None);
    }
    let rule = connection.sign_on().link_rule;
    let active = Some("active eq true".to_owned());
    let mut walk = Walk::new(admin, connection, active, String::new());
    let mut provisioned = 0;
    for _ in 0..pages {
        let (users, _) = walk.part::<UserRecord>(count).await?;
        let own = users
            .iter()
            .filter(|user| user.origin == Origin::Provisioned);
        for user in own {
            provisioned += 1;
            if comes_in(connection, user) {
                return Ok(None);
            }
        }
        if walk.place().is_none() {
            break;
        }
    }
    if walk.place().is_some() {
        return Ok(None);
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
    Ok(Some(Finding::new(id, "nobody-can-come-in", message)))
}

fn attribute(rule: LinkRule) -> &'static str {
    match rule {
        LinkRule::ObjectId => "externalId",
        LinkRule::Email => "emails",
        LinkRule::UserPrincipalName | LinkRule::NameId => "userName",
    }
}

const PAGES: usize = 10;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::admin::transfer::Format;
    use crate::admin::transfer::Import;
    use crate::admin::transfer::ImportOptions;
    use crate::admin::transfer::MatchBy;
    use crate::configuration::danger::put_connection;
    use crate::ports::Actor;
    use crate::site::SystemClock;

    #[tokio::test]
    async fn where_users_are_left_to_look_at_nothing_is_claimed() {
        let store = crate::store::open("memory:").await.unwrap();
        let admin = Admin::new(store, Arc::new(SystemClock), Actor::CommandLine);
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        put_connection(admin.store(), &acme, admin.now())
            .await
            .unwrap();
        let rows = "userName,active\nada,true\nbob,true\neve,true\n";
        let how = ImportOptions {
            format: Format::Csv,
            by: MatchBy::UserName,
            dry_run: false,
        };
        let import = Import::begin(&admin, acme.id(), Box::new(rows.as_bytes()), how);
        let done = import.await.unwrap().next().await.unwrap();
        assert_eq!(done.map(|rows| rows.len()), Some(3));
        for (pages, is_found) in [(2, false), (10, true)] {
            let found = closed(&admin, &acme, pages, 1).await.unwrap();
            assert_eq!(found.is_some(), is_found, "{pages} pages");
        }
    }
}
