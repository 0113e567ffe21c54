//! The kinds of events, and why sessions end.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// A user came, by provisioning or by a first sign-on.
    UserCreated,
    /// A user has other attributes than before.
    UserUpdated,
    /// A user may not sign on any more; the sessions have ended.
    UserDeactivated,
    /// A user may sign on again. No session comes back.
    UserReactivated,
    /// A user is gone, and all membership of it; the sessions have ended.
    UserDeleted,
    /// A group came.
    GroupCreated,
    /// A group has other attributes than before.
    GroupUpdated,
    /// A group is gone, and all membership in it and of it.
    GroupDeleted,
    /// A user, or the group in `detail`, belongs to the group now.
    MemberAdded,
    /// A user, or the group in `detail`, belongs to the group no more.
    MemberRemoved,
    /// A person signed on.
    SessionOpened,
    /// A session is over; `detail` is the [`EndReason`].
    SessionEnded,
    /// A session was judged again, since the person's groups have changed.
    SessionRefreshed,
    /// Somebody for whom the identity provider vouches was turned away; `detail` is the code of the reason.
    SignOnRefused,
    /// A person was tied to a user; `detail` is the rule.
    UserLinked,
    /// A person is tied to the user no longer, by a command.
    UserUnlinked,
    /// A certificate of the identity provider came or went; `detail` says which, as `added` or `retired` and the SHA-256
    /// fingerprint.
    TrustChanged,
    /// A key of our own came, has another state, or went; `detail` is its id and its state: `next`, `active`, `old` or `retired`.
    KeyChanged,
    /// A certificate or a credential nears its end; `detail` says which, and when.
    Expiring,
}

impl EventKind {
    /// All kinds with their names.
    pub const ALL: [(&'static str, EventKind); 19] = [
        ("user-created", EventKind::UserCreated),
        ("user-updated", EventKind::UserUpdated),
        ("user-deactivated", EventKind::UserDeactivated),
        ("user-reactivated", EventKind::UserReactivated),
        ("user-deleted", EventKind::UserDeleted),
        ("group-created", EventKind::GroupCreated),
        ("group-updated", EventKind::GroupUpdated),
        ("group-deleted", EventKind::GroupDeleted),
        ("member-added", EventKind::MemberAdded),
        ("member-removed", EventKind::MemberRemoved),
        ("session-opened", EventKind::SessionOpened),
        ("session-ended", EventKind::SessionEnded),
        ("session-refreshed", EventKind::SessionRefreshed),
        ("sign-on-refused", EventKind::SignOnRefused),
        ("user-linked", EventKind::UserLinked),
        ("user-unlinked", EventKind::UserUnlinked),
        ("trust-changed", EventKind::TrustChanged),
        ("key-changed", EventKind::KeyChanged),
        ("expiring", EventKind::Expiring),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        let mut all = EventKind::ALL.into_iter();
        let found = all.find(|(_, kind)| *kind == self);
        found.map_or("", |(name, _)| name)
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<EventKind> {
        let mut all = EventKind::ALL.into_iter();
        all.find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EndReason {
    /// The person signed out.
    SignedOut,
    /// The identity provider asked for it.
    LoggedOut,
    /// An admin, or the person from another device, ended it.
    Revoked,
    /// The same browser signed on anew.
    Replaced,
    /// Its time was over.
    Expired,
    /// The user was deactivated.
    UserDeactivated,
    /// The user was deleted.
    UserDeleted,
    /// Provisioning gave the user another object of the identity provider as `externalId`: another person.
    AnotherPerson,
    /// It was of nobody in the directory, and provisioning began.
    ProvisioningBegan,
    /// The groups of the user have changed, and the connection asks for a new sign-on then.
    GroupsChanged,
    /// The connection was removed.
    ConnectionRemoved,
}

impl EndReason {
    /// The name, as events have it.
    pub fn name(self) -> &'static str {
        match self {
            EndReason::SignedOut => "signed-out",
            EndReason::LoggedOut => "logged-out",
            EndReason::Revoked => "revoked",
            EndReason::Replaced => "replaced",
            EndReason::Expired => "expired",
            EndReason::UserDeactivated => "user-deactivated",
            EndReason::UserDeleted => "user-deleted",
            EndReason::AnotherPerson => "another-person",
            EndReason::ProvisioningBegan => "provisioning-began",
            EndReason::GroupsChanged => "groups-changed",
            EndReason::ConnectionRemoved => "connection-removed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_wherever_it_is_written() {
        for (name, kind) in EventKind::ALL {
            assert_eq!(kind.name(), name);
            assert_eq!(EventKind::named(name), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
        assert_eq!(EventKind::named("nothing"), None);
    }
}
