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
        let yes_no = |yes: bool| Cow::from(if yes { "yes" } else { "no" });
        let mut facts = vec![
            ("Connection", Cow::from(&self.id)),
            ("Display name", Cow::from(&self.display_name)),
        ];
        facts.extend(self.source_facts());
        facts.extend([
            ("Our Entity ID", Cow::from(&self.sp_entity_id)),
            ("Our ACS", Cow::from(&self.acs_url)),
            ("Default RelayState", Cow::from(&self.relay_state)),
            ("IdP-initiated", yes_no(self.allow_idp_initiated)),
            ("Sign-on", self.sign_on.name().into()),
            ("Finds users by", self.link_rule.name().into()),
            ("When groups change", self.group_change.name().into()),
            (
                "Session lifetime",
                format!("{} s", self.session_lifetime).into(),
            ),
        ]);
        let seats = self.seats.map(|seats| ("Seats", seats.to_string().into()));
        facts.extend(seats);
        let idle = self.session_idle;
        facts.extend(idle.map(|idle| ("Session, unused", format!("{idle} s").into())));
        facts.extend(
            self.tenant
                .as_deref()
                .map(|tenant| ("Tenant", tenant.into())),
        );
        facts.push(("Own key", yes_no(self.sp_key)));
        facts.push(("Signs requests", yes_no(self.sign_requests)));
        let binding = self
            .request_binding
            .map(|one| ("Requests over", one.name().into()));
        facts.extend(binding);
        facts.push(("On sign-in page", yes_no(self.listed)));
        let (rate, burst) = (self.scim_rate, self.scim_burst);
        let rate = format!("{rate} requests a second, {burst} at once");
        facts.push(("SCIM", rate.into()));
        let lists = [
            ("RelayState target", self.relay_state_targets.as_slice()),
            ("Host", &self.hosts),
            ("E-mail domain", &self.email_domains),
            ("Asks for NameID", self.name_id_format.as_slice()),
            ("Asks for context", &self.authn_contexts),
            ("SCIM extension", &self.scim_extensions),
        ];
        for (label, values) in lists {
            facts.extend(values.iter().map(|value| (label, Cow::from(value))));
        }
        facts
    }

    /// The facts about the source of its trust.
    fn source_facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut facts = self.trust.facts();
        let signers = self.metadata_signer.iter();
        facts.extend(signers.map(|signer| ("Metadata signer", signer.to_string().into())));
        if self.refuse_private_addresses {
            facts.push(("Fetched from", "the public internet alone".into()));
        }
        if self.validity_grace > 0 {
            let grace = format!("{} s after validUntil", self.validity_grace);
            facts.push(("Grace", grace.into()));
        }
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
