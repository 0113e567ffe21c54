//! The names by which a user is found where no query is worth its while.

/// A name that leads to users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// An `externalId`. One that is a GUID is found in upper and in lower case.
    ExternalId(String),
    /// A `userName`, in whatever case.
    UserName(String),
    /// One of the `emails`, in whatever case.
    Email(String),
}

impl Lookup {
    /// The value that is looked for.
    pub fn into_value(self) -> String {
        match self {
            Lookup::ExternalId(value) | Lookup::UserName(value) | Lookup::Email(value) => value,
        }
    }
}

/// Whether a text is a GUID, in whatever case: hexadecimal digits in five groups. A GUID is the same in upper and in lower case;
/// of other ids nobody knows.
pub fn is_guid(text: &str) -> bool {
    let groups = text.split('-').map(|group| {
        let hex = group.bytes().all(|c| c.is_ascii_hexdigit());
        hex.then_some(group.len())
    });
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// Whether two ids of an identity provider are of two of its objects: both are GUIDs, and differ.
pub fn are_two_objects(one: &str, other: &str) -> bool {
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
