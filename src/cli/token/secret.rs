//! A new secret, as it is shown once: what to paste into Entra, and nothing that keeps it.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::json;

use crate::cli::output::rows;
use crate::connection::BaseUrl;
use crate::provisioning::CredentialKind;
use crate::provisioning::ScimCredential;
use crate::token::Token;

/// A credential with its secret.
pub(super) struct Shown<'a> {
    pub(super) credential: &'a ScimCredential,
    pub(super) secret: &'a Token,
    pub(super) base_url: &'a BaseUrl,
}

impl Shown<'_> {
    pub(super) fn json(&self) -> Value {
        let ScimCredential {
            id,
            connection,
            expires,
            ..
        } = self.credential;
        let mut json = json!({ "id": id });
        match self.credential.kind {
            CredentialKind::Bearer => {
                json["token"] = json!(self.credential.bearer_text(self.secret));
            }
            CredentialKind::Basic => {
                json["username"] = json!(id);
                json["password"] = json!(self.secret.reveal());
            }
        }
        json["expires_at"] = json!(expires);
        json["connection"] = json!(connection);
        json["tenant_url"] = json!(self.base_url.scim(connection));
        json
    }

    pub(super) fn text(&self) -> String {
        let address = self.base_url.scim(&self.credential.connection);
        let mut lines = vec![("Tenant URL", Cow::from(address))];
        let secret = match self.credential.kind {
            CredentialKind::Bearer => {
                lines.push((
                    "Secret Token",
                    self.credential.bearer_text(self.secret).into(),
                ));
                "the token is shown this once"
            }
            CredentialKind::Basic => {
                lines.push(("User name", self.credential.id.as_str().into()));
                lines.push(("Password", self.secret.reveal().into()));
                "the password is shown this once"
            }
        };
        format!(
            "Paste into Entra (Provisioning > Admin Credentials); {secret}:\n{}",
            rows(2, lines)
        )
    }
}
