//! The identity that an app is told before it accepts assertions of this identity provider.

use std::borrow::Cow;

use super::discovery::issuer;
use super::guid::guid_of;
use super::state::State;

/// The identity with which the provisioning service signs in to an app by federation, as the app's admin enters it there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FederatedIdentity {
    /// The issuer of its assertions.
    pub issuer: String,
    /// The address of the keys that sign them.
    pub keys_url: String,
    /// The object id of the provisioning service in the tenant.
    pub subject: String,
    /// The audience, unless the settings name another.
    pub audience: String,
    /// The tenant id.
    pub tenant: String,
    /// The application id.
    pub app_id: String,
}

impl FederatedIdentity {
    pub(super) fn of(state: &State, app_id: &str) -> FederatedIdentity {
        let (base_url, tenant) = (state.base_url(), state.tenant());
        FederatedIdentity {
            issuer: issuer(state, tenant),
            keys_url: format!("{base_url}/{tenant}/discovery/v2.0/keys"),
            subject: guid_of(&format!("the provisioning service of {tenant}")),
            audience: format!("api://{app_id}"),
            tenant: tenant.to_owned(),
            app_id: app_id.to_owned(),
        }
    }

    /// The command that tells Entrada whose assertions a connection accepts.
    pub(super) fn command(&self, connection: &str, audience: &str) -> String {
        let flags = [
            ("tenant", self.tenant.as_str()),
            ("app", &self.app_id),
            ("subject", &self.subject),
            ("issuer", &self.issuer),
            ("audience", audience),
            ("jwks-url", &self.keys_url),
        ];
        let flags = flags.map(|(name, value)| format!(" \\\n    --{name} {}", quoted(value)));
        // A practice is on this machine, or in a network of one's own.
        let flags = flags.concat();
        format!("entrada client federate {connection}{flags} \\\n    --allow-private-addresses")
    }
}

/// A value as a shell reads it.
fn quoted(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/.-_".contains(c);
    match value.chars().all(is_plain) {
        true => Cow::Borrowed(value),
        false => Cow::Owned(format!("'{}'", value.replace('\'', r"'\''"))),
    }
}
