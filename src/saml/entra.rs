//! The addresses of Microsoft Entra ID, in one list for everybody who asks whether something comes from Entra.

struct Cloud {
    /// The host in the issuer of assertions and in the entity ID of metadata, `https://{host}/{tenant}/`.
    issuer: &'static str,
    /// The hosts at which people sign in. They serve metadata too, and logout messages name one of them as their issuer.
    sign_in: &'static [&'static str],
}

/// The public cloud with that of the US government, which share one issuer, and the one in China.
const CLOUDS: [Cloud; 2] = [
    Cloud {
        issuer: "sts.windows.net",
        sign_in: &[
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.windows.net",
            "login.microsoft.com",
        ],
    },
    Cloud {
        issuer: "sts.chinacloudapi.cn",
        sign_in: &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    },
];

/// Says whether Entra answers under this host name, in whatever case and with or without the dot of the root.
pub(crate) fn is_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let named = |known: &&str| known.eq_ignore_ascii_case(host);
    CLOUDS
        .iter()
        .any(|cloud| named(&cloud.issuer) || cloud.sign_in.iter().any(named))
}

/// The host at which the keys of the tokens of an issuer at this host are published; `None` where it is not Entra's. A token names a
/// sign-in host, or the one of assertions, whose keys the cloud's first sign-in host has.
pub(crate) fn key_host(host: &str) -> Option<&'static str> {
    CLOUDS.iter().find_map(|cloud| {
        let sign_in = cloud.sign_in.iter().find(|known| **known == host);
        let first = || cloud.sign_in.first().filter(|_| cloud.issuer == host);
        sign_in.or_else(first).copied()
    })
}

/// Says whether a host stands in the issuer of Entra's assertions.
pub(crate) fn is_issuer_host(host: &str) -> bool {
    CLOUDS.iter().any(|cloud| cloud.issuer == host)
}

pub(crate) fn is_issuer(entity_id: &str) -> bool {
    CLOUDS
        .iter()
        .any(|cloud| path_at(cloud.issuer, entity_id).is_some())
}

/// The tenant in an issuer of Entra's assertions; `None` for any other issuer.
pub(crate) fn tenant(issuer: &str) -> Option<&str> {
    let path = CLOUDS
        .iter()
        .find_map(|cloud| path_at(cloud.issuer, issuer))?;
    path.strip_suffix('/')
        .filter(|tenant| !tenant.is_empty() && !tenant.contains('/'))
}

/// Says whether `found` is the name under which Entra sends logout messages for the tenant that issues assertions as
/// `issuer`.
pub(super) fn is_logout_name(issuer: &str, found: &str) -> bool {
    let Some(tenant) = tenant(issuer) else {
        return false;
    };
    let clouds = CLOUDS
        .iter()
        .filter(|cloud| path_at(cloud.issuer, issuer).is_some());
    let mut hosts = clouds.flat_map(|cloud| cloud.sign_in);
    hosts.any(|host| path_at(host, found).and_then(|path| path.strip_suffix('/')) == Some(tenant))
}

/// The part behind the host in an address of it.
fn path_at<'a>(host: &str, address: &'a str) -> Option<&'a str> {
    let rest = address.strip_prefix("https://")?;
    rest.strip_prefix(host)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_of_the_list_is_entras_and_none_that_looks_like_one() {
        for host in [
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.partner.microsoftonline.cn",
            "login.chinacloudapi.cn",
            "login.windows.net",
            "login.microsoft.com",
            "sts.windows.net",
            "sts.chinacloudapi.cn",
        ] {
            assert!(is_host(host), "{host}");
            assert!(is_host(&host.to_uppercase()), "{host}");
            assert!(is_host(&format!("{host}.")), "{host}");
            assert!(!is_host(&format!("{host}.evil.example")), "{host}");
            assert!(!is_host(&format!("evil{host}")), "{host}");
        }
        assert!(!is_host("graph.windows.net"));
        assert!(!is_host(""));
    }

    #[test]
    fn the_tenant_stands_in_entras_issuer_and_in_no_other() {
        for (issuer, found) in [
            ("https://sts.windows.net/contoso/", Some("contoso")),
            ("https://sts.chinacloudapi.cn/contoso/", Some("contoso")),
            ("https://sts.windows.net/contoso", None),
            ("https://sts.windows.net//", None),
            ("https://sts.windows.net/a/b/", None),
            ("http://sts.windows.net/contoso/", None),
            ("https://sts.windows.net.evil.example/contoso/", None),
            ("https://login.microsoftonline.com/contoso/", None),
            ("https://idp.example/contoso/", None),
        ] {
            assert_eq!(tenant(issuer), found, "{issuer}");
        }
        assert!(is_issuer("https://sts.windows.net/contoso"));
        assert!(!is_issuer("https://idp.example/sts.windows.net/"));
    }

    #[test]
    fn a_logout_message_may_name_any_sign_in_host_of_the_same_cloud_and_tenant() {
        let (public, china) = (
            "https://sts.windows.net/contoso/",
            "https://sts.chinacloudapi.cn/contoso/",
        );
        for (issuer, found, expected) in [
            (public, "https://login.microsoftonline.com/contoso/", true),
            (public, "https://login.microsoftonline.us/contoso/", true),
            (public, "https://login.windows.net/contoso/", true),
            (public, "https://login.microsoft.com/contoso/", true),
            (
                china,
                "https://login.partner.microsoftonline.cn/contoso/",
                true,
            ),
            (china, "https://login.chinacloudapi.cn/contoso/", true),
            (public, "https://login.chinacloudapi.cn/contoso/", false),
            (china, "https://login.microsoftonline.com/contoso/", false),
            (public, "https://login.microsoftonline.com/fabrikam/", false),
            (public, "https://login.microsoftonline.com/contoso", false),
            (
                public,
                "https://login.microsoftonline.com/contoso/saml2",
                false,
            ),
            (
                "https://idp.example/contoso/",
                "https://login.microsoftonline.com/contoso/",
                false,
            ),
        ] {
            assert_eq!(is_logout_name(issuer, found), expected, "{issuer} {found}");
        }
    }
}
