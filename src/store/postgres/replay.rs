//! Replay keys: 32 bytes, and the moment until which they count.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::conn::Conn;
use super::query::Query as _;
use super::query::values;
use super::transaction::Keeps;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::ReplayCache;
use crate::saml::ReplayKey;
use crate::store::records::Cause;
use crate::store::records::micros;

#[async_trait]
impl ReplayCache for PostgresStore {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        self.change(Keeps::Nothing, move |conn| {
            Box::pin(async move { admit(conn, &key, until, now).await })
        })
        .await
    }
}

/// Admits a key that is new, or whose time is over; it is kept from now on. Of two who come at once, one waits for the other.
pub(super) async fn admit(
    conn: &mut Conn,
    key: &ReplayKey,
    until: Timestamp,
    now: Timestamp,
) -> Result<Admission, Cause> {
    let kept = values![key.as_bytes(), micros(until), micros(now)];
    if conn.execute(KEEP, &kept).await? == 1 {
        return Ok(Admission::First);
    }
    conn.execute(EXTEND, &kept[..2]).await?;
    Ok(Admission::Replayed)
}

const KEEP: &str = "INSERT INTO replay_keys AS k (key, expires) VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET expires = greatest(k.expires, excluded.expires) WHERE k.expires < $3";

const EXTEND: &str = "UPDATE replay_keys SET expires = $2 WHERE key = $1 AND expires < $2";
