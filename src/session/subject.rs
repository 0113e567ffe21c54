//! What an identity provider calls a person for ever.

use std::fmt;

use serde_json::json;

use crate::saml::NameId;
use crate::saml::Principal;
use crate::saml::claim;
use crate::scim::fold;

/// A name that an identity provider never gives to another person: Entra's object id, or else a persistent NameID
/// (SAML 2.0 Core §8.3.7). Any other name can be somebody else's tomorrow, and makes no subject.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Subject(String);

impl Subject {
    /// The subject of a principal, if the identity provider names one.
    pub fn of(principal: &Principal) -> Option<Subject> {
        let issuer = principal.issuer();
        if let Some(id) = principal.attributes().first(claim::OBJECT_ID) {
            return Some(Subject::new(json!(["objectidentifier", issuer, fold(id)])));
        }
        let name = principal.name_id();
        let NameId {
            value,
            name_qualifier,
            sp_name_qualifier,
            ..
        } = name;
        (name.format.as_deref() == Some(PERSISTENT)).then(|| {
            let qualified = json!([
                "persistent",
                issuer,
                name_qualifier,
                sp_name_qualifier,
                value
            ]);
            Subject::new(qualified)
        })
    }

    /// A subject as a store kept it.
    pub fn restored(text: String) -> Subject {
        Subject(text)
    }

    /// The text: a JSON array, in which no part can pass for two.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new(parts: serde_json::Value) -> Subject {
        Subject(parts.to_string())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
