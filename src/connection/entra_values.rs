//! Values of Entra's pages that were copied into a setting where another one belongs, and ids that were mistyped on the way. An address that is not
//! Entra's is left alone: other identity providers name themselves as they like.

use url::Url;

use super::ConnectionProblem;
use super::IdpInitiated;
use super::TrustSource;
use crate::address::shown;
use crate::saml::entra;
use crate::text::is_guid;

/// A value that Entra shows, by its form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum EntraValue {
    Identifier,
    LoginUrl,
    Metadata,
    OpenId,
    WsFederation,
    Portal,
    Other,
}

/// An address of Entra's: its form, and the tenant in it.
struct EntraAddress {
    value: EntraValue,
    tenant: Option<String>,
}

/// A setting, and the value of Entra's that belongs there.
struct Field {
    name: &'static str,
    takes: &'static [EntraValue],
    /// The place of the value in Entra.
    place: &'static str,
}

const IDENTIFIER: Field = Field {
    name: "idp-entity-id",
    takes: &[EntraValue::Identifier],
    place: "Single sign-on > Set up > Microsoft Entra Identifier (https://sts.windows.net/TENANT/)",
};
const LOGIN: Field = Field {
    name: "sso-url",
    takes: &[EntraValue::LoginUrl],
    place: "Single sign-on > Set up > Login URL (https://login.microsoftonline.com/TENANT/saml2)",
};
const LOGOUT: Field = Field {
    name: "slo-url",
    takes: &[EntraValue::LoginUrl, EntraValue::WsFederation],
    place: "Single sign-on > Set up > Logout URL (https://login.microsoftonline.com/TENANT/saml2)",
};
const METADATA: Field = Field {
    name: "metadata-url",
    takes: &[EntraValue::Metadata],
    place: "Single sign-on > SAML Certificates > App Federation Metadata Url (it ends in ?appid=...)",
};

/// Values at a wrong place.
#[derive(Default)]
pub(super) struct Misplaced {
    /// Those with which nobody signs on.
    pub(super) refused: Vec<ConnectionProblem>,
    /// Those with which some do: at the end of a sign-out, or beginning at the identity provider.
    pub(super) doubtful: Vec<ConnectionProblem>,
}

/// Finds the values of a source of trust that belong elsewhere. Where sign-ons may begin at the identity provider, our own may lead anywhere.
pub(super) fn misplaced(source: &TrustSource, idp_initiated: IdpInitiated) -> Misplaced {
    let mut found = Misplaced::default();
    let problems = &mut found.refused;
    match source {
        TrustSource::MetadataUrl { url, entity_id, .. } => {
            problems.extend(METADATA.check(url));
            problems.extend(app_id(url));
            problems.extend(entity_id.iter().flat_map(|id| IDENTIFIER.check(id)));
        }
        TrustSource::MetadataQuery { entity_id, .. } => {
            problems.extend(IDENTIFIER.check(entity_id));
        }
        TrustSource::MetadataXml { entity_id, .. } => {
            problems.extend(entity_id.iter().flat_map(|id| IDENTIFIER.check(id)));
        }
        TrustSource::Fingerprint {
            entity_id,
            sso_url,
            slo_url,
            ..
        } => {
            let of = |text: &str| EntraAddress::of(text).map(|address| address.value);
            match (of(entity_id), of(sso_url)) {
                (Some(EntraValue::LoginUrl), Some(EntraValue::Identifier)) => {
                    problems.push(swapped(entity_id, sso_url));
                }
                _ => {
                    problems.extend(IDENTIFIER.check(entity_id));
                    let problems = match idp_initiated {
                        IdpInitiated::Allow => &mut found.doubtful,
                        IdpInitiated::Refuse => problems,
                    };
                    problems.extend(LOGIN.check(sso_url));
                    problems.extend(other_tenant(entity_id, sso_url));
                }
            }
            let logout = slo_url.iter().flat_map(|url| LOGOUT.check(url));
            found.doubtful.extend(logout);
        }
    }
    found
}

