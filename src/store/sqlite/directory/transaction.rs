//! A transaction of the writer as the work of a request sees it.

use async_trait::async_trait;
use jiff::Timestamp;

use super::collisions;
use super::collisions::SAME_NAME;
use super::collisions::SAME_OBJECT;
use super::collisions::SAME_USER_NAME;
use super::collisions::UNUSUAL;
use super::list;
use super::members;
use super::rows::select;
use super::write;
use crate::connection::ConnectionId;
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
use crate::store::records::Cause;
use crate::store::records::failed;
use crate::store::sqlite::Db;
use crate::store::sqlite::access_tokens;
use crate::store::sqlite::credentials;
use crate::store::sqlite::session_deletion;
use crate::store::sqlite::session_deletion::Transaction;
use crate::token::TokenHash;

pub(in crate::store::sqlite) struct Rows<'c> {
    pub(in crate::store::sqlite) db: &'c mut Db,
    pub(in crate::store::sqlite) connection: &'c ConnectionId,
}

impl Transaction for Rows<'_> {
    fn db(&mut self) -> &mut Db {
        self.db
    }
}

#[async_trait]
impl DirectoryView for Rows<'_> {
    async fn users(
        &mut self,
        selection: &UserSelection<'_>,
    ) -> Result<Vec<UserRecord>, DirectoryError> {
        let (db, connection, own) = (&*self.db, self.connection, self.connection.as_str());
        let found = match selection {
            UserSelection::Id(id) => select(db, connection, USER, (own, id.as_str())),
            UserSelection::Named(lookup) => matching(db, connection, lookup),
            UserSelection::Rows(selection) => list::rows(db, connection, selection),
            UserSelection::SharingNames => select(db, connection, SAME_USER_NAME, [own]),
            UserSelection::UnusualNames(after) => select(db, connection, UNUSUAL, (own, after)),
        };
        found.map_err(failed)
    }

    async fn groups(
        &mut self,
        selection: &GroupSelection<'_>,
    ) -> Result<Vec<GroupRecord>, DirectoryError> {
        let (db, connection, own) = (&*self.db, self.connection, self.connection.as_str());
        let found = match selection {
            GroupSelection::Id(id) => select(db, connection, GROUP, (own, id.as_str())),
            GroupSelection::Named(lookup) => collisions::matching(db, connection, lookup),
            GroupSelection::Rows(selection) => list::rows(db, connection, selection),
            GroupSelection::SharingExternalIds => select(db, connection, SAME_OBJECT, [own]),
            GroupSelection::SharingNames => select(db, connection, SAME_NAME, [own]),
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
            ResourceKind::User => list::count::<UserRecord>,
            ResourceKind::Group => list::count::<GroupRecord>,
        };
        count(self.db, self.connection, terms, most).map_err(failed)
    }

    async fn members(
        &mut self,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError> {
        members::page(self.db, self.connection, group.as_str(), after, count)
    }

    async fn user_groups(
        &mut self,
        users: &[UserId],
        most: usize,
    ) -> Result<Option<Vec<Vec<UserGroup>>>, DirectoryError> {
        let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
        members::user_groups(self.db, self.connection, &ids, most)
    }

    async fn known_objects(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError> {
        members::known_objects(self.db, self.connection, ids).map_err(failed)
    }

    async fn counts(&mut self) -> Result<Counts, DirectoryError> {
        list::counts(self.db, self.connection).map_err(failed)
    }
}

#[async_trait]
impl DirectoryRows for Rows<'_> {
    async fn unknown_members(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError> {
        members::unknown(self.db, self.connection, ids).map_err(failed)
    }

    async fn signed_on(
        &mut self,
        users: &[UserId],
        groups: &[GroupId],
    ) -> Result<Vec<UserId>, DirectoryError> {
        members::signed_on(self.db, self.connection, users, groups).map_err(failed)
    }

    async fn put_user(&mut self, user: &UserRecord, how: Put) -> Result<(), DirectoryError> {
        write::put_user(self.db, self.connection, user, how)
    }

    async fn put_group(&mut self, group: &GroupRecord, how: Put) -> Result<(), DirectoryError> {
        write::put_group(self.db, self.connection, group, how)
    }

    async fn remove(&mut self, row: &DirectoryRow) -> Result<bool, DirectoryError> {
        write::remove(self.db, self.connection, row).map_err(failed)
    }

    async fn require_proof(
        &mut self,
        users: &[UserId],
        since: Timestamp,
    ) -> Result<(), DirectoryError> {
        write::require_proof(self.db, self.connection, users, since)
    }

    async fn session_claims(
        &mut self,
        users: &[UserId],
        after: u64,
        most: usize,
    ) -> Result<Vec<SessionClaims>, DirectoryError> {
        session_deletion::claims(self.db, self.connection, users, after, most).map_err(failed)
    }

    async fn put_claims(
        &mut self,
        token: &TokenHash,
        attributes: &Attributes,
    ) -> Result<(), DirectoryError> {
        session_deletion::put_claims(self.db, token, attributes).map_err(failed)
    }

    async fn change_members(
        &mut self,
        group: &GroupId,
        change: &MemberRows,
    ) -> Result<Touched, DirectoryError> {
        members::change(self.db, self.connection, group.as_str(), change)
    }

    async fn credential(
        &mut self,
        id: &CredentialId,
    ) -> Result<Option<ScimCredential>, DirectoryError> {
        credentials::find(self.db, id).map_err(failed)
    }

    async fn put_credential(&mut self, credential: &ScimCredential) -> Result<(), DirectoryError> {
        credentials::put(self.db, credential).map_err(failed)
    }

    async fn put_access_token(&mut self, token: &AccessToken) -> Result<(), DirectoryError> {
        access_tokens::put(self.db, token).map_err(failed)
    }

    async fn keep_access_tokens(
        &mut self,
        client: &ClientId,
        last: u32,
    ) -> Result<(), DirectoryError> {
        access_tokens::keep(self.db, client, last).map_err(failed)
    }
}

fn matching(db: &Db, connection: &ConnectionId, lookup: &Lookup) -> Result<Vec<UserRecord>, Cause> {
    let (condition, value) = match lookup {
        Lookup::ExternalId(id) if is_guid(id) => (BY_GUID, id.clone()),
        Lookup::ExternalId(id) => (BY_EXTERNAL_ID, id.clone()),
        Lookup::UserName(name) => (BY_USER_NAME, user_name_key(name)),
        Lookup::Email(address) => (BY_EMAIL, fold(address)),
    };
    let first = format!("{condition} LIMIT {}", Lookup::MOST);
    select(db, connection, &first, (connection.as_str(), value))
}

const USER: &str = "users AS r WHERE r.connection = ?1 AND r.id = ?2";

const GROUP: &str = "groups AS r WHERE r.connection = ?1 AND r.id = ?2";

const BY_EXTERNAL_ID: &str = "users AS r WHERE r.connection = ?1 AND r.external_id = ?2";

pub(super) const BY_GUID: &str = "users AS r INDEXED BY users_by_object_id
    WHERE r.connection = ?1 AND lower(r.external_id) = lower(?2)";

const BY_USER_NAME: &str = "users AS r WHERE r.connection = ?1 AND r.name_key = ?2";

const BY_EMAIL: &str = "user_emails AS e CROSS JOIN users AS r ON r.seq = e.user_seq
    WHERE e.connection = ?1 AND e.email_key = ?2";
