//! Credentials of those who provision, and the access tokens that are issued for them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::conn::Conn;
use super::error::unknown_connection;
use super::query::Query;
use super::query::values;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::provisioning::AccessToken;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::provisioning::ScimCredentials;
use crate::store::NoCredential;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::UnreadableRow;
use crate::store::records::credential_values;
use crate::store::records::micros;
use crate::store::records::read_access_token;
use crate::store::records::read_credential;

#[async_trait]
impl ScimCredentials for PostgresStore {
    async fn credential(&self, id: &CredentialId) -> Result<Option<ScimCredential>, StoreError> {
        self.own(find(&mut self.reading(), id).await)
    }

    async fn credentials(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ScimCredential>, StoreError> {
        let values = values![connection.map(ConnectionId::as_str)];
        let (statement, values) = match connection {
            Some(_) => (LIST_OF, &values[..]),
            None => (LIST, &values[..0]),
        };
        let mut reading = self.reading();
        self.own(reading.all(statement, values, read_credential).await)
    }

    async fn access_token(
        &self,
        id: &CredentialId,
    ) -> Result<Option<(AccessToken, ScimCredential)>, StoreError> {
        let values = values![id.as_str()];
        let both = |row: &tokio_postgres::Row| Ok((read_access_token(row)?, read_credential(row)?));
        self.own(self.reading().first(FIND_TOKEN, &values, both).await)
    }

    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError> {
        let read = |row: &tokio_postgres::Row| {
            let id = row.text("connection")?.parse();
            Ok(id.map_err(|_| UnreadableRow("scim_credentials"))?)
        };
        self.own(self.reading().all(PROVISIONED, &[], read).await)
    }

    async fn note_use(&self, id: &CredentialId, now: Timestamp) -> Result<(), StoreError> {
        let values = values![id.as_str(), micros(now)];
        self.own(self.writing().execute(USE, &values).await)
            .map(drop)
    }
}

pub(super) async fn find(
    conn: &mut impl Query,
    id: &CredentialId,
) -> Result<Option<ScimCredential>, Cause> {
    conn.first(FIND, &values![id.as_str()], read_credential)
        .await
}

pub(super) async fn put(conn: &mut Conn, credential: &ScimCredential) -> Result<(), Cause> {
    let put = conn.execute(PUT, &credential_values(credential)?).await;
    put.map(drop)
        .map_err(|cause| unknown_connection(credential.connection.as_str(), cause))
}

/// The client is that of the credential.
pub(super) async fn put_token(conn: &mut Conn, token: &AccessToken) -> Result<(), Cause> {
    let values = values![
        token.id.as_str(),
        token.credential.as_str(),
        token.hash.as_bytes(),
        micros(token.created),
        micros(token.expires),
    ];
    match conn.execute(PUT_TOKEN, &values).await? {
        0 => Err(NoCredential.into()),
        _ => Ok(()),
    }
}

pub(super) async fn keep_tokens(
    conn: &mut Conn,
    client: &ClientId,
    last: u32,
) -> Result<(), Cause> {
    let values = values![client.as_str(), i64::from(last)];
    conn.execute(KEEP_TOKENS, &values).await?;
    Ok(())
}

/// The columns of a credential, which are not `*`: a statement outlives a column that a newer version adds.
macro_rules! columns {
    () => {
        "c.id, c.connection, c.kind, c.hash, c.label, c.created, c.expires, c.revoked, c.last_used,
    c.successor, c.client, c.token_lifetime, c.federation"
    };
}

/// The rest of a credential never changes, and its last use is noted by [`USE`] alone.
const PUT: &str = "INSERT INTO scim_credentials
    (id, connection, kind, hash, label, created, expires, revoked, last_used, successor, client,
    token_lifetime, federation)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, revoked = excluded.revoked,
    successor = excluded.successor";

const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM scim_credentials AS c WHERE c.id = $1"
);

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM scim_credentials AS c ORDER BY c.created, c.id"
);

const LIST_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM scim_credentials AS c WHERE c.connection = $1 ORDER BY c.created, c.id"
);

const PROVISIONED: &str = "SELECT connection FROM scim_credentials
    UNION SELECT connection FROM directory_counts WHERE users > 0";

const USE: &str = "UPDATE scim_credentials SET last_used = $2
    WHERE id = $1 AND (last_used IS NULL OR last_used < $2)";

const FIND_TOKEN: &str = concat!(
    "SELECT t.id AS token_id, t.hash AS token_hash, t.created AS token_created,
    t.expires AS token_expires, ",
    columns!(),
    " FROM scim_access_tokens AS t JOIN scim_credentials AS c ON c.id = t.credential WHERE t.id = $1"
);

const PUT_TOKEN: &str =
    "INSERT INTO scim_access_tokens (id, credential, client, hash, created, expires)
    SELECT $1, id, client, $3, $4, $5 FROM scim_credentials WHERE id = $2 AND client IS NOT NULL";

const KEEP_TOKENS: &str = "DELETE FROM scim_access_tokens WHERE seq IN
    (SELECT seq FROM scim_access_tokens WHERE client = $1 ORDER BY seq DESC OFFSET $2)";

pub(super) const FORGET_TOKENS: &str = "DELETE FROM scim_access_tokens WHERE seq IN
    (SELECT seq FROM scim_access_tokens WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)";