/// Finds one of our own names, such as the address of our metadata, in the place of the identity provider's.
pub(super) fn own_name(source: &TrustSource, ours: &[&str]) -> Option<ConnectionProblem> {
    let is_ours = |text: &str| ours.contains(&text);
    let field = match source {
        TrustSource::MetadataUrl { url, .. } if is_ours(url) => METADATA,
        _ if source.entity_id().is_some_and(is_ours) => IDENTIFIER,
        _ => return None,
    };
    Some(problem(
        "own-name-as-identity-provider",
        format!("{} names this app itself: {}", field.name, field.remedy()),
    ))
}

fn problem(code: &'static str, message: String) -> ConnectionProblem {
    ConnectionProblem::Misplaced { code, message }
}

fn swapped(entity_id: &str, sso_url: &str) -> ConnectionProblem {
    problem(
        "login-url-and-identifier-swapped",
        format!(
            "the Login URL and the Microsoft Entra Identifier are swapped: expected sso-url {} and idp-entity-id {}",
            shown(entity_id),
            shown(sso_url)
        ),
    )
}

/// Finds a sign-on address of another tenant than the identifier's; a tenant's name may stand for its id.
fn other_tenant(entity_id: &str, sso_url: &str) -> Option<ConnectionProblem> {
    let tenant = |text| EntraAddress::of(text)?.tenant.filter(|id| is_guid(id));
    let (issuer, sign_on) = (tenant(entity_id)?, tenant(sso_url)?);
    (!issuer.eq_ignore_ascii_case(&sign_on)).then(|| {
        problem(
            "entra-tenants-differ",
            format!(
                "idp-entity-id is of the tenant {issuer}, and sso-url of the tenant {sign_on}: copy both from the page of one app in Entra, under Single sign-on > Set up"
            ),
        )
    })
}

/// Finds a mistyped app id in a metadata address.
fn app_id(url: &str) -> Option<ConnectionProblem> {
    EntraAddress::of(url)?;
    let url = Url::parse(url).ok()?;
    let (_, id) = url
        .query_pairs()
        .find(|(name, _)| name.eq_ignore_ascii_case("appid"))?;
    mistyped("app id (appid)", &id, &METADATA)
}

impl Field {
    fn remedy(&self) -> String {
        format!("copy it from Entra: {}", self.place)
    }

    /// Finds a value of Entra's that does not belong here, or is not written as Entra writes it.
    fn check(&self, text: &str) -> Option<ConnectionProblem> {
        let address = EntraAddress::of(text)?;
        if !self.takes.contains(&address.value) {
            let (name, found) = (self.name, address.value.name());
            let message = format!("{name} has {found} in it: {}", self.remedy());
            return Some(problem("entra-value-misplaced", message));
        }
        let tenant = address.tenant.as_deref()?;
        let mistyped = mistyped("tenant id", tenant, self).or_else(|| other_domain(tenant, self));
        match address.value {
            EntraValue::Identifier => mistyped.or_else(|| as_written(text, tenant)),
            _ => mistyped,
        }
    }
}

/// Finds an identifier that Entra writes in another way: responses name it letter by letter.
fn as_written(text: &str, tenant: &str) -> Option<ConnectionProblem> {
    let host = Url::parse(text).ok()?.host_str()?.to_owned();
    let expected = format!("https://{host}/{tenant}/");
    // With an app id behind the tenant, as Entra writes it on request, it ends otherwise.
    let has_app_id = text.trim_end_matches('/').matches('/').count() > 3;
    (text != expected && !has_app_id).then(|| {
        problem(
            "entra-value-misplaced",
            format!(
                "idp-entity-id is {}, and Entra names itself {expected}, with https and the slash at the end: expected it to the letter",
                shown(text)
            ),
        )
    })
}

/// Finds a name of a tenant that only looks like one of those that Microsoft gives.
fn other_domain(tenant: &str, field: &Field) -> Option<ConnectionProblem> {
    let lower = tenant.to_ascii_lowercase();
    let looks_like = lower
        .split('.')
        .skip(1)
        .any(|label| label.starts_with("onm"));
    let is_one = DOMAINS.iter().any(|domain| lower.ends_with(domain));
    (looks_like && !is_one).then(|| {
        problem(
            "entra-id-mistyped",
            format!(
                "the tenant in {} is {tenant:?}: expected a name that ends in .onmicrosoft.com; {}",
                field.name,
                field.remedy()
            ),
        )
    })
}

