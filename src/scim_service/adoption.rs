//! Users who came by sign-on and are taken over by provisioning.

use super::refusal::Refusal;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;
use crate::directory::DirectoryTransaction;
use crate::directory::Lookup;
use crate::directory::Origin;
use crate::directory::Rules;
use crate::directory::UserRecord;
use crate::directory::is_another_person;
use crate::scim::Resource;

/// The user who came by sign-on, and whom this creation means by the connection's rule: where the connection says so,
/// provisioning takes that user over. One whom the identity provider's own names call another person is not meant, although
/// a name is the same: that name was given to somebody else.
pub(super) async fn adoptable(
    directory: &mut DirectoryTransaction<'_>,
    rules: &Rules,
    resource: &Resource,
) -> Result<Option<UserRecord>, Refusal> {
    if rules.sign_on != SignOnPolicy::JustInTimeUntilProvisioned {
        return Ok(None);
    }
    let mut known = Vec::new();
    for lookup in lookups(rules.link_rule, resource) {
        known.extend(directory.users_named(&lookup).await?);
    }
    known.dedup_by_key(|user| user.id());
    let only = known.pop().filter(|_| known.is_empty());
    Ok(only.filter(|user| {
        let is_another = is_another_person(&user.record().resource, resource);
        user.origin == Origin::JustInTime && !is_another
    }))
}

/// The names that the rule for linking people to users compares, on the side of a resource.
fn lookups(rule: LinkRule, resource: &Resource) -> Vec<Lookup> {
    let (names, lookup): (Vec<&str>, fn(String) -> Lookup) = match rule {
        LinkRule::ObjectId => (Vec::from_iter(resource.external_id()), Lookup::ExternalId),
        LinkRule::UserPrincipalName | LinkRule::NameId => {
            (Vec::from_iter(resource.user_name()), Lookup::UserName)
        }
        LinkRule::Email => (resource.emails(), Lookup::Email),
    };
    let names = names.into_iter().map(str::to_owned);
    names.map(lookup).collect()
}
