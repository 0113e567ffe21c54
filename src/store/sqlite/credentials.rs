//! Credentials of those who provision.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use super::statement::optional;
use super::statement::text;
use super::unknown_connection;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::provisioning::CredentialId;
use crate::provisioning::CredentialKind;
use crate::provisioning::ScimCredential;
use crate::provisioning::ScimCredentials;
use crate::token::TokenHash;

#[async_trait]
impl ScimCredentials for SqliteStore {
    async fn credential(&self, id: &CredentialId) -> Result<Option<ScimCredential>, StoreError> {
        let id = id.clone();
        self.read(move |db| first(db, FIND, [id.as_str()], read))
            .await
    }

    async fn credentials(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ScimCredential>, StoreError> {
        let connection = connection.cloned();
        self.scan(move |db| match &connection {
            Some(connection) => all(db, LIST_OF, [connection.as_str()], read),
            None => all(db, LIST, [], read),
        })
        .await
    }

    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError> {
        self.scan(|db| {
            all(db, PROVISIONED, [], |row| {
                let id = text(row, "connection")?.parse();
                Ok(id.map_err(|_| UnreadableRow("scim_credentials"))?)
            })
        })
        .await
    }

    async fn extend_credential(
        &self,
        id: &CredentialId,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        self.update_credential(EXPIRE, id, expires).await
    }

    async fn revoke_credential(
        &self,
        id: &CredentialId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.update_credential(REVOKE, id, now).await
    }

    async fn note_use(&self, id: &CredentialId, now: Timestamp) -> Result<(), StoreError> {
        self.update_credential(USE, id, now).await.map(drop)
    }
}

impl SqliteStore {
    async fn update_credential(
        &self,
        statement: &'static str,
        id: &CredentialId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |db| Ok(execute(db, statement, (id.as_str(), micros(at)))? > 0))
            .await
    }
}

/// Gives a credential a successor, and another end; says whether it was there, unrevoked and without a successor.
pub(super) fn supersede(
    db: &Db,
    id: &CredentialId,
    expires: Timestamp,
    successor: &CredentialId,
) -> Result<bool, Cause> {
    let values = (id.as_str(), micros(expires), successor.as_str());
    Ok(execute(db, SUPERSEDE, values)? > 0)
}

pub(super) fn insert(db: &Db, credential: &ScimCredential) -> Result<(), Cause> {
    let connection = credential.connection.as_str();
    let values = (
        credential.id.as_str(),
        connection,
        kind(credential.kind),
        credential.hash.as_octets(),
        &credential.label,
        micros(credential.created),
        micros(credential.expires),
        credential.revoked.map(micros),
        credential.last_used.map(micros),
        credential.successor.as_ref().map(CredentialId::as_str),
    );
    execute(db, INSERT, values).map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

fn kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Bearer => "bearer",
        CredentialKind::Basic => "basic",
    }
}

fn read(row: &Row<'_>) -> Result<ScimCredential, Cause> {
    let unreadable = UnreadableRow("scim_credentials");
    let time = |micros: i64| Timestamp::from_microsecond(micros).map_err(|_| unreadable);
    let moment = |column| row.get::<_, Option<i64>>(column);
    let successor = optional(row, "successor")?;
    let hash: Vec<u8> = row.get("hash")?;
    Ok(ScimCredential {
        id: text(row, "id")?.parse().map_err(|_| unreadable)?,
        connection: text(row, "connection")?.parse().map_err(|_| unreadable)?,
        kind: match text(row, "kind")? {
            "bearer" => CredentialKind::Bearer,
            "basic" => CredentialKind::Basic,
            _ => return Err(unreadable.into()),
        },
        hash: TokenHash::from_octets(hash.try_into().map_err(|_| unreadable)?),
        label: row.get("label")?,
        created: time(row.get("created")?)?,
        expires: time(row.get("expires")?)?,
        revoked: moment("revoked")?.map(time).transpose()?,
        last_used: moment("last_used")?.map(time).transpose()?,
        successor: successor
            .map(str::parse)
            .transpose()
            .map_err(|_| unreadable)?,
    })
}

const INSERT: &str = "INSERT INTO scim_credentials
    (id, connection, kind, hash, label, created, expires, revoked, last_used, successor)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const FIND: &str = "SELECT * FROM scim_credentials WHERE id = ?1";

const LIST: &str = "SELECT * FROM scim_credentials ORDER BY created, id";

const LIST_OF: &str = "SELECT * FROM scim_credentials WHERE connection = ?1 ORDER BY created, id";

const PROVISIONED: &str = "SELECT connection FROM scim_credentials
    UNION SELECT connection FROM directory_counts WHERE users > 0";

const EXPIRE: &str = "UPDATE scim_credentials SET expires = ?2 WHERE id = ?1 AND revoked IS NULL";

const SUPERSEDE: &str = "UPDATE scim_credentials SET expires = ?2, successor = ?3
    WHERE id = ?1 AND revoked IS NULL AND successor IS NULL";

const REVOKE: &str = "UPDATE scim_credentials SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL";

const USE: &str = "UPDATE scim_credentials SET last_used = ?2
    WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";
