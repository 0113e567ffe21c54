//! A federation as an admin asks for it: what may be left out, and what is refused. Ids that were mistaken for each other are
//! named where that can be seen, since all of them are GUIDs.

use url::Url;

use super::Federation;
use crate::address::AddressPolicy;
use crate::address::has_credentials;
use crate::address::is_protected;
use crate::address::shown as shown_address;
use crate::saml::entra;
use crate::text::has_invisible;
use crate::text::is_guid;
use crate::text::shown;

/// The settings of a federation. What is `None` or empty has a default that follows from the tenant and the app.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewFederation {
    /// The id of the tenant.
    pub tenant: String,
    /// The application id of the workload identity.
    pub app: String,
    /// The object id of the principal whose tokens are believed. It has no default.
    pub subject: String,
    /// The issuer: by default `https://login.microsoftonline.com/TENANT/v2.0`.
    pub issuer: Option<String>,
    /// The audiences: by default `APP` and `api://APP`, since Microsoft's pages have both.
    pub audiences: Vec<String>,
    /// The address of the keys: by default `/TENANT/discovery/v2.0/keys` at the issuer's host, if that is one of Microsoft's.
    pub keys_url: Option<String>,
    /// The addresses that the host of the keys may have: by default those of the public internet alone, so that nobody can have the server
    /// ask inside its own network. At Microsoft's hosts any: those are asked over `HTTPS_PROXY` too, which resolves names itself.
    pub keys_addresses: Option<AddressPolicy>,
}

/// The reason that a federation cannot be made as it was asked for.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FederationError {
    /// An id is no GUID.
    #[error("{name}: expected a GUID, found {found}{hint}")]
    NotAGuid {
        /// The option that it came by.
        name: &'static str,
        /// The text.
        found: String,
        /// The place to look at.
        hint: &'static str,
    },
    /// Two ids are the same.
    #[error("{first} and {second}: expected two different ids, found {found} twice{hint}")]
    SameId {
        /// An option.
        first: &'static str,
        /// Another one.
        second: &'static str,
        /// The id.
        found: String,
        /// The difference between the two.
        hint: &'static str,
    },
    /// An issuer or an audience names another of the ids.
    #[error("{name}: expected {expected}, found {found}, which names {mistaken}")]
    Swapped {
        /// The option.
        name: &'static str,
        /// The text that should be there.
        expected: String,
        /// The text.
        found: String,
        /// The id that it names instead.
        mistaken: &'static str,
    },
    /// An issuer of Microsoft's is that of no tenant, or of another one.
    #[error("--issuer: expected the issuer of the tenant {tenant}, found {found}")]
    OtherIssuer {
        /// The tenant.
        tenant: String,
        /// The issuer.
        found: String,
    },
    /// An issuer is no address that tokens name.
    #[error(
        "--issuer: expected an https address without a query of at most {LONGEST} characters, found {0}"
    )]
    Issuer(String),
    /// An audience is a scope: the portal shows it as that.
    #[error(
        "--audience: expected it as the token has it, found {0}: /.default is for whoever asks for the token; leave it out"
    )]
    Scope(String),
    /// An audience cannot be one, or there are too many.
    #[error(
        "--audience: expected at most {MOST_AUDIENCES} texts of at most {LONGEST} characters without a blank, found {0}"
    )]
    Audience(String),
    /// The keys of an issuer that is not Microsoft's have no address.
    #[error(
        "--jwks-url: expected the address of the keys of {0}: without it they come from Microsoft's hosts alone"
    )]
    NoKeysUrl(String),
    /// The address of the keys is none, or not protected on its way.
    #[error(
        "--jwks-url: expected an https address (plain http is for loopback only) without a user name, found {0}"
    )]
    KeysUrl(String),
}
debug_as_sentence!(FederationError);

impl Federation {
    /// The federation of these settings. GUIDs are kept in lower case, as tokens have them.
    ///
    /// # Errors
    /// Ids that are no GUIDs or were mistaken for each other, an issuer, an audience or an address that cannot be one, and an issuer that is
    /// not Microsoft's without an address for its keys.
    pub fn new(new: &NewFederation) -> Result<Federation, FederationError> {
        let tenant = guid("--tenant", &new.tenant, TENANT_HINT)?;
        let app = guid("--app", &new.app, APP_HINT)?;
        let subject = guid("--subject", &new.subject, SUBJECT_HINT)?;
        for (first, one, second, other, hint) in [
            ("--tenant", &tenant, "--app", &app, ""),
            ("--tenant", &tenant, "--subject", &subject, ""),
            ("--app", &app, "--subject", &subject, SUBJECT_IS_NO_APP),
        ] {
            if one == other {
                return Err(FederationError::SameId {
                    first,
                    second,
                    found: one.clone(),
                    hint,
                });
            }
        }
        let issuer = new.issuer.clone();
        let issuer =
            issuer.unwrap_or_else(|| format!("https://login.microsoftonline.com/{tenant}/v2.0"));
        let mut federation = Federation {
            keys_url: String::new(),
            keys_addresses: AddressPolicy::PublicOnly,
            audiences: match new.audiences.is_empty() {
                true => vec![app.clone(), format!("api://{app}")],
                false => new.audiences.clone(),
            },
            issuer,
            tenant,
            app,
            subject,
        };
        let microsoft = federation.check_issuer()?;
        federation.check_audiences()?;
        federation.keys_url = match (&new.keys_url, microsoft) {
            (Some(url), _) => keys_url(url)?,
            (None, Some(host)) => {
                format!("https://{host}/{}/discovery/v2.0/keys", federation.tenant)
            }
            (None, None) => return Err(FederationError::NoKeysUrl(shown(&federation.issuer))),
        };
        let default = || addresses_of(&federation.keys_url);
        federation.keys_addresses = new.keys_addresses.unwrap_or_else(default);
        Ok(federation)
    }

