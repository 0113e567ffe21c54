//! A connection as `list` and `show` print it, and what to paste into Entra. Keys and documents are left out.

use std::borrow::Cow;

use super::super::output::rows;
pub(super) use crate::admin::connections::ForEntra;
pub(super) use crate::admin::connections::View;

impl View {
    pub(super) fn line(&self) -> [&str; 3] {
        let text = |key| Some(self.trust.get(key)?.as_str().unwrap_or("metadata"));
        let source = text("url").or(text("base_url")).or(text("file"));
        let source = source.or(text("idp_entity_id")).unwrap_or_default();
        [&self.id, &self.display_name, source]
    }
}

impl ForEntra {
    pub(super) fn text(&self) -> String {
        let sign_on = rows(
            2,
            [
                ("Identifier (Entity ID)", Cow::from(&self.identifier)),
                ("Reply URL (ACS URL)", Cow::from(&self.reply_url)),
                ("Sign on URL", Cow::from(&self.sign_on_url)),
                ("Logout URL", Cow::from(&self.logout_url)),
            ],
        );
        let provisioning = rows(
            2,
            [("Tenant URL (provisioning)", Cow::from(&self.tenant_url))],
        );
        format!(
            "Paste into Entra (Single sign-on > SAML > Basic SAML Configuration):\n{sign_on}\n\
             Paste into Entra (Provisioning > Admin Credentials), with a token of the connection as Secret Token:\n{provisioning}"
        )
    }
}
