//! A transaction as the work of a request sees it.

use async_trait::async_trait;
use jiff::Timestamp;

use super::collisions;
use super::collisions::SAME_NAME;
use super::collisions::SAME_OBJECT;
use super::collisions::SAME_USER_NAME;
use super::collisions::UNUSUAL;
use super::members;
use super::write;
use crate::directory::Counts;
use crate::directory::DirectoryError;
use crate::directory::DirectoryRow;
use crate::directory::DirectoryRows;
use crate::directory::DirectoryView;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::GroupSelection;
use crate::directory::Lookup;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::MemberRows;
use crate::directory::Put;
use crate::directory::RowSelection;
use crate::directory::SessionClaims;
use crate::directory::Touched;
use crate::directory::UserGroup;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::UserSelection;
use crate::directory::is_guid;
use crate::provisioning::AccessToken;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::saml::Attributes;
use crate::scim::ResourceKind;
use crate::scim::Term;
use crate::scim::fold;
use crate::scim::user_name_key;
use crate::store::postgres::credentials;
use crate::store::postgres::fault::failed;
use crate::store::postgres::query::Query as _;
use crate::store::postgres::query::values;
use crate::store::postgres::rows::Rows;
use crate::store::postgres::session_deletion;
use crate::store::records::Cause;
use crate::store::records::Dialect;
use crate::store::records::EntityRow;
use crate::store::records::Row as _;
use crate::store::records::count_rows;
use crate::store::records::list_rows;
use crate::token::TokenHash;

impl Rows<'_> {
    async fn list<T: EntityRow>(&mut self, of: &RowSelection<'_>) -> Result<Vec<T>, Cause> {
        let query = list_rows::<T>(Dialect::Postgres, self.connection, of)?;
        let connection = self.connection;
        self.conn
            .all_of(&query, |row| T::read(row, connection))
            .await
    }

    async fn matching(&mut self, lookup: &Lookup) -> Result<Vec<UserRecord>, Cause> {
        let (condition, value) = match lookup {
            Lookup::ExternalId(id) if is_guid(id) => (BY_GUID, id.clone()),
            Lookup::ExternalId(id) => (BY_EXTERNAL_ID, id.clone()),
            Lookup::UserName(name) => (BY_USER_NAME, user_name_key(name)),
            Lookup::Email(address) => (BY_EMAIL, fold(address)),
        };
        let first = format!("{condition} LIMIT {}", Lookup::MOST);
        let values = values![self.connection.as_str(), value];
        self.select(&first, &values).await
    }
}

