//! The words of the practice identity provider about a person: the claims that Entra sends, and the response around
//! them, valid or with one fault.

use jiff::Timestamp;
use jiff::ToSpan;
use openssl::error::ErrorStack;
use url::Url;

use super::EntraResponse;
use super::Sign;
use super::directory::Person;
use super::fault::Fault;
use super::guid::guid;
use super::request::EMAIL_ADDRESS;
use super::request::NameIdFormat;
use super::request::PERSISTENT;
use crate::dsig::SignError;
use crate::dsig::Signer;
use crate::saml::NameId;
use crate::saml::claim;
use crate::saml::namespace::TRANSIENT;

#[derive(Debug)]
pub(super) struct Issue<'a> {
    pub(super) tenant: &'a str,
    pub(super) person: &'a Person,
    /// The identifier that the app goes by.
    pub(super) identifier: &'a str,
    pub(super) acs_url: &'a str,
    pub(super) in_response_to: Option<&'a str>,
    pub(super) name_id_format: NameIdFormat,
    pub(super) authn_instant: Timestamp,
    pub(super) now: Timestamp,
    pub(super) fault: Option<Fault>,
}

/// A response that was written, and what a logout will say about it.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) xml: String,
    /// The assertion's own ID, which is its `SessionIndex` too.
    pub(super) session_index: String,
    pub(super) name_id: NameId,
}

impl Issue<'_> {
    /// Writes the response and signs its assertion, as Entra does unless told otherwise.
    pub(super) fn response(&self, signer: &Signer) -> Result<Issued, IssueError> {
        let now = match self.fault {
            Some(Fault::Expired) => self.now.saturating_sub(2.hours()).unwrap_or(self.now),
            _ => self.now,
        };
        let audience = match self.fault {
            Some(Fault::WrongAudience) => "https://another-app.example/".to_owned(),
            _ => audience(self.identifier),
        };
        let issuer = match self.fault {
            Some(Fault::WrongIssuer) => issuer(OTHER_TENANT),
            _ => issuer(self.tenant),
        };
        let acs_url = match self.fault {
            Some(Fault::WrongRecipient) => "https://another-app.example/acs",
            _ => self.acs_url,
        };
        let sign = match self.fault {
            Some(Fault::Unsigned) => Sign::Nothing,
            _ => Sign::Assertion,
        };
        let (name_id, format) = self.name_id()?;
        let session_index = format!("_{}", guid()?);
        let mut response = EntraResponse::new(&issuer, &audience, acs_url)
            .ids(&format!("_{}", guid()?), &session_index)
            .issued(now)
            .authn_instant(self.authn_instant.min(now))
            .name_id(&name_id)
            .name_id_format(format);
        if let Some(request) = self.in_response_to {
            response = response.in_response_to(request);
        }
        let signed = self.with_claims(response, &issuer).signed(sign, signer)?;
        let xml = match self.fault {
            // Every assertion has this value, and no name of a person can be taken for something else.
            Some(Fault::Changed) => signed.replacen(&format!(">{}<", self.tenant), ">Mallory<", 1),
            _ => signed,
        };
        Ok(Issued {
            xml,
            session_index,
            name_id: NameId {
                value: name_id,
                format: Some(format.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
        })
    }

    fn with_claims(&self, response: EntraResponse, issuer: &str) -> EntraResponse {
        let person = self.person;
        let one = |value: &str| vec![value.to_owned()];
        let groups = match person.groups.len() {
            0..=GROUPS_LIMIT => (claim::GROUPS, person.groups.clone()),
            _ => (claim::GROUPS_LINK, vec![self.groups_link()]),
        };
        let usual = [
            (claim::TENANT_ID, one(self.tenant)),
            (claim::OBJECT_ID, one(&person.object_id)),
            (claim::DISPLAY_NAME, one(&person.display_name)),
            groups,
            (claim::IDENTITY_PROVIDER, one(issuer)),
            (claim::AUTHN_METHODS, one(PASSWORD_METHOD)),
            (claim::GIVEN_NAME, one(&person.given_name)),
            (claim::SURNAME, one(&person.surname)),
            (claim::EMAIL, person.mail.clone().into_iter().collect()),
            (claim::NAME, one(&person.user_principal_name)),
        ];
        let further = |name: &str| person.claims.iter().any(|(known, _)| known == name);
        let usual = usual.into_iter().filter(|(name, _)| !further(name));
        let all = usual
            .map(|(name, values)| (name.to_owned(), values))
            .chain(person.claims.iter().cloned());
        // Entra leaves out a claim that has no value.
        all.filter(|(_, values)| values.iter().any(|value| !value.is_empty()))
            .fold(response, |response, (name, values)| {
                response.claim(&name, values)
            })
    }

    /// An old Graph address, which Entra still writes.
    fn groups_link(&self) -> String {
        format!(
            "https://graph.windows.net/{}/users/{}/getMemberObjects",
            self.tenant, self.person.object_id
        )
    }

    fn name_id(&self) -> Result<(String, &'static str), ErrorStack> {
        let sign_in_name = || self.person.user_principal_name.clone();
        Ok(match self.name_id_format {
            NameIdFormat::Configured | NameIdFormat::EmailAddress => {
                (sign_in_name(), EMAIL_ADDRESS)
            }
            NameIdFormat::Persistent => (self.pairwise(), PERSISTENT),
            NameIdFormat::Transient => (format!("_{}", guid()?), TRANSIENT),
        })
    }

    /// The same name for one person at one app for ever, and another one at every other app.
    fn pairwise(&self) -> String {
        let identity = format!(
            "{}\n{}\n{}",
            self.tenant, self.identifier, self.person.object_id
        );
        let hash = openssl::sha::sha256(identity.as_bytes());
        openssl::base64::encode_block(&hash)
    }
}

pub(super) fn issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

/// An identifier that is not a URI comes back with `spn:` before it.
fn audience(identifier: &str) -> String {
    if Url::parse(identifier).is_ok() {
        identifier.to_owned()
    } else {
        format!("spn:{identifier}")
    }
}

/// A tenant that no app trusts.
const OTHER_TENANT: &str = "00000000-0000-4000-8000-000000000000";
/// Groups that Entra puts into a SAML assertion at most.
const GROUPS_LIMIT: usize = 150;

const PASSWORD_METHOD: &str =
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password";

#[derive(Debug, thiserror::Error)]
pub(super) enum IssueError {
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error("random numbers are unavailable")]
    Random(#[from] ErrorStack),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_that_is_no_uri_gets_a_prefix() {
        assert_eq!(audience("https://app.example/"), "https://app.example/");
        assert_eq!(audience("urn:app"), "urn:app");
        assert_eq!(audience("app"), "spn:app");
    }
}
