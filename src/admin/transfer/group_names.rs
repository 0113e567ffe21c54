//! The groups of a person in a file of users. No attribute of a user holds them, so an import overlooks them.

use serde_json::Map;
use serde_json::Value;

/// The treatment of groups in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum GroupNames {
    /// They are no column, and in a line they are overlooked.
    Unread,
    /// A column of names with `;` between them; in a line they stand as SCIM has them, or as plain names.
    Read,
}

impl GroupNames {
    pub(super) fn is_column(self, heading: &str) -> bool {
        self == GroupNames::Read && heading.eq_ignore_ascii_case(GROUPS)
    }

    pub(super) fn of_cell(self, cell: Option<&str>) -> Vec<String> {
        let cell = cell.filter(|_| self == GroupNames::Read);
        let names = cell.unwrap_or_default().split(';').map(str::trim);
        let names = names.filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// Takes the groups out of a user, where they are read.
    pub(super) fn take(self, user: &mut Map<String, Value>) -> Vec<String> {
        let found = match self {
            GroupNames::Unread => None,
            GroupNames::Read => user.remove(GROUPS),
        };
        let groups = found.as_ref().and_then(Value::as_array);
        let name = |group: &Value| {
            let name = group.get("display").unwrap_or(group).as_str();
            name.map(str::to_owned)
        };
        groups.into_iter().flatten().filter_map(name).collect()
    }
}

/// The groups of a user of SCIM, which a client cannot write.
pub(super) const GROUPS: &str = "groups";
