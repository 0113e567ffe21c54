//! Rows of access tokens.

use super::Cause;
use super::Row;
use super::row::unreadable;
use crate::provisioning::AccessToken;
use crate::token::TokenHash;

/// The access token of a row that has its credential beside it: columns of the token begin with `token_`.
pub(in crate::store) fn read_access_token(row: &impl Row) -> Result<AccessToken, Cause> {
    let read = || {
        let hash = row.bytes("token_hash")?.into_owned();
        let hash = hash.try_into().map_err(|_| "a hash of another length")?;
        Ok(AccessToken {
            id: row.text("token_id")?.parse()?,
            credential: row.text("id")?.parse()?,
            hash: TokenHash::from_bytes(hash),
            created: row.moment("token_created")?,
            expires: row.moment("token_expires")?,
        })
    };
    unreadable("scim_access_tokens", read())
}
