//! The people and groups that the practice identity provider knows: fixed sample data with awkward cases in it, such as
//! somebody without an e-mail address, in too many groups for the claim, or not assigned to the app.

use super::assignment::Assignment;
use super::guid::guid_of;

/// Everything in one tenant that a sign-on needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// The people who can sign in.
    pub people: Vec<Person>,
    /// The groups that people are members of.
    pub groups: Vec<Group>,
    /// People who were deleted and can be restored, as for 30 days in Entra: apps have them disabled.
    pub deleted: Vec<Person>,
}

/// Somebody who can sign in with a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The object id, a GUID that never changes.
    pub object_id: String,
    /// The sign-in name.
    pub user_principal_name: String,
    /// The name for other people.
    pub display_name: String,
    /// The given name.
    pub given_name: String,
    /// The surname.
    pub surname: String,
    /// The e-mail address; not everybody has one.
    pub mail: Option<String>,
    /// The job title.
    pub job_title: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The office.
    pub office: Option<String>,
    /// The object id of the manager.
    pub manager: Option<String>,
    /// True if the account is enabled. A disabled one cannot sign in, and is inactive at the apps.
    pub enabled: bool,
    /// Object ids of the groups this person is a member of.
    pub groups: Vec<String>,
    /// Further claims, by name: such as an admin maps attributes of the tenant's own to. One with the name of a usual claim takes
    /// its place.
    pub claims: Vec<(String, Vec<String>)>,
    /// The reason to click on this person, shown on the portal.
    pub remark: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The object id, which is what Entra sends.
    pub object_id: String,
    /// The name, which Entra does not send.
    pub name: String,
}

impl Directory {
    /// Six people at `contoso.example`. All but Farah Fox are meant to be assigned to an app: see
    /// [`Directory::sample_assignment`].
    pub fn sample() -> Directory {
        let named = [ADMINS, ENGINEERING, FINANCE].map(|(object_id, name)| Group {
            object_id: object_id.to_owned(),
            name: name.to_owned(),
        });
        let projects: Vec<Group> = (1..=PROJECTS).map(project).collect();
        let project_ids = projects.iter().map(|group| group.object_id.clone());
        let alice = Person {
            job_title: Some("Head of Engineering".to_owned()),
            ..person("Alice", "Arden", 0x1a, &[ADMINS, ENGINEERING], "")
        };
        let people = vec![
            alice.clone(),
            person("Bruno", "Berg", 0x2b, &[FINANCE], ""),
            Person {
                job_title: Some("Engineer".to_owned()),
                manager: Some(alice.object_id.clone()),
                ..person("Chidi", "Cole", 0x3c, &[ENGINEERING], "")
            },
            Person {
                groups: project_ids.collect(),
                ..person("Dana", "Doyle", 0x4d, &[], "in 160 groups, sent as a link")
            },
            Person {
                mail: None,
                ..person("Emil", "Ek", 0x5e, &[FINANCE], "has no e-mail address")
            },
            person("Farah", "Fox", 0x6f, &[], "not assigned to the app"),
        ];
        Directory {
            people,
            groups: named.into_iter().chain(projects).collect(),
            deleted: Vec::new(),
        }
    }

    /// Everybody of the sample but Farah Fox, and the three groups that are no projects.
    pub fn sample_assignment() -> Assignment {
        let people = Directory::sample().people.into_iter();
        let people = people.filter(|person| person.given_name != "Farah");
        let groups = [ADMINS, ENGINEERING, FINANCE].map(|(object_id, _)| object_id.to_owned());
        Assignment::Only(
            people
                .map(|person| person.object_id)
                .chain(groups)
                .collect(),
        )
    }

    /// The person with this object id.
    pub fn person(&self, object_id: &str) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.object_id == object_id)
    }

    /// The group with this object id.
    pub fn group(&self, object_id: &str) -> Option<&Group> {
        self.groups
            .iter()
            .find(|group| group.object_id == object_id)
    }

    /// The name of the group with this object id.
    pub fn group_name(&self, object_id: &str) -> Option<&str> {
        self.group(object_id).map(|group| group.name.as_str())
    }

    /// The person with this sign-in name, in whatever case.
    pub(crate) fn person_named(&self, user_principal_name: &str) -> Option<&Person> {
        let mut people = self.people.iter();
        people.find(|person| {
            person
                .user_principal_name
                .eq_ignore_ascii_case(user_principal_name)
        })
    }

    /// Makes a person a member of the group of this name, which is made where there is none; says whether there is the person.
    pub(crate) fn join(&mut self, person: &str, group: &str) -> bool {
        let mut groups = self.groups.iter();
        let known = groups.find(|known| known.name == group);
        let group = known.cloned().unwrap_or_else(|| {
            let group = Group::named(group);
            self.groups.push(group.clone());
            group
        });
        self.set_member(&group.object_id, person, true)
    }

    /// The members of a group.
    pub fn members(&self, group: &str) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(move |person| person.is_in(group))
    }
}

