//! Filling a store at rest, through the store's own interface: a transaction for each thousand rows. What is measured
//! afterwards goes over HTTP; how fast a customer comes over HTTP says the other half of this program.

use std::ops::Range;
use std::sync::Arc;

use entrada::connection::ConnectionId;
use entrada::directory::DirectoryError;
use entrada::directory::GroupId;
use entrada::directory::GroupRecord;
use entrada::directory::Origin;
use entrada::directory::Scope;
use entrada::directory::UserId;
use entrada::directory::UserRecord;
use entrada::directory::View;
use entrada::directory::transact;
use entrada::ports::Clock;
use entrada::scim::Draft;
use entrada::scim::MemberRef;
use entrada::scim::MembershipChange;
use entrada::scim::Resource;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use entrada::site::SystemClock;
use entrada::store;
use entrada::store::Store;
use serde_json::Value;
use serde_json::json;

use crate::Outcome;
use crate::client;

/// Rows in a transaction.
const AT_ONCE: u32 = 1_000;

/// The directory of `acme` in a store.
pub(crate) struct Fill {
    store: Arc<dyn Store>,
    acme: ConnectionId,
    view: View,
}

impl Fill {
    pub(crate) async fn open(database: &str) -> Outcome<Fill> {
        Ok(Fill {
            store: store::open(database).await?,
            acme: "acme".parse()?,
            view: View::new(Arc::new(Schemas::standard()), "https://sp.example/v2"),
        })
    }

    fn scope(&self) -> Scope {
        Scope::by_default(self.acme.clone(), SystemClock.now())
    }

    /// The users that the client would have sent by these numbers.
    pub(crate) async fn users(&self, numbers: Range<u32>) -> Outcome<()> {
        for from in numbers.clone().step_by(AT_ONCE as usize) {
            let user = |number| self.user(number);
            let users: Result<Vec<_>, _> = part(from, &numbers).map(user).collect();
            let users = users?;
            let scope = self.scope();
            let added = transact(&*self.store, &scope, move |directory| {
                Box::pin(async move {
                    for user in &users {
                        directory.insert_user(user).await?;
                    }
                    Ok::<_, DirectoryError>(())
                })
            });
            added.await?;
        }
        Ok(())
    }

    pub(crate) async fn groups(&self, numbers: Range<u32>) -> Outcome<()> {
        let group = |number| self.group(number);
        let groups: Result<Vec<_>, _> = numbers.map(group).collect();
        let groups = groups?;
        let scope = self.scope();
        let added = transact(&*self.store, &scope, move |directory| {
            Box::pin(async move {
                for group in &groups {
                    directory.insert_group(group).await?;
                }
                Ok::<_, DirectoryError>(())
            })
        });
        Ok(added.await?)
    }

    /// Puts users into a group.
    pub(crate) async fn members(&self, group: u32, numbers: Range<u32>) -> Outcome<()> {
        for from in numbers.clone().step_by(AT_ONCE as usize) {
            let member = |number| MemberRef {
                id: user_id(number),
                kind: None,
            };
            let change = MembershipChange::Add(part(from, &numbers).map(member).collect());
            let (view, group) = (self.view.clone(), group_bytes(group));
            let scope = self.scope();
            let added = transact(&*self.store, &scope, move |directory| {
                Box::pin(async move {
                    let group = GroupId::from_random(group);
                    directory.change_members(&group, &change, &view).await
                })
            });
            added.await?;
        }
        Ok(())
    }

    fn user(&self, number: u32) -> Outcome<UserRecord> {
        let resource = self.resource(ResourceKind::User, client::user(number as usize))?;
        let (acme, origin) = (self.acme.clone(), Origin::Provisioned);
        let id = UserId::from_random(bytes(number));
        Ok(UserRecord::new(
            &id,
            acme,
            origin,
            resource,
            SystemClock.now(),
        ))
    }

    fn group(&self, number: u32) -> Outcome<GroupRecord> {
        let body = json!({"displayName": format!("Group {number}")});
        let resource = self.resource(ResourceKind::Group, body)?;
        let id = GroupId::from_random(group_bytes(number));
        Ok(GroupRecord::new(
            &id,
            self.acme.clone(),
            resource,
            SystemClock.now(),
        ))
    }

    /// A body, read as one that came over HTTP is.
    fn resource(&self, kind: ResourceKind, body: Value) -> Outcome<Resource> {
        let of = self.view.schemas().resource_type(kind);
        Ok(Draft::read(body, of)?.created().resource)
    }
}

fn part(from: u32, of: &Range<u32>) -> Range<u32> {
    from..of.end.min(from + AT_ONCE)
}

pub(crate) fn user_id(number: u32) -> String {
    UserId::from_random(bytes(number)).to_string()
}

pub(crate) fn group_id(number: u32) -> String {
    GroupId::from_random(group_bytes(number)).to_string()
}

/// Ids in no order, as random ones are.
fn bytes(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    bytes
}

/// No user has the id of a group.
fn group_bytes(number: u32) -> [u8; 16] {
    let mut bytes = bytes(number);
    bytes[15] = 1;
    bytes
}
