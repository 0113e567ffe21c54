//! Rows of credentials.

use jiff::SignedDuration;

use super::Cause;
use super::Row;
use super::UnreadableRow;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::provisioning::CredentialId;
use crate::provisioning::OAuthClient;
use crate::provisioning::Proof;
use crate::provisioning::ScimCredential;
use crate::provisioning::TokenLifetime;
use crate::token::TokenHash;

/// The columns of a credential: id, connection, kind, hash, label, created, expires, revoked, last_used, successor, client,
/// token_lifetime, federation.
pub(in crate::store) fn credential_values(
    credential: &ScimCredential,
) -> Result<[Value; 13], Cause> {
    let client = credential.client();
    let lifetime = client.map(|client| i64::try_from(client.token_lifetime.get().as_micros()));
    Ok([
        credential.id.as_str().into(),
        credential.connection.as_str().into(),
        credential.kind().name().into(),
        credential.proof.hash().map(TokenHash::as_bytes).into(),
        credential.label.clone().into(),
        micros(credential.created).into(),
        micros(credential.expires).into(),
        credential.revoked.map(micros).into(),
        credential.last_used.map(micros).into(),
        credential
            .successor
            .as_ref()
            .map(CredentialId::as_str)
            .into(),
        client.map(|client| client.id.as_str()).into(),
        lifetime.transpose()?.into(),
        federation(&credential.proof)?.into(),
    ])
}

fn federation(proof: &Proof) -> Result<Option<String>, Cause> {
    match proof {
        Proof::Federation { trust, .. } => Ok(Some(serde_json::to_string(trust)?)),
        Proof::Bearer(_) | Proof::Basic(_) | Proof::ClientSecret { .. } => Ok(None),
    }
}

pub(in crate::store) fn read_credential(row: &impl Row) -> Result<ScimCredential, Cause> {
    let read = || {
        let successor = row.optional_text("successor")?;
        Ok(ScimCredential {
            id: row.text("id")?.parse()?,
            connection: row.text("connection")?.parse()?,
            proof: proof(row)?.ok_or(UnreadableRow("scim_credentials"))?,
            label: row.owned_text("label")?,
            created: row.moment("created")?,
            expires: row.moment("expires")?,
            revoked: row.optional_moment("revoked")?,
            last_used: row.optional_moment("last_used")?,
            successor: successor.map(|id| id.parse()).transpose()?,
        })
    };
    unreadable("scim_credentials", read())
}

/// `None` for a row that cannot be read.
fn proof(row: &impl Row) -> Result<Option<Proof>, Cause> {
    let hash = row.optional_bytes("hash")?;
    let hash = hash.and_then(|hash| hash.into_owned().try_into().ok());
    let hash = hash.map(TokenHash::from_bytes);
    let client = client(row)?;
    Ok(match &*row.text("kind")? {
        "bearer" => hash.map(Proof::Bearer),
        "basic" => hash.map(Proof::Basic),
        "client-secret" => client
            .zip(hash)
            .map(|(client, hash)| Proof::ClientSecret { client, hash }),
        "federation" => {
            let trust = row.optional_text("federation")?;
            let trust = trust.and_then(|json| serde_json::from_str(&json).ok());
            client
                .zip(trust)
                .map(|(client, trust)| Proof::Federation { client, trust })
        }
        _ => None,
    })
}

fn client(row: &impl Row) -> Result<Option<OAuthClient>, Cause> {
    let id = row.optional_text("client")?.and_then(|id| id.parse().ok());
    let lifetime = row.optional_integer("token_lifetime")?;
    let lifetime = lifetime
        .map(SignedDuration::from_micros)
        .map(TokenLifetime::new);
    let lifetime = lifetime.and_then(Result::ok);
    Ok(id
        .zip(lifetime)
        .map(|(id, token_lifetime)| OAuthClient { id, token_lifetime }))
}
