//! A replay cache for tests and measurements that end before a process does.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use entrada::ports::StoreError;
use entrada::saml::Admission;
use entrada::saml::ReplayCache;
use entrada::saml::ReplayKey;
use jiff::Timestamp;

/// The keys that were used, each with the moment until which it counts. It answers at once.
#[derive(Default)]
pub(crate) struct UsedKeys(Mutex<HashMap<ReplayKey, Timestamp>>);

#[async_trait]
impl ReplayCache for UsedKeys {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        let mut keys = self.0.lock().map_err(|_| StoreError::new("poisoned"))?;
        match keys.get_mut(&key) {
            Some(kept) if now <= *kept => {
                *kept = until.max(*kept);
                Ok(Admission::Replayed)
            }
            _ => {
                keys.insert(key, until);
                Ok(Admission::First)
            }
        }
    }
}
