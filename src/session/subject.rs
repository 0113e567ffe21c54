//! The name that an identity provider has for a person for ever.

use std::fmt;

use serde_json::json;

use super::last::Claims;
use crate::directory::is_guid;
use crate::saml::NameId;
use crate::saml::claim;

/// A name that an identity provider never gives to another person: Entra's object id, or else a persistent NameID
/// (SAML 2.0 Core §8.3.7). Any other name can be somebody else's tomorrow, and makes no subject.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Subject(String);

impl Subject {
    /// The subject of a person, if the identity provider names one.
    pub fn of(claims: &Claims) -> Option<Subject> {
        let issuer = &claims.issuer;
        if let Some(id) = claims.only(claim::OBJECT_ID) {
            let id = match is_guid(id) {
                true => id.to_ascii_lowercase(),
                false => id.to_owned(),
            };
            return Some(Subject::new(json!(["objectidentifier", issuer, id])));
        }
        let name = &claims.name_id;
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

    /// The object id of Entra, in lower case, if that is what it names the person by.
    pub fn object_id(&self) -> Option<String> {
        match self.parts().as_slice() {
            [Some(kind), _, Some(id)] if kind == "objectidentifier" => Some(id.clone()),
            _ => None,
        }
    }

    /// The persistent NameID, if that is what it names the person by.
    pub fn persistent_name(&self) -> Option<NameId> {
        match self.parts().as_slice() {
            [Some(kind), _, qualifier, sp_qualifier, Some(value)] if kind == "persistent" => {
                Some(NameId {
                    value: value.clone(),
                    format: Some(PERSISTENT.to_owned()),
                    name_qualifier: qualifier.clone(),
                    sp_name_qualifier: sp_qualifier.clone(),
                })
            }
            _ => None,
        }
    }

    fn parts(&self) -> Vec<Option<String>> {
        serde_json::from_str(&self.0).unwrap_or_default()
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
