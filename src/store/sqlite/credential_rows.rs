//! Reading the rows of credentials.

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Row;

use super::error::Cause;
use super::error::UnreadableRow;
use super::statement::optional;
use super::statement::text;
use crate::provisioning::OAuthClient;
use crate::provisioning::Proof;
use crate::provisioning::ScimCredential;
use crate::provisioning::TokenLifetime;
use crate::token::TokenHash;

pub(super) fn read(row: &Row<'_>) -> Result<ScimCredential, Cause> {
    let unreadable = UnreadableRow("scim_credentials");
    let time = |micros: i64| Timestamp::from_microsecond(micros).map_err(|_| unreadable);
    let moment = |column| row.get::<_, Option<i64>>(column);
    let successor = optional(row, "successor")?;
    Ok(ScimCredential {
        id: text(row, "id")?.parse().map_err(|_| unreadable)?,
        connection: text(row, "connection")?.parse().map_err(|_| unreadable)?,
        proof: proof(row)?.ok_or(unreadable)?,
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

/// `None` for a row that cannot be read.
fn proof(row: &Row<'_>) -> Result<Option<Proof>, Cause> {
    let hash: Option<Vec<u8>> = row.get("hash")?;
    let hash = hash.and_then(|hash| hash.try_into().ok());
    let hash = hash.map(TokenHash::from_bytes);
    let client = client(row)?;
    Ok(match text(row, "kind")? {
        "bearer" => hash.map(Proof::Bearer),
        "basic" => hash.map(Proof::Basic),
        "client-secret" => client
            .zip(hash)
            .map(|(client, hash)| Proof::ClientSecret { client, hash }),
        "federation" => {
            let trust = optional(row, "federation")?.map(serde_json::from_str);
            let trust = trust.and_then(Result::ok);
            client
                .zip(trust)
                .map(|(client, trust)| Proof::Federation { client, trust })
        }
        _ => None,
    })
}

fn client(row: &Row<'_>) -> Result<Option<OAuthClient>, Cause> {
    let id = optional(row, "client")?.and_then(|id| id.parse().ok());
    let lifetime: Option<i64> = row.get("token_lifetime")?;
    let lifetime = lifetime
        .map(SignedDuration::from_micros)
        .map(TokenLifetime::new);
    let lifetime = lifetime.and_then(Result::ok);
    Ok(id
        .zip(lifetime)
        .map(|(id, token_lifetime)| OAuthClient { id, token_lifetime }))
}
