//! The service provider that we are to an identity provider.

use super::entra;

/// The service provider that we are to the identity provider, as the connection has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceProvider {
    /// Our Entity ID: the audience that an assertion must name.
    pub entity_id: String,
    /// Our ACS: the address that a response must be sent to.
    pub acs_url: String,
    /// The tenant that the person must be of; by default the one in the issuer of an Entra identity provider. A response may
    /// leave the claim out where that issuer names the same tenant.
    pub tenant: Option<String>,
}

impl ServiceProvider {
    /// The tenant that a response of this identity provider must name, if any.
    pub(super) fn tenant_of<'a>(&'a self, idp_entity_id: &'a str) -> Option<&'a str> {
        self.tenant
            .as_deref()
            .or_else(|| entra::tenant(idp_entity_id))
    }
}