const DOMAINS: [&str; 3] = [
    ".onmicrosoft.com",
    ".onmicrosoft.us",
    ".partner.onmschina.cn",
];

/// Finds an id that was meant to be a GUID.
fn mistyped(what: &str, id: &str, field: &Field) -> Option<ConnectionProblem> {
    let fault = guid_fault(id)?;
    let message = format!(
        "the {what} in {} is {id:?}, and {fault}: {}",
        field.name,
        field.remedy()
    );
    Some(problem("entra-id-mistyped", message))
}

/// The fault of a text that was meant to be a GUID, as far as its length and its hyphens say so.
fn guid_fault(text: &str) -> Option<String> {
    if is_guid(text) {
        return None;
    }
    let decoded = text
        .replace("%20", " ")
        .replace("%7B", "{")
        .replace("%7D", "}");
    let bare = decoded.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if is_guid(bare) {
        return Some(format!("{bare} is all that belongs there"));
    }
    let count = bare.chars().count();
    let hyphens = bare.matches('-').count();
    let is_meant = (30..=42).contains(&count) && (hyphens >= 3 || hyphens == 0 && count == 32);
    if !is_meant {
        return None;
    }
    let odd = bare.chars().find(|c| *c != '-' && !c.is_ascii_hexdigit());
    Some(match odd {
        Some(odd) => format!("{odd:?} is no digit of an id (0 to 9 and a to f)"),
        None if count != 36 => format!("has {count} characters in place of 36"),
        None => "its hyphens are not where those of an id are (8-4-4-4-12)".to_owned(),
    })
}

impl EntraAddress {
    /// Reads an address, if it is one of Entra's.
    fn of(text: &str) -> Option<EntraAddress> {
        let url = Url::parse(text.trim()).ok()?;
        let host = url.host_str()?;
        let is_at = |portal: &&str| {
            let below = host.strip_suffix(*portal);
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        };
        if PORTALS.iter().any(is_at) {
            let (value, tenant) = (EntraValue::Portal, None);
            return Some(EntraAddress { value, tenant });
        }
        if !entra::is_host(host) {
            return None;
        }
        let path: Vec<&str> = url
            .path_segments()?
            .filter(|part| !part.is_empty())
            .collect();
        let has = |names: &[&str]| {
            let mut parts = path.iter();
            parts.any(|part| names.iter().any(|name| part.eq_ignore_ascii_case(name)))
        };
        let value = match path.len() {
            _ if has(&["federationmetadata", "federationmetadata.xml"]) => EntraValue::Metadata,
            _ if has(&["saml2"]) => EntraValue::LoginUrl,
            _ if has(&["oauth2", ".well-known", "discovery", "v2.0"]) => EntraValue::OpenId,
            _ if has(&["wsfed", "wsfederation"]) => EntraValue::WsFederation,
            1 | 2 if entra::is_issuer_host(host) => EntraValue::Identifier,
            _ => EntraValue::Other,
        };
        let tenant = path.first().map(|tenant| (*tenant).to_owned());
        Some(EntraAddress { value, tenant })
    }
}

/// Hosts at which people and admins of Entra are.
const PORTALS: [&str; 5] = [
    "myapps.microsoft.com",
    "myapplications.microsoft.com",
    "portal.azure.com",
    "entra.microsoft.com",
    "account.activedirectory.windowsazure.com",
];

impl EntraValue {
    fn name(self) -> &'static str {
        match self {
            EntraValue::Identifier => "the Microsoft Entra Identifier",
            EntraValue::LoginUrl => "the Login URL",
            EntraValue::Metadata => "the App Federation Metadata Url",
            EntraValue::OpenId => "an address of OpenID Connect or OAuth",
            EntraValue::WsFederation => "an address of WS-Federation",
            EntraValue::Portal => "an address of My Apps or of the admin center",
            EntraValue::Other => "another address of Entra's",
        }
    }
}

#[cfg(test)]
mod tests;
