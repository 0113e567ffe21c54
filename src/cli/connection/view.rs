//! A connection as `list` and `show` print it, and what an admin pastes into Entra for it. Keys and documents
//! are left out.

use std::borrow::Cow;

use super::super::output::rows;
pub(super) use crate::admin::connections::ForEntra;
use crate::admin::connections::TrustView;
pub(super) use crate::admin::connections::View;

impl View {
    /// Its settings, one a line.
    pub(super) fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut facts = vec![
            ("Connection", Cow::from(&self.id)),
            ("Display name", Cow::from(&self.display_name)),
        ];
        facts.extend(self.trust.facts());
        let lines = self.lines.iter();
        facts.extend(lines.map(|(label, line)| (*label, Cow::from(line))));
        facts
    }

    /// Its settings, one text for each.
    pub(super) fn lines(&self) -> Vec<String> {
        let facts = self.facts().into_iter();
        facts
            .map(|(label, value)| format!("{label:21}  {value}"))
            .collect()
    }

    /// One line for a list.
    pub(super) fn line(&self) -> [&str; 3] {
        let source = match &self.trust {
            TrustView::MetadataUrl { url, .. } => url.as_str(),
            TrustView::MetadataQuery { base_url, .. } => base_url.as_str(),
            TrustView::MetadataFile { file, .. } => file.as_deref().unwrap_or("metadata"),
            TrustView::Fingerprint { idp_entity_id, .. } => idp_entity_id,
        };
        [&self.id, &self.display_name, source]
    }
}

impl TrustView {
    fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let chosen = |id: &Option<String>| id.clone().map(|id| ("IdP entity ID", Cow::from(id)));
        match self {
            TrustView::MetadataUrl { url, idp_entity_id } => [("Metadata URL", url.into())]
                .into_iter()
                .chain(chosen(idp_entity_id))
                .collect(),
            TrustView::MetadataQuery {
                base_url,
                idp_entity_id,
            } => vec![
                ("Metadata query", base_url.into()),
                ("IdP entity ID", idp_entity_id.into()),
            ],
            TrustView::MetadataFile {
                file,
                idp_entity_id,
            } => {
                let file = file.as_deref().unwrap_or("a document");
                [("Metadata file", file.into())]
                    .into_iter()
                    .chain(chosen(idp_entity_id))
                    .collect()
            }
            TrustView::Fingerprint {
                fingerprints,
                idp_entity_id,
                sso_url,
                slo_url,
            } => {
                let pins = fingerprints.iter();
                pins.map(|pin| ("Fingerprint", pin.to_string().into()))
                    .chain([
                        ("IdP entity ID", idp_entity_id.into()),
                        ("Sign-on", sso_url.into()),
                    ])
                    .chain(slo_url.as_deref().map(|url| ("Logout", url.into())))
                    .collect()
            }
        }
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
