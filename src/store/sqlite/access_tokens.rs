//! Access tokens of OAuth clients.

use super::Db;
use super::statement::execute;
use super::statement::first;
use crate::provisioning::AccessToken;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::store::NoCredential;
use crate::store::records::Cause;
use crate::store::records::micros;
use crate::store::records::read_access_token;
use crate::store::records::read_credential;

pub(super) fn find(
    db: &Db,
    id: &CredentialId,
) -> Result<Option<(AccessToken, ScimCredential)>, Cause> {
    first(db, FIND, [id.as_str()], |row| {
        Ok((read_access_token(row)?, read_credential(row)?))
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
