//! Groups as those who run the site see them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use super::names::one;
use crate::admin::Admin;
use crate::admin::Done;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::PAGE;
use crate::directory::View;
use crate::scim::Member;

/// A group as a list shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct GroupListed {
    /// The id in the directory.
    pub id: String,
    /// The connection that it belongs to.
    pub connection: ConnectionId,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The identity provider's id.
    pub external_id: Option<String>,
    /// The moment when it came.
    pub created: Timestamp,
    /// The moment of the latest change.
    pub last_modified: Timestamp,
    /// The number of the latest change.
    pub version: u64,
}

impl From<GroupRecord> for GroupListed {
    fn from(group: GroupRecord) -> GroupListed {
        let record = group.record();
        let resource = &record.resource;
        GroupListed {
            id: record.id.clone(),
            display_name: resource.display_name().map(str::to_owned),
            external_id: resource.external_id().map(str::to_owned),
            created: record.created,
            last_modified: record.last_modified,
            version: record.version.0,
            connection: group.connection,
        }
    }
}

/// A group as SCIM clients see it.
#[derive(Clone, PartialEq, Serialize, Debug)]
pub struct GroupShown {
    /// The connection that it belongs to.
    pub connection: ConnectionId,
    /// The document with its members.
    pub group: Map<String, Value>,
    /// True if it has more members than the document.
    pub more_members: bool,
}

/// Shows the one group of a name or an id, with so many members at most. Fails where no group or several have the name, on an
/// unknown connection, and where the store does.
pub async fn group(
    admin: &Admin,
    of: Option<&ConnectionId>,
    name: &str,
    members_most: usize,
    base_url: &BaseUrl,
) -> Done<GroupShown> {
    let (group, connection) = one::<GroupRecord>(admin, of, name).await?;
    let mut members = members(admin, connection.id(), &group.id(), members_most).await?;
    let more_members = members.len() > members_most;
    members.truncate(members_most);
    let address = base_url.scim(connection.id());
    Ok(GroupShown {
        connection: connection.id().clone(),
        group: View::of(&connection, &address).group(&group, Some(&members)),
        more_members,
    })
}

/// Members of a group: one more than asked for, if there are so many.
async fn members(
    admin: &Admin,
    connection: &ConnectionId,
    group: &GroupId,
    most: usize,
) -> Done<Vec<Member>> {
    let mut members = Vec::new();
    let mut after = None;
    loop {
        let count = (most + 1 - members.len()).min(PAGE) as u64;
        let page = admin.store().members(connection, group, after, count);
        let page = page.await?;
        members.extend(page.members);
        after = page.next;
        if after.is_none() || members.len() > most {
            return Ok(members);
        }
    }
}
