//! The last use of a credential, which tells the operator whether anybody still needs it.

use jiff::Timestamp;

use super::Site;
use crate::provisioning::ScimCredential;

impl Site {
    /// Notes a use beside the request, which need not wait for it.
    pub(crate) fn note_use(&self, credential: &ScimCredential, now: Timestamp) {
        if !credential.is_use_worth_noting(now) {
            return;
        }
        let (store, id) = (self.store.clone(), credential.id.clone());
        tokio::spawn(async move {
            if let Err(error) = store.note_use(&id, now).await {
                tracing::warn!(event = "scim-use-not-noted", credential = %id, %error, "scim: the use was not noted");
            }
        });
    }
}
