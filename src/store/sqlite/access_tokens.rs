//! Access tokens of OAuth clients.

use jiff::Timestamp;
use rusqlite::Row;

use super::Db;
use super::credential_rows;
use super::error::Cause;
use super::error::UnreadableRow;
use super::statement::execute;
use super::statement::first;
use super::statement::micros;
use super::statement::text;
use crate::provisioning::AccessToken;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::token::TokenHash;

pub(super) fn find(
    db: &Db,
    id: &CredentialId,
) -> Result<Option<(AccessToken, ScimCredential)>, Cause> {
    first(db, FIND, [id.as_str()], |row| {
        Ok((read(row)?, credential_rows::read(row)?))
    })
}

/// The client is that of the credential.
pub(super) fn put(db: &Db, token: &AccessToken) -> Result<(), Cause> {
    let values = (
        token.id.as_str(),
        token.credential.as_str(),
        token.hash.as_bytes(),
        micros(token.created),
        micros(token.expires),
    );
    match execute(db, PUT, values)? {
        0 => Err(NoCredential.into()),
        _ => Ok(()),
    }
}

pub(super) fn keep(db: &Db, client: &ClientId, last: u32) -> Result<(), Cause> {
    execute(db, KEEP, (client.as_str(), last))?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<AccessToken, Cause> {
    let unreadable = UnreadableRow("scim_access_tokens");
    let time = |micros: i64| Timestamp::from_microsecond(micros).map_err(|_| unreadable);
    let hash: Vec<u8> = row.get("token_hash")?;
    Ok(AccessToken {
        id: text(row, "token_id")?.parse().map_err(|_| unreadable)?,
        credential: text(row, "id")?.parse().map_err(|_| unreadable)?,
        hash: TokenHash::from_bytes(hash.try_into().map_err(|_| unreadable)?),
        created: time(row.get("token_created")?)?,
        expires: time(row.get("token_expires")?)?,
    })
}

/// An access token is for a credential of a client that the store does not hold.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the store does not hold the credential of the access token")]
struct NoCredential;

const FIND: &str = "SELECT t.id AS token_id, t.hash AS token_hash, t.created AS token_created,
    t.expires AS token_expires, c.*
    FROM scim_access_tokens AS t JOIN scim_credentials AS c ON c.id = t.credential
    WHERE t.id = ?1";

const PUT: &str = "INSERT INTO scim_access_tokens (id, credential, client, hash, created, expires)
    SELECT ?1, id, client, ?3, ?4, ?5 FROM scim_credentials WHERE id = ?2 AND client IS NOT NULL";

const KEEP: &str = "DELETE FROM scim_access_tokens WHERE seq IN
    (SELECT seq FROM scim_access_tokens WHERE client = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2)";

pub(super) const FORGET: &str = "DELETE FROM scim_access_tokens WHERE seq IN
    (SELECT seq FROM scim_access_tokens WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";
