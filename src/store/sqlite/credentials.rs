//! Credentials of those who provision.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params_from_iter;

use super::Db;
use super::SqliteStore;
use super::access_tokens;
use super::error::unknown_connection;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::provisioning::AccessToken;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::provisioning::ScimCredentials;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::UnreadableRow;
use crate::store::records::credential_values;
use crate::store::records::micros;
use crate::store::records::read_credential;

#[async_trait]
impl ScimCredentials for SqliteStore {
    async fn credential(&self, id: &CredentialId) -> Result<Option<ScimCredential>, StoreError> {
        let id = id.clone();
        self.read(move |db| find(db, &id)).await
    }

    async fn credentials(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ScimCredential>, StoreError> {
        let connection = connection.cloned();
        self.scan(move |db| match &connection {
            Some(connection) => all(db, LIST_OF, [connection.as_str()], |row| {
                read_credential(row)
            }),
            None => all(db, LIST, [], |row| read_credential(row)),
        })
        .await
    }

    async fn access_token(
        &self,
        id: &CredentialId,
    ) -> Result<Option<(AccessToken, ScimCredential)>, StoreError> {
        let id = id.clone();
        self.read(move |db| access_tokens::find(db, &id)).await
    }

    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError> {
        self.scan(|db| {
            all(db, PROVISIONED, [], |row| {
                let id = row.text("connection")?.parse();
                Ok(id.map_err(|_| UnreadableRow("scim_credentials"))?)
            })
        })
        .await
    }

    async fn note_use(&self, id: &CredentialId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |db| {
            execute(db, USE, (id.as_str(), micros(now)))?;
            Ok(())
        })
        .await
    }
}

pub(super) fn find(db: &Db, id: &CredentialId) -> Result<Option<ScimCredential>, Cause> {
    first(db, FIND, [id.as_str()], |row| read_credential(row))
}

pub(super) fn put(db: &Db, credential: &ScimCredential) -> Result<(), Cause> {
    let values = credential_values(credential)?;
    execute(db, PUT, params_from_iter(&values))
        .map_err(|error| unknown_connection(credential.connection.as_str(), error))?;
    Ok(())
}

/// The rest of a credential never changes, and its last use is noted by [`USE`] alone.
const PUT: &str = "INSERT INTO scim_credentials
    (id, connection, kind, hash, label, created, expires, revoked, last_used, successor, client,
    token_lifetime, federation)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, revoked = excluded.revoked,
    successor = excluded.successor";

const FIND: &str = "SELECT * FROM scim_credentials WHERE id = ?1";

const LIST: &str = "SELECT * FROM scim_credentials ORDER BY created, id";

const LIST_OF: &str = "SELECT * FROM scim_credentials WHERE connection = ?1 ORDER BY created, id";

const PROVISIONED: &str = "SELECT connection FROM scim_credentials
    UNION SELECT connection FROM directory_counts WHERE users > 0";

const USE: &str = "UPDATE scim_credentials SET last_used = ?2
    WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";
