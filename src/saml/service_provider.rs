//! What we are to an identity provider.

/// What we are to the identity provider, as the connection has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceProvider {
    /// Our Entity ID: the audience that an assertion must name.
    pub entity_id: String,
    /// Our ACS: the address that a response must be sent to.
    pub acs_url: String,
    /// The tenant that the person must be of; by default the one in the issuer of an Entra identity provider.
    pub tenant: Option<String>,
}

impl ServiceProvider {
    /// The tenant that a response of this identity provider must name, if any.
    pub(super) fn tenant_of<'a>(&'a self, idp_entity_id: &'a str) -> Option<&'a str> {
        self.tenant
            .as_deref()
            .or_else(|| entra_tenant(idp_entity_id))
    }
}

/// The tenant in an issuer of Entra's, `https://sts.windows.net/{tenant}/`; in the national clouds the host is
/// another, the shape the same.
fn entra_tenant(idp_entity_id: &str) -> Option<&str> {
    let hosts = ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/"];
    let rest = hosts
        .iter()
        .find_map(|host| idp_entity_id.strip_prefix(host))?;
    rest.strip_suffix('/')
        .filter(|tenant| !tenant.is_empty() && !tenant.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_stands_in_entras_issuer_and_in_no_other() {
        for (issuer, tenant) in [
            ("https://sts.windows.net/contoso/", Some("contoso")),
            ("https://sts.chinacloudapi.cn/contoso/", Some("contoso")),
            ("https://sts.windows.net/contoso", None),
            ("https://sts.windows.net//", None),
            ("https://sts.windows.net/a/b/", None),
            ("https://idp.example/contoso/", None),
        ] {
            assert_eq!(entra_tenant(issuer), tenant, "{issuer}");
        }
    }
}
