//! People and groups of a file, in place of the sample: the forms are those that a directory of ours is exported to and imported
//! from, with the groups of each person beside them.

use std::io::Read;

use super::directory::Directory;
use super::provision;
use crate::admin::transfer::Format;
use crate::admin::transfer::UnreadableRows;
use crate::admin::transfer::read;

impl Directory {
    /// Reads people and groups: CSV whose columns are SCIM paths and `groups`, names with `;` between them; or a user of SCIM a
    /// line. A sign-in name is enough. Fails for a row that is no user, somebody who comes twice, and a file with nobody in it.
    pub(crate) fn read(
        input: Box<dyn Read + Send>,
        format: Format,
    ) -> Result<Directory, PeopleFileError> {
        let mut directory = Directory {
            people: Vec::new(),
            groups: Vec::new(),
            deleted: Vec::new(),
        };
        for user in read::users(input, format)? {
            let described = provision::described(&user.attributes);
            let mut person = described.ok_or(PeopleFileError::Nameless)?;
            let name = person.user_principal_name.clone();
            if directory.person_named(&name).is_some() || directory.remembers(&person.object_id) {
                return Err(PeopleFileError::Twice(name));
            }
            if !user.groups.is_empty() {
                person.remark = format!("in {}", user.groups.join(" and "));
            }
            let object_id = person.object_id.clone();
            directory.people.push(person);
            for group in &user.groups {
                directory.join(&object_id, group);
            }
        }
        match directory.people.is_empty() {
            true => Err(PeopleFileError::Nobody),
            false => Ok(directory),
        }
    }
}

/// The reason that a file of people cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum PeopleFileError {
    /// A row cannot be read.
    #[error(transparent)]
    Row(#[from] UnreadableRows),
    /// Somebody has no sign-in name.
    #[error("expected a userName for everybody")]
    Nameless,
    /// Two people are one.
    #[error("{0} comes twice, by userName or externalId")]
    Twice(String),
    /// There is nobody in it.
    #[error("expected at least one person")]
    Nobody,
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(text: &str, format: Format) -> Result<Directory, PeopleFileError> {
        Directory::read(Box::new(Cursor::new(text.to_owned())), format)
    }

    #[test]
    fn both_forms_describe_the_same_people_and_a_name_is_enough() {
        let table = "userName,name.givenName,name.familyName,title,active,groups\n\
            ada@x.example,Ada,King,Analyst,,Admins; Sales\n\
            bea.fox@x.example,,,,false,Sales\n";
        let lines = concat!(
            r#"{"userName":"ada@x.example","name":{"givenName":"Ada","familyName":"King"},"title":"Analyst","#,
            r#""groups":[{"value":"7","display":"Admins"},"Sales"]}"#,
            "\n",
            r#"{"userName":"bea.fox@x.example","active":false,"groups":["Sales"]}"#,
        );
        let directory = read(table, Format::Csv).unwrap();
        assert_eq!(read(lines, Format::Jsonl).unwrap(), directory);

        let [ada, bea] = &directory.people[..] else {
            panic!("{directory:?}")
        };
        assert_eq!(ada.display_name, "Ada King");
        assert_eq!(ada.job_title.as_deref(), Some("Analyst"));
        assert_eq!(ada.mail.as_deref(), Some("ada@x.example"));
        assert_eq!(ada.remark, "in Admins and Sales");
        assert_eq!((ada.object_id.len(), ada.enabled), (36, true));
        assert_eq!(
            (bea.given_name.as_str(), bea.surname.as_str()),
            ("Bea", "Fox")
        );
        assert!(!bea.enabled);
        let sales = directory.groups.iter().find(|group| group.name == "Sales");
        assert_eq!(directory.members(&sales.unwrap().object_id).count(), 2);
        assert_eq!(directory.groups.len(), 2);
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        let file = "userName,externalId,emails[type eq \"work\"].value\na,7d2e5f10,a@x.example\n";
        let directory = read(file, Format::Csv).unwrap();
        let person = &directory.people[0];
        assert_eq!(person.object_id, "7d2e5f10");
        assert_eq!(person.mail.as_deref(), Some("a@x.example"));
        assert_eq!((person.surname.as_str(), person.groups.len()), ("", 0));
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why() {
        for (text, format, expected) in [
            ("userName,shoeSize\nada,7\n", Format::Csv, "column 2"),
            (
                "userName,active\nada,perhaps\n",
                Format::Csv,
                "row 2: active",
            ),
            ("secret\n", Format::Jsonl, "row 1: character 1"),
            ("{\"title\":\"Analyst\"}\n", Format::Jsonl, "userName"),
            ("userName\nada\nADA\n", Format::Csv, "ADA comes twice"),
            (
                "userName,externalId\nada,1\nbea,1\n",
                Format::Csv,
                "bea comes twice",
            ),
            ("userName\n", Format::Csv, "at least one person"),
        ] {
            let error = read(text, format).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
