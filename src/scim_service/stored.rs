//! A resource as the directory has it.

use crate::directory::GroupRecord;
use crate::directory::UserRecord;
use crate::scim::Record;
use crate::scim::ResourceKind;

/// A resource of either kind, as the directory has it.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    User(UserRecord),
    Group(GroupRecord),
}

impl Stored {
    pub(super) fn record(&self) -> &Record {
        match self {
            Stored::User(user) => user.record(),
            Stored::Group(group) => group.record(),
        }
    }

    pub(super) fn kind(&self) -> ResourceKind {
        self.record().resource.kind()
    }
}
