//! The people of a test.

use crate::practice::Directory;
use crate::practice::Person;

/// A person, by the sign-in name, with what the identity provider is to say of them. A text is a person of this name.
///
/// Somebody whom the site's identity provider knows already is the same person: groups are added, and claims take the place of
/// those of the same name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestPerson {
    name: String,
    groups: Vec<String>,
    claims: Vec<(String, Vec<String>)>,
}

impl TestPerson {
    /// A person in no group. Names for other people come of the sign-in name, and the e-mail address is the same.
    pub fn new(user_principal_name: impl Into<String>) -> TestPerson {
        TestPerson {
            name: user_principal_name.into(),
            groups: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// A member of the group of this name. As with Entra, the claim has its object id: the name is known to the app when the
    /// group is provisioned.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> TestPerson {
        self.groups.push(name.into());
        self
    }

    /// A claim of these values, in place of a usual one of the same name; [`crate::saml::claim`] has Entra's names. None leaves
    /// the claim out.
    #[must_use]
    pub fn claim<V: Into<String>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> TestPerson {
        let values = values.into_iter().map(Into::into).collect();
        self.claims.push((name.into(), values));
        self
    }

    /// Puts the person into a directory; returns the object id.
    pub(super) fn join(self, directory: &mut Directory) -> String {
        let known = directory.person_named(&self.name);
        let object_id = match known {
            Some(known) => known.object_id.clone(),
            None => {
                let person = Person::named(&self.name);
                directory.people.push(person.clone());
                person.object_id
            }
        };
        for group in &self.groups {
            directory.join(&object_id, group);
        }
        if let Some(person) = directory.person_mut(&object_id) {
            let is_new = |name: &str| self.claims.iter().any(|(other, _)| other == name);
            person.claims.retain(|(name, _)| !is_new(name));
            person.claims.extend(self.claims);
        }
        object_id
    }
}

impl From<&str> for TestPerson {
    fn from(user_principal_name: &str) -> TestPerson {
        TestPerson::new(user_principal_name)
    }
}
