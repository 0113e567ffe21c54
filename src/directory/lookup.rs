//! The names by which a user or a group is found where no query is worth its while. A store finds whoever has the same key as a
//! name, and by that key no two users may share a `userName`; whom a sign-on or a creation means is decided by
//! [`DirectoryTransaction::users_named`](super::DirectoryTransaction::users_named) alone. A name or an address must be equal
//! but for the case of ASCII letters: the identity provider vouches for the text that it sent, not for one that looks alike
//! (U+212A KELVIN SIGN in lower case is the letter k).

use super::UserRecord;
use crate::text::is_guid;

/// A name that leads to users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// An `externalId`. One that is a GUID is found in upper and in lower case.
    ExternalId(String),
    /// A `userName`, or one with the same key.
    UserName(String),
    /// One of the `emails`, in whatever case.
    Email(String),
}

impl Lookup {
    /// Users that are found at most: more of one name are no better than two.
    pub const MOST: usize = 16;

    /// True if the name is this user's own, and not only one with the same key.
    pub(super) fn is_of(&self, user: &UserRecord) -> bool {
        let resource = &user.record().resource;
        match self {
            Lookup::ExternalId(_) => true,
            Lookup::UserName(name) => resource
                .user_name()
                .is_some_and(|own| own.eq_ignore_ascii_case(name)),
            Lookup::Email(address) => resource
                .emails()
                .iter()
                .any(|own| own.eq_ignore_ascii_case(address)),
        }
    }

    /// The value that is looked for.
    pub fn into_value(self) -> String {
        match self {
            Lookup::ExternalId(value) | Lookup::UserName(value) | Lookup::Email(value) => value,
        }
    }
}

/// A name that leads to groups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupLookup {
    /// An `externalId`, in whatever case of ASCII letters.
    ExternalId(String),
    /// A `displayName`, in whatever case; those without an `externalId` come first.
    Name(String),
    /// A `displayName`, in whatever case; those come first that have it but for the case of ASCII letters.
    Bearer(String),
}

impl GroupLookup {
    /// Groups that are found at most.
    pub const MOST: usize = 16;
}

/// True if two texts name one object of an identity provider: GUIDs in whatever case, anything else to the letter.
pub(crate) fn same_object(one: &str, other: &str) -> bool {
    match is_guid(one) {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    }
}

/// True if two ids of an identity provider are of two of its objects: both are GUIDs, and differ.
pub(super) fn are_two_objects(one: &str, other: &str) -> bool {
    is_guid(one) && is_guid(other) && !one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_five_groups_of_hexadecimal_digits_in_whatever_case() {
        let guid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert!(is_guid(guid) && is_guid(&guid.to_ascii_uppercase()));
        for text in [
            "",
            "ada",
            "0f8fad5b-d9cb-469f-a165-70867728950",
            "0f8fad5b-d9cb-469f-a165-70867728950g",
        ] {
            assert!(!is_guid(text), "{text}");
        }
        let other = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
        assert!(are_two_objects(guid, other));
        assert!(!are_two_objects(guid, &guid.to_ascii_uppercase()));
        assert!(!are_two_objects(guid, "ada"));
    }
}
