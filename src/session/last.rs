//! The last sign-on of a person, for whoever asks what went wrong.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::directory::UserId;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::Principal;

/// The words of the identity provider about a person at their last sign-on, and the outcome of that sign-on.
#[derive(Clone, PartialEq, Debug)]
pub struct LastSignOn {
    /// The time of the sign-on.
    pub at: Timestamp,
    /// The claims of that sign-on.
    pub claims: Claims,
    /// The user that was found, if it is still there.
    pub user: Option<UserId>,
    /// The code of the reason, if the person was turned away.
    pub refused: Option<String>,
}

/// The words of an identity provider about a person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Its entity ID.
    pub issuer: String,
    /// The name.
    pub name_id: NameId,
    /// The time at which the person proved who they are.
    pub authn_instant: Timestamp,
    /// All the other claims.
    pub attributes: Attributes,
}

impl Claims {
    /// The value of an attribute that has one: several name nobody, and neither does one of white space alone.
    pub(super) fn only(&self, name: &str) -> Option<&str> {
        match self.attributes.values(name) {
            [value] if !value.trim().is_empty() => Some(value),
            _ => None,
        }
    }

    pub(super) fn of(principal: &Principal) -> Claims {
        Claims {
            issuer: principal.issuer().to_owned(),
            name_id: principal.name_id().clone(),
            authn_instant: principal.authn_instant(),
            attributes: principal.attributes().clone(),
        }
    }
}

/// The person whose last sign-on is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LastSignOnOf {
    /// The persons who reached this user.
    User(UserId),
    /// The person of this NameID value, but for the case of ASCII letters, whether they reached a user or not.
    Name(String),
    /// So many, of whomever.
    Latest(u32),
}
