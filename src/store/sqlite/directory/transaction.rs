//! A transaction of the writer as the work of a request sees it.

use async_trait::async_trait;
use rusqlite::Row;

use super::collisions;
use super::failed;
use super::list;
use super::members;
use super::rows;
use super::rows::Kept;
use super::write;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::Listed;
use crate::directory::Lookup;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::MembersChanged;
use crate::directory::Query;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::is_guid;
use crate::provisioning::LogEntry;
use crate::scim::GroupRef;
use crate::scim::MembershipChange;
use crate::scim::fold;
use crate::scim::user_name_key;
use crate::store::sqlite::Db;
use crate::store::sqlite::provisioning_log;
use crate::store::sqlite::statement::all;

/// The rows of one connection.
pub(in crate::store::sqlite) struct Rows<'c> {
    pub(in crate::store::sqlite) db: &'c mut Db,
    pub(in crate::store::sqlite) scope: Scope,
}

#[async_trait]
impl DirectoryTransaction for Rows<'_> {
    async fn user(&mut self, id: &UserId) -> Result<Option<UserRecord>, DirectoryError> {
        rows::find(self.db, &self.scope.connection, id.as_str()).map_err(failed)
    }

    async fn group(&mut self, id: &GroupId) -> Result<Option<GroupRecord>, DirectoryError> {
        rows::find(self.db, &self.scope.connection, id.as_str()).map_err(failed)
    }

    async fn users(&mut self, query: &Query) -> Result<Listed<UserRecord>, DirectoryError> {
        list::list(self.db, &self.scope.connection, query)
    }

    async fn matching(&mut self, lookup: &Lookup) -> Result<Vec<UserRecord>, DirectoryError> {
        match lookup {
            Lookup::ExternalId(id) if is_guid(id) => self.find_users(BY_GUID, id.clone()),
            Lookup::ExternalId(id) => self.find_users(BY_EXTERNAL_ID, id.clone()),
            Lookup::UserName(name) => self.find_users(BY_USER_NAME, user_name_key(name)),
            Lookup::Email(address) => self.find_users(BY_EMAIL, fold(address)),
        }
    }

    async fn groups(&mut self, query: &Query) -> Result<Listed<GroupRecord>, DirectoryError> {
        list::list(self.db, &self.scope.connection, query)
    }

    async fn members(
        &mut self,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError> {
        let connection = &self.scope.connection;
        members::page(self.db, connection, group.as_str(), after, count)
    }

    async fn groups_of(&mut self, users: &[UserId]) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
        let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
        members::groups_of(self.db, &self.scope.connection, &ids)
    }

    async fn active_users(&mut self) -> Result<u64, DirectoryError> {
        write::active_users(self.db, &self.scope.connection)
    }

    async fn insert_user(&mut self, user: &UserRecord) -> Result<(), DirectoryError> {
        write::insert_user(self.db, &self.scope, user)
    }

    async fn replace_user(&mut self, user: &UserRecord) -> Result<(), DirectoryError> {
        write::replace_user(self.db, &self.scope, user)
    }

    async fn delete_user(&mut self, id: &UserId) -> Result<bool, DirectoryError> {
        write::delete_user(self.db, &self.scope, id)
    }

    async fn alike(&mut self, group: &GroupRecord) -> Result<Vec<GroupRecord>, DirectoryError> {
        collisions::alike(self.db, &self.scope.connection, group)
    }

    async fn insert_group(&mut self, group: &GroupRecord) -> Result<(), DirectoryError> {
        write::insert_group(self.db, &self.scope, group)
    }

    async fn replace_group(&mut self, group: &GroupRecord) -> Result<(), DirectoryError> {
        write::replace_group(self.db, &self.scope, group)
    }

    async fn delete_group(&mut self, id: &GroupId) -> Result<bool, DirectoryError> {
        write::delete_group(self.db, &self.scope, id)
    }

    async fn change_members(
        &mut self,
        group: &GroupId,
        change: &MembershipChange,
        view: &View,
    ) -> Result<MembersChanged, DirectoryError> {
        members::change(self.db, &self.scope, group.as_str(), change, view)
    }

    async fn append_log(&mut self, entry: &LogEntry) -> Result<(), DirectoryError> {
        provisioning_log::append(self.db, entry).map_err(failed)
    }
}

impl Rows<'_> {
    /// The users that a condition on the connection, `?1`, and a value, `?2`, finds.
    pub(in crate::store::sqlite) fn find_users(
        &mut self,
        condition: &'static str,
        value: String,
    ) -> Result<Vec<UserRecord>, DirectoryError> {
        let columns = UserRecord::COLUMNS;
        let most = Lookup::MOST;
        let statement = format!("SELECT {columns} FROM {condition} LIMIT {most}");
        let connection = &self.scope.connection;
        let read = |row: &Row<'_>| UserRecord::read(row, connection);
        all(self.db, &statement, (connection.as_str(), value), read).map_err(failed)
    }
}

const BY_EXTERNAL_ID: &str = "users AS r WHERE r.connection = ?1 AND r.external_id = ?2";

pub(super) const BY_GUID: &str = "users AS r INDEXED BY users_by_object_id
    WHERE r.connection = ?1 AND lower(r.external_id) = lower(?2)";

const BY_USER_NAME: &str = "users AS r WHERE r.connection = ?1 AND r.name_key = ?2";

const BY_EMAIL: &str = "user_emails AS e CROSS JOIN users AS r ON r.seq = e.user_seq
    WHERE e.connection = ?1 AND e.email_key = ?2";