#[async_trait]
impl DirectoryView for Rows<'_> {
    async fn users(
        &mut self,
        selection: &UserSelection<'_>,
    ) -> Result<Vec<UserRecord>, DirectoryError> {
        let own = self.connection.as_str();
        let found = match selection {
            UserSelection::Id(id) => self.select(USER, &values![own, id.as_str()]).await,
            UserSelection::Named(lookup) => self.matching(lookup).await,
            UserSelection::Rows(selection) => self.list(selection).await,
            UserSelection::SharingNames => self.select(SAME_USER_NAME, &values![own]).await,
            UserSelection::UnusualNames(after) => self.select(UNUSUAL, &values![own, *after]).await,
        };
        found.map_err(failed)
    }

    async fn groups(
        &mut self,
        selection: &GroupSelection<'_>,
    ) -> Result<Vec<GroupRecord>, DirectoryError> {
        let own = self.connection.as_str();
        let found = match selection {
            GroupSelection::Id(id) => self.select(GROUP, &values![own, id.as_str()]).await,
            GroupSelection::Named(lookup) => collisions::matching(self, lookup).await,
            GroupSelection::Rows(selection) => self.list(selection).await,
            GroupSelection::SharingExternalIds => self.select(SAME_OBJECT, &values![own]).await,
            GroupSelection::SharingNames => self.select(SAME_NAME, &values![own]).await,
        };
        found.map_err(failed)
    }

    async fn count_rows(
        &mut self,
        kind: ResourceKind,
        terms: &[Term],
        most: u64,
    ) -> Result<u64, DirectoryError> {
        let count = match kind {
            ResourceKind::User => count_rows::<UserRecord>,
            ResourceKind::Group => count_rows::<GroupRecord>,
        };
        let query = count(Dialect::Postgres, self.connection, terms, most);
        let count = self.conn.number_of(&query).await.map_err(failed)?;
        u64::try_from(count).map_err(failed)
    }

    async fn members(
        &mut self,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError> {
        let page = members::page(self.conn, self.connection, group.as_str(), after, count);
        page.await.map_err(failed)
    }

    async fn user_groups(
        &mut self,
        users: &[UserId],
        most: usize,
    ) -> Result<Option<Vec<Vec<UserGroup>>>, DirectoryError> {
        let groups = members::user_groups(self.conn, self.connection, users, most);
        groups.await.map_err(failed)
    }

    async fn known_objects(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError> {
        let known = members::known_objects(self.conn, self.connection, ids);
        known.await.map_err(failed)
    }

    async fn counts(&mut self) -> Result<Counts, DirectoryError> {
        let values = values![self.connection.as_str()];
        let counts = self.conn.first(COUNTS, &values, |row| {
            Ok(Counts {
                users: row.number("users")?,
                active_users: row.number("active_users")?,
                groups: row.number("groups")?,
            })
        });
        Ok(counts.await.map_err(failed)?.unwrap_or_default())
    }
}

#[async_trait]
impl DirectoryRows for Rows<'_> {
    async fn unknown_members(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError> {
        let unknown = members::unknown(self.conn, self.connection, ids);
        unknown.await.map_err(failed)
    }

    async fn signed_on(
        &mut self,
        users: &[UserId],
        groups: &[GroupId],
    ) -> Result<Vec<UserId>, DirectoryError> {
        let signed_on = members::signed_on(self.conn, self.connection, users, groups);
        signed_on.await.map_err(failed)
    }

    async fn put_user(&mut self, user: &UserRecord, how: Put) -> Result<(), DirectoryError> {
        write::put_user(self.conn, self.connection, user, how).await
    }

    async fn put_group(&mut self, group: &GroupRecord, how: Put) -> Result<(), DirectoryError> {
        write::put_group(self.conn, self.connection, group, how).await
    }

    async fn remove(&mut self, row: &DirectoryRow) -> Result<bool, DirectoryError> {
        let removed = write::remove(self.conn, self.connection, row);
        removed.await.map_err(failed)
    }

    async fn require_proof(
        &mut self,
        users: &[UserId],
        since: Timestamp,
    ) -> Result<(), DirectoryError> {
        let required = write::require_proof(self.conn, self.connection, users, since);
        required.await.map_err(failed)
    }

    async fn session_claims(
        &mut self,
        users: &[UserId],
        after: u64,
        most: usize,
    ) -> Result<Vec<SessionClaims>, DirectoryError> {
        let claims = session_deletion::claims(self.conn, self.connection, users, after, most);
        claims.await.map_err(failed)
    }

    async fn put_claims(
        &mut self,
        token: &TokenHash,
        attributes: &Attributes,
    ) -> Result<(), DirectoryError> {
        let put = session_deletion::put_claims(self.conn, token, attributes);
        put.await.map_err(failed)
    }

    async fn change_members(
        &mut self,
        group: &GroupId,
        change: &MemberRows,
    ) -> Result<Touched, DirectoryError> {
        members::change(self.conn, self.connection, group.as_str(), change).await
    }

    async fn credential(
        &mut self,
        id: &CredentialId,
    ) -> Result<Option<ScimCredential>, DirectoryError> {
        credentials::find(self.conn, id).await.map_err(failed)
    }

    async fn put_credential(&mut self, credential: &ScimCredential) -> Result<(), DirectoryError> {
        credentials::put(self.conn, credential)
            .await
            .map_err(failed)
    }

    async fn put_access_token(&mut self, token: &AccessToken) -> Result<(), DirectoryError> {
        credentials::put_token(self.conn, token)
            .await
            .map_err(failed)
    }

    async fn keep_access_tokens(
        &mut self,
        client: &ClientId,
        last: u32,
    ) -> Result<(), DirectoryError> {
        credentials::keep_tokens(self.conn, client, last)
            .await
            .map_err(failed)
    }
}

const USER: &str = "users AS r WHERE r.connection = $1 AND r.id = $2";

const GROUP: &str = "groups AS r WHERE r.connection = $1 AND r.id = $2";

const BY_EXTERNAL_ID: &str = "users AS r WHERE r.connection = $1 AND r.external_id = $2";

const BY_GUID: &str =
    "users AS r WHERE r.connection = $1 AND lower(r.external_id) = lower($2 COLLATE \"C\")";

const BY_USER_NAME: &str = "users AS r WHERE r.connection = $1 AND r.name_key = $2";

const BY_EMAIL: &str = "user_emails AS e JOIN users AS r ON r.seq = e.user_seq
    WHERE e.connection = $1 AND e.email_key = $2";

const COUNTS: &str =
    "SELECT users, active_users, groups FROM directory_counts WHERE connection = $1";