    /// Looks at the issuer; returns the host of Microsoft's that has its keys, if it is one of Microsoft's.
    fn check_issuer(&self) -> Result<Option<&'static str>, FederationError> {
        let found = || shown_address(&self.issuer).into_owned();
        let url = Url::parse(&self.issuer).ok().filter(|url| {
            is_protected(url)
                && !has_credentials(url)
                && url.query().is_none()
                && url.fragment().is_none()
                && is_text(&self.issuer)
        });
        let url = url.ok_or_else(|| FederationError::Issuer(found()))?;
        let microsoft = url.host_str().and_then(entra::key_host);
        if microsoft.is_none() {
            return Ok(None);
        }
        if let Some(mistaken) = self.mistaken(url.path(), &self.tenant) {
            return Err(FederationError::Swapped {
                name: "--issuer",
                expected: format!("the tenant {}", self.tenant),
                found: found(),
                mistaken,
            });
        }
        match url.path().split('/').any(|part| part == self.tenant) {
            true => Ok(microsoft),
            false => Err(FederationError::OtherIssuer {
                tenant: self.tenant.clone(),
                found: found(),
            }),
        }
    }

    fn check_audiences(&self) -> Result<(), FederationError> {
        if self.audiences.len() > MOST_AUDIENCES {
            let found = format!("{} of them", self.audiences.len());
            return Err(FederationError::Audience(found));
        }
        for audience in &self.audiences {
            if !is_text(audience) {
                return Err(FederationError::Audience(shown(audience)));
            }
            if audience.ends_with("/.default") {
                return Err(FederationError::Scope(shown(audience)));
            }
            if let Some(mistaken) = self.mistaken(audience, &self.app) {
                return Err(FederationError::Swapped {
                    name: "--audience",
                    expected: format!("the app {}", self.app),
                    found: shown(audience),
                    mistaken,
                });
            }
        }
        Ok(())
    }

    /// The id that a text names in place of the right one.
    fn mistaken(&self, text: &str, right: &str) -> Option<&'static str> {
        let names = |id: &String| text.to_ascii_lowercase().contains(id.as_str());
        let ids = [
            (&self.tenant, "the tenant"),
            (&self.app, "the app"),
            (&self.subject, "the subject"),
        ];
        let mut others = ids.into_iter().filter(|(id, _)| *id != right);
        let found = others.find(|(id, _)| names(id));
        found.map(|(_, name)| name)
    }
}

fn guid(name: &'static str, text: &str, hint: &'static str) -> Result<String, FederationError> {
    match is_guid(text) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(FederationError::NotAGuid {
            name,
            found: shown(text),
            hint,
        }),
    }
}

fn keys_url(text: &str) -> Result<String, FederationError> {
    let url = Url::parse(text).ok();
    let good = url.is_some_and(|url| is_protected(&url) && !has_credentials(&url));
    match good && text.len() <= LONGEST {
        true => Ok(text.to_owned()),
        false => Err(FederationError::KeysUrl(shown_address(text).into_owned())),
    }
}

/// The addresses that the host of a URL may have if nobody says so.
fn addresses_of(keys_url: &str) -> AddressPolicy {
    let url = Url::parse(keys_url).ok();
    let host = url.as_ref().and_then(Url::host_str);
    match host.and_then(entra::key_host) {
        Some(_) => AddressPolicy::Any,
        None => AddressPolicy::PublicOnly,
    }
}

/// True for a text that can be compared to the letter and be seen to be the same.
fn is_text(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && !text.contains(' ') && !has_invisible(text)
}

const TENANT_HINT: &str = ": in Entra, Overview shows the Tenant ID";
const APP_HINT: &str = ": of the audience api://GUID/.default that Entra shows, it is the GUID";
const SUBJECT_HINT: &str = ": in Entra, Provisioning > Connectivity > Workload Identity Federation shows the Subject (sub)";
const SUBJECT_IS_NO_APP: &str =
    ": the subject is the object id of the provisioning service's principal";
/// Characters of an issuer, an audience or an address: Entra's have 70.
const LONGEST: usize = 512;
/// Microsoft's pages name three forms of one audience.
const MOST_AUDIENCES: usize = 8;

#[cfg(test)]
#[path = "new_federation_tests.rs"]
mod tests;
