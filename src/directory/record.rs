//! The records that a store keeps of a user and of a group.

use jiff::RoundMode;
use jiff::Timestamp;
use jiff::TimestampRound;
use jiff::Unit;

use super::GroupId;
use super::UserId;
use crate::connection::ConnectionId;
use crate::scim::Record;
use crate::scim::Resource;
use crate::scim::Version;

/// A person in the directory of one connection.
#[derive(Clone, PartialEq, Debug)]
pub struct UserRecord {
    /// The connection that the user belongs to; no other ever reaches the record.
    pub connection: ConnectionId,
    /// The way in which the user came here.
    pub origin: Origin,
    record: Record,
}

/// A group in the directory of one connection, without its members, which can be many.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupRecord {
    /// The connection that the group belongs to; no other ever reaches the record.
    pub connection: ConnectionId,
    record: Record,
}

/// The way in which a user came to the directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// From provisioning, or from an import.
    Provisioned,
    /// From the first sign-on of a person who was not provisioned.
    JustInTime,
}

impl Origin {
    /// The name of the origin, such as `just-in-time`.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Provisioned => "provisioned",
            Origin::JustInTime => "just-in-time",
        }
    }
}

impl UserRecord {
    /// A user that is created now. Times are kept to the millisecond: what is shown compares as shown.
    pub fn new(
        id: &UserId,
        connection: ConnectionId,
        origin: Origin,
        resource: Resource,
        now: Timestamp,
    ) -> UserRecord {
        UserRecord {
            connection,
            origin,
            record: fresh(id.as_str(), resource, now),
        }
    }

    /// A user as a store kept it. A store gives back what it was given; nothing is checked again.
    pub fn restored(connection: ConnectionId, origin: Origin, record: Record) -> UserRecord {
        UserRecord {
            connection,
            origin,
            record,
        }
    }

    /// The server's name for the user.
    pub fn id(&self) -> UserId {
        UserId::known(&self.record.id)
    }

    /// The user with other attributes: the next version.
    pub fn changed(self, resource: Resource, now: Timestamp) -> UserRecord {
        UserRecord {
            record: next(self.record, resource, now),
            ..self
        }
    }

    /// The resource, and what the server knows about it.
    pub fn record(&self) -> &Record {
        &self.record
    }
}

impl GroupRecord {
    /// A group that is created now.
    pub fn new(
        id: &GroupId,
        connection: ConnectionId,
        resource: Resource,
        now: Timestamp,
    ) -> GroupRecord {
        GroupRecord {
            connection,
            record: fresh(id.as_str(), resource, now),
        }
    }

    /// A group as a store kept it. A store gives back what it was given; nothing is checked again.
    pub fn restored(connection: ConnectionId, record: Record) -> GroupRecord {
        GroupRecord { connection, record }
    }

    /// The server's name for the group.
    pub fn id(&self) -> GroupId {
        GroupId::known(&self.record.id)
    }

    /// The group with other attributes or other members: the next version.
    pub fn changed(self, resource: Resource, now: Timestamp) -> GroupRecord {
        GroupRecord {
            record: next(self.record, resource, now),
            ..self
        }
    }

    /// The resource, and what the server knows about it.
    pub fn record(&self) -> &Record {
        &self.record
    }
}

fn fresh(id: &str, resource: Resource, now: Timestamp) -> Record {
    let now = to_the_millisecond(now);
    Record {
        id: id.to_owned(),
        resource,
        created: now,
        last_modified: now,
        version: Version(1),
    }
}

/// A clock that was set back does not take `meta.lastModified` back: a client that asks for what changed since its last
/// visit would never hear of this change.
fn next(record: Record, resource: Resource, now: Timestamp) -> Record {
    Record {
        resource,
        last_modified: to_the_millisecond(now).max(record.last_modified),
        version: Version(record.version.0 + 1),
        ..record
    }
}

/// Downwards, so that nothing has changed later than now.
fn to_the_millisecond(now: Timestamp) -> Timestamp {
    let whole = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(RoundMode::Floor);
    now.round(whole).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::scim::ResourceKind;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn resource() -> Resource {
        Resource::restored(ResourceKind::User, Map::new())
    }

    #[test]
    fn a_change_makes_the_next_version_and_never_an_earlier_time() {
        let id = UserId::from_random([1; 16]);
        let acme: ConnectionId = "acme".parse().unwrap();
        let now = at("2026-11-22T09:30:00.1239Z");
        let user = UserRecord::new(&id, acme, Origin::Provisioned, resource(), now);
        assert_eq!(user.record().version, Version(1));
        assert_eq!(user.record().created, at("2026-11-22T09:30:00.123Z"));

        let later = user.changed(resource(), at("2026-11-22T09:31:00Z"));
        assert_eq!(later.record().version, Version(2));
        assert_eq!(later.record().last_modified, at("2026-11-22T09:31:00Z"));

        let set_back = later.changed(resource(), at("2026-11-22T09:00:00Z"));
        assert_eq!(set_back.record().version, Version(3));
        assert_eq!(set_back.record().created, at("2026-11-22T09:30:00.123Z"));
        assert_eq!(set_back.record().last_modified, at("2026-11-22T09:31:00Z"));
    }
}
