//! One use for each assertion (SAML 2.0 Profiles §4.1.4.5): the identity of an assertion, hashed, is kept until
//! the assertion could no longer pass its other checks.

use async_trait::async_trait;
use jiff::Timestamp;
use openssl::sha::Sha256;

use crate::ports::StoreError;

/// The identity of an assertion: SHA-256 over its issuer and its ID.
///
/// Hashed, because both are text from outside: whatever an identity provider puts into an ID, the store sees
/// 32 bytes (Shibboleth's CVE-2025-9943 was an ID that reached SQL).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    /// The key of one assertion. The issuer's length goes first, so that no two pairs share a text.
    pub fn of(issuer: &str, assertion_id: &str) -> ReplayKey {
        let mut hash = Sha256::new();
        hash.update(&(issuer.len() as u64).to_be_bytes());
        hash.update(issuer.as_bytes());
        hash.update(assertion_id.as_bytes());
        ReplayKey(hash.finish())
    }

    /// The 32 bytes, as a store keeps them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The cache's answer about an assertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// Never seen before; it is remembered from now on.
    First,
    /// Seen before.
    Replayed,
}

/// Remembers which assertions were used. Shared by all nodes of a site.
#[async_trait]
pub trait ReplayCache: Send + Sync {
    /// Remembers `key` until `until` and says whether it was there already, in one atomic and durable step:
    /// of two callers at the same time, exactly one hears [`Admission::First`].
    ///
    /// A key may be forgotten only when `now` has passed its `until`; of several, the latest counts.
    ///
    /// # Errors
    /// A store that cannot answer; the sign-on is then refused.
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_issuer_and_id_apart() {
        assert_ne!(ReplayKey::of("ab", "c"), ReplayKey::of("a", "bc"));
        assert_eq!(ReplayKey::of("a", "b"), ReplayKey::of("a", "b"));
    }
}
