//! Replay keys: 32 octets, and the moment until which they count.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::micros;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::ReplayCache;
use crate::saml::ReplayKey;

#[async_trait]
impl ReplayCache for SqliteStore {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        self.write(Box::new(move |db| Box::pin(admit(db, key, until, now))))
            .await
    }
}

/// Whether the key is new; it is kept from now on.
pub(super) async fn admit(
    db: &mut SqliteConnection,
    key: ReplayKey,
    until: Timestamp,
    now: Timestamp,
) -> Result<Admission, Cause> {
    let admitted = sqlx::query(ADMIT)
        .bind(key.as_octets().to_vec())
        .bind(micros(until))
        .bind(micros(now))
        .execute(&mut *db)
        .await?;
    if admitted.rows_affected() == 1 {
        return Ok(Admission::First);
    }
    sqlx::query(PROLONG)
        .bind(key.as_octets().to_vec())
        .bind(micros(until))
        .execute(&mut *db)
        .await?;
    Ok(Admission::Replayed)
}

/// Takes the place of a key that has expired, but touches no live one.
const ADMIT: &str = "INSERT INTO replay_keys (key, expires) VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE replay_keys.expires < $3";

const PROLONG: &str = "UPDATE replay_keys SET expires = $2 WHERE key = $1 AND expires < $2";
