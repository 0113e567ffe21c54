//! Credentials of those who provision.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::sessions;
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
    async fn add_credential(&self, credential: &ScimCredential) -> Result<(), StoreError> {
        let credential = credential.clone();
        self.write(Box::new(|db| {
            Box::pin(async move { add(db, credential).await })
        }))
        .await
    }

    async fn credential(&self, id: &CredentialId) -> Result<Option<ScimCredential>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(id.as_str().to_owned())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        row.map(read).transpose().map_err(StoreError::new)
    }

    async fn credentials(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ScimCredential>, StoreError> {
        let rows = match connection {
            Some(connection) => sqlx::query(LIST_OF).bind(connection.as_str().to_owned()),
            None => sqlx::query(LIST),
        };
        let rows = rows.fetch_all(&self.readers).await;
        let rows = rows.map_err(StoreError::new)?;
        let credentials = rows.into_iter().map(read);
        credentials
            .collect::<Result<_, _>>()
            .map_err(StoreError::new)
    }

    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(PROVISIONED)
            .fetch_all(&self.readers)
            .await
            .map_err(StoreError::new)?;
        let unreadable = |_| StoreError::new(UnreadableRow("scim_credentials"));
        ids.iter()
            .map(|id| id.parse().map_err(unreadable))
            .collect()
    }

    async fn rotate_credential(
        &self,
        old: &CredentialId,
        old_expires: Timestamp,
        next: &ScimCredential,
    ) -> Result<bool, StoreError> {
        let (old, next) = (old.clone(), next.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let rotated = sqlx::query(ROTATE)
                    .bind(old.as_str().to_owned())
                    .bind(micros(old_expires))
                    .bind(next.id.as_str().to_owned())
                    .execute(&mut *db)
                    .await?;
                let rotated = rotated.rows_affected() > 0;
                if rotated {
                    add(db, next).await?;
                }
                Ok(rotated)
            })
        }))
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
        self.write(Box::new(move |db| {
            Box::pin(async move { update(db, statement, &id, at).await })
        }))
        .await
    }
}

async fn update(
    db: &mut SqliteConnection,
    statement: &'static str,
    id: &CredentialId,
    at: Timestamp,
) -> Result<bool, Cause> {
    let updated = sqlx::query(statement)
        .bind(id.as_str().to_owned())
        .bind(micros(at))
        .execute(db)
        .await?;
    Ok(updated.rows_affected() > 0)
}

async fn add(db: &mut SqliteConnection, credential: ScimCredential) -> Result<(), Cause> {
    let connection = credential.connection;
    sqlx::query(ADD)
        .bind(credential.id.as_str().to_owned())
        .bind(connection.as_str().to_owned())
        .bind(kind(credential.kind))
        .bind(credential.hash.as_octets().to_vec())
        .bind(credential.label)
        .bind(micros(credential.created))
        .bind(micros(credential.expires))
        .bind(credential.revoked.map(micros))
        .bind(credential.last_used.map(micros))
        .bind(credential.successor.map(|id| id.as_str().to_owned()))
        .execute(&mut *db)
        .await
        .map_err(|error| unknown_connection(connection.as_str(), error))?;
    let now = credential.created;
    sessions::provisioning_begins(db, connection.as_str(), now).await
}

fn kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Bearer => "bearer",
        CredentialKind::Basic => "basic",
    }
}

fn read(row: SqliteRow) -> Result<ScimCredential, Cause> {
    let unreadable = UnreadableRow("scim_credentials");
    let time = |micros: i64| Timestamp::from_microsecond(micros).map_err(|_| unreadable);
    let text = |column| row.try_get::<&str, _>(column);
    let moment = |column| row.try_get::<Option<i64>, _>(column);
    let successor: Option<&str> = row.try_get("successor")?;
    let hash: Vec<u8> = row.try_get("hash")?;
    Ok(ScimCredential {
        id: text("id")?.parse().map_err(|_| unreadable)?,
        connection: text("connection")?.parse().map_err(|_| unreadable)?,
        kind: match text("kind")? {
            "bearer" => CredentialKind::Bearer,
            "basic" => CredentialKind::Basic,
            _ => return Err(unreadable.into()),
        },
        hash: TokenHash::from_octets(hash.try_into().map_err(|_| unreadable)?),
        label: row.try_get("label")?,
        created: time(row.try_get("created")?)?,
        expires: time(row.try_get("expires")?)?,
        revoked: moment("revoked")?.map(time).transpose()?,
        last_used: moment("last_used")?.map(time).transpose()?,
        successor: successor
            .map(str::parse)
            .transpose()
            .map_err(|_| unreadable)?,
    })
}

const ADD: &str = "INSERT INTO scim_credentials
    (id, connection, kind, hash, label, created, expires, revoked, last_used, successor)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const FIND: &str = "SELECT * FROM scim_credentials WHERE id = $1";

const LIST: &str = "SELECT * FROM scim_credentials ORDER BY created, id";

const LIST_OF: &str = "SELECT * FROM scim_credentials WHERE connection = $1 ORDER BY created, id";

const PROVISIONED: &str = "SELECT connection FROM scim_credentials
    UNION SELECT connection FROM directory_counts WHERE users > 0";

const EXPIRE: &str = "UPDATE scim_credentials SET expires = $2 WHERE id = $1 AND revoked IS NULL";

const ROTATE: &str = "UPDATE scim_credentials SET expires = $2, successor = $3
    WHERE id = $1 AND revoked IS NULL AND successor IS NULL";

const REVOKE: &str = "UPDATE scim_credentials SET revoked = $2 WHERE id = $1 AND revoked IS NULL";

const USE: &str = "UPDATE scim_credentials SET last_used = $2
    WHERE id = $1 AND (last_used IS NULL OR last_used < $2)";
