//! The kinds of events, and why sessions end: each with one name, which stores, JSON and the command line share.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;

/// An enum whose variants have a name each, wherever they are written.
macro_rules! named {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$doc])* $variant,)*
        }

        impl $type {
            /// All of them.
            pub const ALL: &[$type] = &[$($type::$variant),*];

            /// The name.
            pub const fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)*
                }
            }

            /// The one of this name.
            pub fn named(name: &str) -> Option<$type> {
                match name {
                    $($name => Some($type::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let name = Cow::<'de, str>::deserialize(deserializer)?;
                let unknown = || D::Error::custom(concat!("there is no such ", stringify!($type)));
                $type::named(&name).ok_or_else(unknown)
            }
        }
    };
}

/// The table of kinds: the name, and where events of the kind go.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $delivery:ident;)*) => {
        named! {
            /// A kind of events. Its name is what a query asks for; the event itself is a [`Happened`](super::Happened).
            EventKind { $($(#[$doc])* $variant = $name,)* }
        }

        impl EventKind {
            /// Returns true if events of this kind are kept in the outbox. The others are told to those who listen in the same
            /// process, by [`Entrada::trust_events`](crate::web::Entrada::trust_events), and in its log.
            pub const fn is_kept(self) -> bool {
                let delivery = match self {
                    $(EventKind::$variant => Delivery::$delivery,)*
                };
                matches!(delivery, Delivery::Outbox)
            }
        }
    };
}

/// The way in which an event reaches those who act on it.
enum Delivery {
    /// By a row of the outbox.
    Outbox,
    /// By a broadcast within the process.
    InProcess,
}

kinds! {
    /// A user came, by provisioning or by a first sign-on.
    UserCreated = "user-created", Outbox;
    /// A user has other attributes than before.
    UserUpdated = "user-updated", Outbox;
    /// A user may not sign on any more; the sessions have ended.
    UserDeactivated = "user-deactivated", Outbox;
    /// A user may sign on again. No session comes back.
    UserReactivated = "user-reactivated", Outbox;
    /// A user is gone, and all membership of it; the sessions have ended.
    UserDeleted = "user-deleted", Outbox;
    /// A group came.
    GroupCreated = "group-created", Outbox;
    /// A group has other attributes than before.
    GroupUpdated = "group-updated", Outbox;
    /// A group is gone, and all membership in it and of it.
    GroupDeleted = "group-deleted", Outbox;
    /// A user or a group belongs to a group now.
    MemberAdded = "member-added", Outbox;
    /// A user or a group no longer belongs to a group.
    MemberRemoved = "member-removed", Outbox;
    /// A person signed on.
    SessionOpened = "session-opened", Outbox;
    /// A session is over.
    SessionEnded = "session-ended", Outbox;
    /// A session was judged again, since the person's groups have changed.
    SessionRefreshed = "session-refreshed", Outbox;
    /// Somebody for whom the identity provider vouches was turned away.
    SignOnRefused = "sign-on-refused", Outbox;
    /// A person was tied to a user.
    UserLinked = "user-linked", Outbox;
    /// A person is tied to the user no longer, by a command.
    UserUnlinked = "user-unlinked", Outbox;
    /// A connection came.
    ConnectionAdded = "connection-added", Outbox;
    /// A connection has other settings than before.
    ConnectionChanged = "connection-changed", Outbox;
    /// A certificate of the identity provider came or went.
    TrustChanged = "trust-changed", Outbox;
    /// A key of our own came, has another state, or went.
    KeyChanged = "key-changed", Outbox;
    /// A certificate or a credential nears its end.
    Expiring = "expiring", Outbox;
    /// New metadata took the place of the metadata before.
    MetadataRefreshed = "trust-refreshed", InProcess;
    /// The source vouches for the metadata that is there.
    MetadataUnchanged = "trust-unchanged", InProcess;
    /// A refresh of metadata failed.
    MetadataRejected = "trust-rejected", InProcess;
    /// The metadata's `validUntil` is near.
    CopyExpiring = "trust-copy-expiring", InProcess;
    /// The source has not vouched for the metadata for a long time.
    CopyStale = "trust-copy-stale", InProcess;
    /// The metadata's `validUntil` is past.
    CopyExpired = "trust-copy-expired", InProcess;
    /// There is no copy of the metadata.
    CopyMissing = "trust-copy-missing", InProcess;
    /// The event has a kind that this version does not know: a later version has written it.
    Unknown = "unknown", InProcess;
}

named! {
    /// The reason that a session ended.
    EndReason {
        /// The person signed out.
        SignedOut = "signed-out",
        /// The identity provider asked for it.
        LoggedOut = "logged-out",
        /// An admin, or the person from another device, ended it.
        Revoked = "revoked",
        /// The same browser signed on anew.
        Replaced = "replaced",
        /// Its time was over.
        Expired = "expired",
        /// The user was deactivated.
        UserDeactivated = "user-deactivated",
        /// The user was deleted.
        UserDeleted = "user-deleted",
        /// Provisioning gave the user another object of the identity provider as `externalId`: another person.
        AnotherPerson = "another-person",
        /// It was of nobody in the directory, and provisioning began.
        ProvisioningBegan = "provisioning-began",
        /// The groups of the user have changed, and the connection asks for a new sign-on then.
        GroupsChanged = "groups-changed",
        /// The connection was removed.
        ConnectionRemoved = "connection-removed",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kind_has_one_name_wherever_it_is_written() {
        for kind in EventKind::ALL.iter().copied() {
            assert_eq!(EventKind::named(kind.name()), Some(kind));
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.name());
            assert_eq!(serde_json::from_value::<EventKind>(json).unwrap(), kind);
        }
        let names: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
        assert_eq!(EventKind::named("nothing"), None);
        assert!(serde_json::from_value::<EventKind>("nothing".into()).is_err());
    }

    /// Rows of released versions have these names.
    #[test]
    fn the_outbox_keeps_these_kinds() {
        let kept = EventKind::ALL.iter().filter(|kind| kind.is_kept());
        let kept: Vec<&str> = kept.map(|kind| kind.name()).collect();
        let expected = "user-created user-updated user-deactivated user-reactivated user-deleted \
            group-created group-updated group-deleted member-added member-removed session-opened \
            session-ended session-refreshed sign-on-refused user-linked user-unlinked connection-added \
            connection-changed trust-changed key-changed expiring";
        assert_eq!(kept.join(" "), expected);
    }

    #[test]
    fn a_reason_has_one_name_wherever_it_is_written() {
        for reason in EndReason::ALL.iter().copied() {
            assert_eq!(EndReason::named(reason.name()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
