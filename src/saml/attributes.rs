//! `AttributeStatement`: what else is said of the subject (SAML 2.0 Core §2.7.3).

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

/// The attributes of a subject, in the order in which they were signed. A copy costs nothing: it shares them.
///
/// ```
/// use entrada::saml::Attributes;
///
/// let none = Attributes::default();
/// assert_eq!(none.first("http://schemas.microsoft.com/identity/claims/displayname"), None);
/// assert!(none.values("roles").is_empty());
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(Arc<Vec<Attribute>>);

/// One attribute. Names are compared to the letter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name; in Entra a URI such as `http://schemas.microsoft.com/identity/claims/objectidentifier`.
    pub name: String,
    /// Its values, exactly as they were signed.
    pub values: Vec<String>,
}

impl FromIterator<Attribute> for Attributes {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Attributes {
        Attributes::new(attributes.into_iter().collect())
    }
}

impl Attributes {
    pub(super) fn new(attributes: Vec<Attribute>) -> Attributes {
        Attributes(Arc::new(attributes))
    }

    /// All attributes.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter()
    }

    /// All values of an attribute; empty if there is none. Attributes of one name count as one, with the values
    /// of all of them in order.
    pub fn values(&self, name: &str) -> &[String] {
        self.0
            .iter()
            .find(|attribute| attribute.name == name)
            .map_or(&[], |attribute| &attribute.values)
    }

    /// The first value of an attribute.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    /// The same attributes but for those of these names.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Attributes {
        let attributes = Arc::make_mut(&mut self.0);
        attributes.retain(|attribute| !names.contains(&attribute.name.as_str()));
        self
    }

    /// The number of attributes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The names that Entra gives its claims.
pub mod claim {
    /// The user principal name.
    pub const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
    /// The e-mail address.
    pub const EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
    /// The given name.
    pub const GIVEN_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
    /// The surname.
    pub const SURNAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname";
    /// The tenant's id.
    pub const TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
    /// The user's object id, which never changes.
    pub const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    /// The display name.
    pub const DISPLAY_NAME: &str = "http://schemas.microsoft.com/identity/claims/displayname";
    /// The identity provider behind Entra.
    pub const IDENTITY_PROVIDER: &str =
        "http://schemas.microsoft.com/identity/claims/identityprovider";
    /// The methods by which the person proved who they are.
    pub const AUTHN_METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";
    /// Object ids of the groups.
    pub const GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
    /// Stands in place of [`GROUPS`] when there are more than 150.
    pub const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";
    /// App roles.
    pub const ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
    /// Directory roles.
    pub const WIDS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids";
}
