//! The check of a whole site.

use serde::Serialize;

use super::clock::clock;
use super::clock::difference;
use super::connection;
use super::connection::MetadataAddress;
use super::finding::Finding;
use super::people::people;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::credential_expiry::expiring;
use crate::admin::warnings::Warning;
use crate::connection::BaseUrl;
use crate::connection::Connection;

/// The findings of a check.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct SiteCheck {
    /// Problems, in the order in which they were found.
    pub findings: Vec<Finding>,
    /// The number of connections that were checked.
    pub connections: usize,
}

/// Checks the store, the clock, the credentials and each connection with its people. `base_url` is the address that was given for
/// the site; nothing is kept. A store that fails is a problem among the others.
pub async fn site(
    admin: &Admin,
    base_url: Option<&BaseUrl>,
    address: MetadataAddress,
) -> SiteCheck {
    let store = admin.store();
    let mut findings = Vec::new();
    let kept = store.base_url().await.ok().flatten();
    if let (Some(given), Some(kept)) = (base_url, &kept)
        && given != kept
    {
        let message = format!(
            "the site keeps the base URL {kept}, and is given {given}: entrada site set base-url {given} changes what it keeps"
        );
        findings.push(Finding::new("configuration", "base-url-differs", message));
    }
    if let Err(error) = store.ping().await {
        findings.push(Finding::store_unavailable("store", &error));
    } else if let Err(error) = store.check_writable().await {
        let message = format!("the store takes no changes, so nobody can sign on: {error}");
        findings.push(Finding::new("store", "store-not-writable", message));
    }
    let connections = match store.connections().await {
        Ok(connections) => connections,
        Err(error) => {
            findings.push(Finding::store_unavailable("store", &error));
            return SiteCheck {
                findings,
                connections: 0,
            };
        }
    };
    if connections.is_empty() {
        let message = "there are no connections, so nobody can sign on: entrada connection add";
        findings.push(Finding::new("store", "no-connections", message));
    }
    findings.extend(difference(store));
    findings.extend(clock(admin, &connections).await);
    match credentials(admin).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(Finding::store_unavailable("store", &error)),
    }
    for one in &connections {
        findings.extend(connection::settings(one));
        findings.extend(misplaced_acs(one, kept.as_ref(), base_url));
        let checked = connection::trust(admin, one, address, &mut findings).await;
        let failed = checked.err();
        findings.extend(failed.map(|error| Finding::store_unavailable(one.id(), &error)));
        findings.extend(people(admin, one).await);
    }
    SiteCheck {
        findings,
        connections: connections.len(),
    }
}

/// Finds credentials that are about to end: provisioning stops on that day.
async fn credentials(admin: &Admin) -> Done<Vec<Finding>> {
    let credentials = admin.store().credentials(None).await?;
    let expiring = expiring(&credentials, admin.now()).into_iter();
    let finding = expiring.map(|one| Finding {
        days: Some(one.level.days()),
        ..Finding::new(&one.connection, one.code(), one.text())
    });
    Ok(finding.collect())
}

/// Finds a fault of an ACS at the address that was given, which it has not at the address that the site keeps.
fn misplaced_acs(
    connection: &Connection,
    kept: Option<&BaseUrl>,
    given: Option<&BaseUrl>,
) -> Option<Finding> {
    let found = connection.misplaced_acs(Some(given?))?;
    let is_new = connection.misplaced_acs(kept) != Some(found);
    is_new.then(|| Finding::of(connection.id(), Warning::of_acs(found)))
}
