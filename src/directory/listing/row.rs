//! Users and groups as rows of a list, and what clients see of them.

use async_trait::async_trait;
use serde_json::Map;
use serde_json::Value;

use super::RowSelection;
use super::scan::Scan;
use super::scan::TOO_MANY;
use crate::directory::Counts;
use crate::directory::DirectoryError;
use crate::directory::DirectoryView;
use crate::directory::GroupRecord;
use crate::directory::GroupSelection;
use crate::directory::UserRecord;
use crate::directory::UserSelection;
use crate::directory::View;
use crate::scim::GroupRef;
use crate::scim::Record;
use crate::scim::ResourceKind;

#[async_trait]
pub(in crate::directory) trait Row:
    Clone + Send + Sync + Sized + 'static
{
    const KIND: ResourceKind;
    /// The attribute that stands in rows of its own.
    const RELATION: &'static str;

    fn record(&self) -> &Record;

    /// The number of these in a connection.
    fn all_of(counts: &Counts) -> u64;

    async fn rows(
        view: &mut dyn DirectoryView,
        selection: &RowSelection<'_>,
    ) -> Result<Vec<Self>, DirectoryError>;

    /// The resource that clients see, without its relation.
    fn document(&self, view: &View) -> Map<String, Value>;

    /// The resources that clients see, with their relation. Each member or group that is loaded counts as a row of the scan.
    async fn related(
        rows: &mut dyn DirectoryView,
        records: &[Self],
        view: &View,
        scan: &mut Scan,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError>;
}

#[async_trait]
impl Row for UserRecord {
    const KIND: ResourceKind = ResourceKind::User;
    const RELATION: &'static str = "groups";

    fn record(&self) -> &Record {
        UserRecord::record(self)
    }

    fn all_of(counts: &Counts) -> u64 {
        counts.users
    }

    async fn rows(
        view: &mut dyn DirectoryView,
        selection: &RowSelection<'_>,
    ) -> Result<Vec<UserRecord>, DirectoryError> {
        view.users(&UserSelection::Rows(*selection)).await
    }

    fn document(&self, view: &View) -> Map<String, Value> {
        view.user(self, None)
    }

    async fn related(
        rows: &mut dyn DirectoryView,
        records: &[UserRecord],
        view: &View,
        scan: &mut Scan,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError> {
        let ids: Vec<_> = records.iter().map(UserRecord::id).collect();
        let held = rows.user_groups(&ids, scan.left()).await?;
        let mut documents = Vec::with_capacity(records.len());
        for (user, groups) in records.iter().zip(held.ok_or(TOO_MANY)?) {
            scan.look_at(groups.len())?;
            let groups: Vec<GroupRef> = groups.into_iter().map(GroupRef::from).collect();
            documents.push(view.user(user, Some(&groups)));
        }
        Ok(documents)
    }
}

#[async_trait]
impl Row for GroupRecord {
    const KIND: ResourceKind = ResourceKind::Group;
    const RELATION: &'static str = "members";

    fn record(&self) -> &Record {
        GroupRecord::record(self)
    }

    fn all_of(counts: &Counts) -> u64 {
        counts.groups
    }

    async fn rows(
        view: &mut dyn DirectoryView,
        selection: &RowSelection<'_>,
    ) -> Result<Vec<GroupRecord>, DirectoryError> {
        view.groups(&GroupSelection::Rows(*selection)).await
    }

    fn document(&self, view: &View) -> Map<String, Value> {
        view.group(self, None)
    }

    async fn related(
        rows: &mut dyn DirectoryView,
        records: &[GroupRecord],
        view: &View,
        scan: &mut Scan,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError> {
        let mut documents = Vec::with_capacity(records.len());
        for group in records {
            let most = scan.left() as u64 + 1;
            let page = rows.members(&group.id(), None, most).await?;
            scan.look_at(page.members.len())?;
            documents.push(view.group(group, Some(&page.members)));
        }
        Ok(documents)
    }
}
