//! `NameID`: who the subject is (SAML 2.0 Core §2.2.3, §8.3).

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// The name of a subject. Two names are the same only if value, format and qualifiers all are.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct NameId {
    /// The name itself, exactly as it was signed.
    pub value: String,
    /// The kind of name; `None` means unspecified.
    pub format: Option<String>,
    /// The domain that qualifies the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_qualifier: Option<String>,
    /// The service provider that qualifies the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
}

/// The value, since that is what people recognise.
impl fmt::Display for NameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}