impl Person {
    /// Somebody in no group, with the sign-in name as the e-mail address. The object id is a GUID.
    pub fn new(
        object_id: impl Into<String>,
        user_principal_name: impl Into<String>,
        given_name: impl Into<String>,
        surname: impl Into<String>,
    ) -> Person {
        let (given_name, surname) = (given_name.into(), surname.into());
        let user_principal_name = user_principal_name.into();
        Person {
            object_id: object_id.into(),
            display_name: format!("{given_name} {surname}").trim().to_owned(),
            mail: Some(user_principal_name.clone()),
            user_principal_name,
            given_name,
            surname,
            job_title: None,
            department: None,
            office: None,
            manager: None,
            enabled: true,
            groups: Vec::new(),
            claims: Vec::new(),
            remark: String::new(),
        }
    }

    /// Somebody of whom nothing but a sign-in name is known. The object id, and the names for other people, come of it: it stays the
    /// same from start to start.
    pub(crate) fn named(user_principal_name: &str) -> Person {
        let nickname = user_principal_name.split('@').next().unwrap_or_default();
        let mut words = nickname.split(['.', '_', '-']).map(capitalised);
        let given_name = words.next().unwrap_or_default();
        let surname = words.collect::<Vec<_>>().join(" ");
        Person::new(
            guid_of(user_principal_name),
            user_principal_name,
            given_name,
            surname,
        )
    }

    /// The mail nickname: the sign-in name up to the `@`.
    pub fn mail_nickname(&self) -> &str {
        let name = self.user_principal_name.split('@').next();
        name.unwrap_or_default()
    }

    /// True if this person is a member of a group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|known| known == group)
    }

    pub(super) fn initials(&self) -> String {
        let first = |name: &str| name.chars().next();
        first(&self.given_name)
            .into_iter()
            .chain(first(&self.surname))
            .collect()
    }
}

impl Group {
    /// The group of this name. Its object id comes of the name: it stays the same from start to start.
    pub(crate) fn named(name: &str) -> Group {
        Group {
            object_id: guid_of(&format!("group {name}")),
            name: name.to_owned(),
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn person(
    given_name: &str,
    surname: &str,
    number: u8,
    groups: &[(&str, &str)],
    remark: &str,
) -> Person {
    let address = format!("{}@contoso.example", given_name.to_lowercase());
    let names: Vec<&str> = groups.iter().map(|(_, name)| *name).collect();
    let object_id = format!("c0a5{number:02x}71-6d0e-4f43-9b1a-2f6d5be0a9{number:02x}");
    Person {
        department: names.last().map(|name| (*name).to_owned()),
        office: Some("Contoso House, Reading".to_owned()),
        groups: groups
            .iter()
            .map(|(object_id, _)| (*object_id).to_owned())
            .collect(),
        remark: if remark.is_empty() {
            format!("in {}", names.join(" and "))
        } else {
            remark.to_owned()
        },
        ..Person::new(object_id, address, given_name, surname)
    }
}

fn project(number: usize) -> Group {
    Group {
        object_id: format!("9a1c{number:04x}-51d2-4b7e-8f30-6c2d8e0b{number:04x}"),
        name: format!("Project {number}"),
    }
}

const ADMINS: (&str, &str) = ("e3d7a1f2-0b64-4c1d-8a57-91c6f0e2b3a4", "Admins");
const ENGINEERING: (&str, &str) = ("5f1b8c3e-7a90-4d26-b1e8-3c9d4a7f6e02", "Engineering");
const FINANCE: (&str, &str) = ("a84c6d10-92f3-4e5b-bc07-d5e1f8a2936b", "Finance");

/// Ten more than Entra puts into a SAML assertion.
const PROJECTS: usize = 160;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::app::App;
    use super::*;

    #[test]
    fn the_sample_holds_the_awkward_cases_and_no_id_twice() {
        let directory = Directory::sample();
        let ids: BTreeSet<&str> = directory
            .people
            .iter()
            .map(|person| person.object_id.as_str())
            .chain(
                directory
                    .groups
                    .iter()
                    .map(|group| group.object_id.as_str()),
            )
            .collect();
        assert_eq!(ids.len(), directory.people.len() + directory.groups.len());
        assert!(ids.iter().all(|id| id.len() == 36), "{ids:?}");
        let count = |is: fn(&Person) -> bool| directory.people.iter().filter(|p| is(p)).count();
        assert_eq!(count(|person| person.groups.len() > 150), 1);
        assert_eq!(count(|person| person.mail.is_none()), 1);
        let app = App {
            assignment: Directory::sample_assignment(),
            ..App::new("id", "App", "urn:app", "https://app.example/acs")
        };
        let refused = directory.people.iter().filter(|person| !app.admits(person));
        assert_eq!(refused.count(), 1);
    }
}
