//! Microsoft's validations of a gallery app, as far as a client can play them, and cases of our own: each is a table of
//! cases, run against a server that may be anybody's, and a result for each case.

mod result;
mod saml;
mod scim;

pub(crate) use self::result::CaseResult;
pub(crate) use self::result::Need;
pub(crate) use self::result::Origin;
pub(crate) use self::result::Outcome;
pub(crate) use self::saml::SamlRun;
pub(crate) use self::saml::SamlValidation;
pub(crate) use self::saml::ValidationError;
pub(crate) use self::scim::ScimRun;
pub(crate) use self::scim::ScimValidation;
