//! The errors that Entra shows instead of signing somebody in: a number and a message. What an admin can do stands in
//! the table of [`EntraError`].

use crate::saml::EntraError;

/// The reason that the practice identity provider does not sign somebody in, with the number that Entra gives to it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum Aadsts {
    /// 50011: the ACS is none of the app's reply URLs.
    #[error(
        "The reply URL '{found}' in the request does not match the reply URLs configured for the application '{app}'."
    )]
    ReplyUrl {
        /// The address in the request.
        found: String,
        /// The app's identifier.
        app: String,
    },
    /// 50057: the account is disabled.
    #[error("The user account '{0}' is disabled.")]
    Disabled(String),
    /// 50105: the person is not assigned to the app.
    #[error("The signed-in user '{person}' is not assigned to a role for the application '{app}'.")]
    NotAssigned {
        /// The person's sign-in name.
        person: String,
        /// The app's name.
        app: String,
    },
    /// 50058: `IsPassive` was asked for, and nobody is signed in.
    #[error("A silent sign-in request was sent, but no user is signed in.")]
    NoSession,
    /// 700016: no app has the issuer of the request as its identifier.
    #[error(
        "No application with the identifier '{identifier}' was found in the directory '{tenant}'."
    )]
    UnknownApplication {
        /// The issuer of the request.
        identifier: String,
        /// The tenant that was asked.
        tenant: String,
    },
    /// 90002: there is no such tenant here.
    #[error("Tenant '{0}' was not found.")]
    UnknownTenant(String),
    /// 75005: what came is not an `AuthnRequest` that can be read.
    #[error("The request is not a valid SAML 2.0 protocol message: {0}.")]
    NotSaml(String),
    /// 76021: the app takes signed requests alone, and no signature of its key is where the binding wants it.
    #[error(
        "The request sent by client is not signed while the application '{0}' requires signed requests."
    )]
    NotSigned(String),
    /// 7500530: a `LogoutRequest` names nobody.
    #[error("The NameID must be present in a LogoutRequest.")]
    NoNameId,
    /// 75011: a way of signing in was asked for that the person did not use.
    #[error(
        "The requested authentication context was not met; the comparison must be 'exact' and name a password."
    )]
    AuthenticationContext,
    /// 75016: the format in `NameIDPolicy` is none that is offered.
    #[error("The NameIDPolicy format '{0}' is not supported.")]
    NameIdPolicy(String),
    /// 750054: there is no message.
    #[error("SAMLRequest or SAMLResponse must be present in the request.")]
    NoMessage,
    /// 7500529: the ID of the request begins with a digit.
    #[error("The value '{0}' is not a valid SAML ID. The ID must not begin with a number.")]
    InvalidId(String),
    /// 900236: the request has a `Subject`.
    #[error(
        "The SAML authentication request property 'Subject' is not supported and must not be set."
    )]
    Subject,
}
debug_as_sentence!(Aadsts);

impl Aadsts {
    /// The number, as in `AADSTS50011`.
    pub fn code(&self) -> u32 {
        match self {
            Aadsts::ReplyUrl { .. } => 50011,
            Aadsts::Disabled(_) => 50057,
            Aadsts::NoSession => 50058,
            Aadsts::NotAssigned { .. } => 50105,
            Aadsts::NotSaml(_) => 75005,
            Aadsts::AuthenticationContext => 75011,
            Aadsts::NameIdPolicy(_) => 75016,
            Aadsts::NotSigned(_) => 76021,
            Aadsts::UnknownTenant(_) => 90002,
            Aadsts::UnknownApplication { .. } => 700_016,
            Aadsts::NoMessage => 750_054,
            Aadsts::Subject => 900_236,
            Aadsts::InvalidId(_) => 7_500_529,
            Aadsts::NoNameId => 7_500_530,
        }
    }

    /// The change that helps, in a real tenant or in the app that sent the request.
    pub fn remedy(&self) -> &'static str {
        EntraError::of(self.code()).map_or("", |error| error.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_mends_it() {
        let text = String::new;
        let errors = [
            Aadsts::ReplyUrl {
                found: text(),
                app: text(),
            },
            Aadsts::NotAssigned {
                person: text(),
                app: text(),
            },
            Aadsts::Disabled(text()),
            Aadsts::NoSession,
            Aadsts::UnknownApplication {
                identifier: text(),
                tenant: text(),
            },
            Aadsts::UnknownTenant(text()),
            Aadsts::NotSaml(text()),
            Aadsts::AuthenticationContext,
            Aadsts::NameIdPolicy(text()),
            Aadsts::NotSigned(text()),
            Aadsts::NoMessage,
            Aadsts::NoNameId,
            Aadsts::InvalidId(text()),
            Aadsts::Subject,
        ];
        for error in errors {
            assert!(!error.remedy().is_empty(), "{error:?}");
        }
    }
}
