//! The types of events with their fields, and what can be asked of any of them.

use jiff::Timestamp;

use super::EndReason;
use super::RawEvent;
use crate::connection::KeyState;
use crate::connection::LinkRule;
use crate::connection::SettingChange;
use crate::connection::SpKeyId;
use crate::crypto::Fingerprint;
use crate::provisioning::CredentialId;

/// A thing that happened, with what is to be known of it. Users, groups and sessions stand in it by their ids, as text.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Happened {
    /// A user came, by provisioning or by a first sign-on.
    UserCreated {
        /// The id of the user.
        user: String,
    },
    /// A user has other attributes than before.
    UserUpdated {
        /// The id of the user.
        user: String,
    },
    /// A user may not sign on any more; the sessions have ended.
    UserDeactivated {
        /// The id of the user.
        user: String,
    },
    /// A user may sign on again. No session comes back.
    UserReactivated {
        /// The id of the user.
        user: String,
    },
    /// A user is gone, and all membership of it; the sessions have ended.
    UserDeleted {
        /// The id that the user had.
        user: String,
    },
    /// A group came.
    GroupCreated {
        /// The id of the group.
        group: String,
    },
    /// A group has other attributes than before.
    GroupUpdated {
        /// The id of the group.
        group: String,
    },
    /// A group is gone, and all membership in it and of it.
    GroupDeleted {
        /// The id that the group had.
        group: String,
    },
    /// A member belongs to the group now.
    MemberAdded {
        /// The id of the group.
        group: String,
        /// The member.
        member: GroupMember,
    },
    /// A member no longer belongs to the group.
    MemberRemoved {
        /// The id of the group.
        group: String,
        /// The member.
        member: GroupMember,
    },
    /// A person signed on.
    SessionOpened {
        /// The handle of the session.
        session: String,
        /// The id of the user, if the person is one.
        user: Option<String>,
    },
    /// A session is over.
    SessionEnded {
        /// The handle of the session.
        session: String,
        /// The id of the user, if the person is one.
        user: Option<String>,
        /// The reason.
        reason: EndReason,
    },
    /// A session was judged again, since the person's groups have changed.
    SessionRefreshed {
        /// The handle of the session.
        session: String,
        /// The id of the user, if the person is one.
        user: Option<String>,
    },
    /// Somebody for whom the identity provider vouches was turned away.
    SignOnRefused {
        /// The id of the user, if one was found.
        user: Option<String>,
        /// The code of the reason.
        code: String,
    },
    /// A person was tied to a user.
    UserLinked {
        /// The id of the user.
        user: String,
        /// The rule by which the user was found.
        rule: LinkRule,
    },
    /// A person is tied to the user no longer, by a command.
    UserUnlinked {
        /// The id of the user.
        user: String,
    },
    /// A connection came.
    ConnectionAdded {
        /// The settings that it has.
        settings: Vec<SettingChange>,
    },
    /// A connection has other settings than before.
    ConnectionChanged {
        /// Those settings.
        settings: Vec<SettingChange>,
    },
    /// A certificate of the identity provider is trusted from now on.
    CertificateTrusted {
        /// Its SHA-256.
        fingerprint: Fingerprint,
    },
    /// A certificate of the identity provider is trusted no longer.
    CertificateRetired {
        /// Its SHA-256.
        fingerprint: Fingerprint,
    },
    /// A key of our own came, or has another state.
    KeyChanged {
        /// The handle of the key.
        key: SpKeyId,
        /// Its state from now on.
        state: KeyState,
    },
    /// A key of our own went.
    KeyRetired {
        /// The handle of the key.
        key: SpKeyId,
    },
    /// A trusted certificate is about to expire, or has. It is trusted all the same while the metadata lists it. Of pinned
    /// certificates it is the one that lasts longest, and only where no next one is pinned.
    CertificateExpiring {
        /// Its SHA-256.
        fingerprint: Fingerprint,
        /// The moment when it expires.
        not_after: Timestamp,
        /// Days that are left at most: 60, 30, 7, 1, or 0 where it has expired.
        days: i64,
    },
    /// The last trusted certificate of a connection that enforces the dates of certificates is about to expire, or has: nobody signs
    /// on over the connection after that.
    SignOnStopping {
        /// The SHA-256 of that certificate.
        fingerprint: Fingerprint,
        /// The moment when it expires.
        not_after: Timestamp,
        /// Days that are left at most: 60, 30, 7, 1, or 0 where it has expired.
        days: i64,
    },
    /// A credential of those who provision is about to expire, or has. Entra is refused from then on.
    CredentialExpiring {
        /// The id of the credential.
        credential: CredentialId,
        /// The moment when it expires.
        expires: Timestamp,
        /// Days that are left at most: 60, 30, 7, 1, or 0 where it has expired.
        days: i64,
    },
    /// A new document took the place of the metadata before.
    MetadataRefreshed,
    /// The source vouches for the metadata that is there.
    MetadataUnchanged,
    /// A refresh failed: the source did not answer, or what it sent did not pass. Trust is as it was.
    MetadataRejected {
        /// A stable reason code.
        code: String,
        /// The reason for people.
        reason: String,
    },
    /// The metadata's `validUntil` is near.
    CopyExpiring {
        /// The moment when it ends.
        valid_until: Timestamp,
        /// Days that are left at most: 60, 30, 7 or 1.
        days: i64,
    },
    /// The source has not vouched for the metadata for a long time.
    CopyStale {
        /// The moment when it last did.
        confirmed: Timestamp,
        /// Days since then at least: 1, 7, 30 or 60.
        days: i64,
    },
    /// The metadata's `validUntil` is past, and so is the grace: nobody signs on over this connection.
    CopyExpired {
        /// The moment when it ended.
        valid_until: Timestamp,
    },
    /// There is no copy of the metadata: none could be fetched since the connection was made, or since it names this
    /// source. Nobody signs on over this connection until one comes.
    CopyMissing,
    /// An event that this version cannot read, as it was written: a later version knows the kind, or a field has a value
    /// that was never expected. It keeps its place and its number, and harms no reader.
    Unknown(RawEvent),
}

/// A member of a group.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum GroupMember {
    /// A user, by its id.
    User(String),
    /// A group, by its id.
    Group(String),
}

impl GroupMember {
    /// The id of the user or of the group.
    pub fn id(&self) -> &str {
        match self {
            GroupMember::User(id) | GroupMember::Group(id) => id,
        }
    }
}

impl Happened {
    /// The name of the kind, also of one that this version does not know.
    pub fn kind_name(&self) -> &str {
        match self {
            Happened::Unknown(raw) => &raw.kind,
            known => known.kind().name(),
        }
    }

    /// The id of the user that it is about.
    pub fn user(&self) -> Option<&str> {
        match self {
            Happened::UserCreated { user }
            | Happened::UserUpdated { user }
            | Happened::UserDeactivated { user }
            | Happened::UserReactivated { user }
            | Happened::UserDeleted { user }
            | Happened::UserLinked { user, .. }
            | Happened::UserUnlinked { user } => Some(user),
            Happened::SessionOpened { user, .. }
            | Happened::SessionEnded { user, .. }
            | Happened::SessionRefreshed { user, .. }
            | Happened::SignOnRefused { user, .. } => user.as_deref(),
            Happened::Unknown(raw) => raw.user.as_deref(),
            other => match other.member()? {
                GroupMember::User(user) => Some(user),
                GroupMember::Group(_) => None,
            },
        }
    }

    /// The id of the group that it is about.
    pub fn group(&self) -> Option<&str> {
        match self {
            Happened::GroupCreated { group }
            | Happened::GroupUpdated { group }
            | Happened::GroupDeleted { group }
            | Happened::MemberAdded { group, .. }
            | Happened::MemberRemoved { group, .. } => Some(group),
            Happened::Unknown(raw) => raw.group.as_deref(),
            _ => None,
        }
    }

    /// The handle of the session that it is about.
    pub fn session(&self) -> Option<&str> {
        match self {
            Happened::SessionOpened { session, .. }
            | Happened::SessionEnded { session, .. }
            | Happened::SessionRefreshed { session, .. } => Some(session),
            Happened::Unknown(raw) => raw.session.as_deref(),
            _ => None,
        }
    }

    /// The member that came to a group or went.
    pub fn member(&self) -> Option<&GroupMember> {
        match self {
            Happened::MemberAdded { member, .. } | Happened::MemberRemoved { member, .. } => {
                Some(member)
            }
            _ => None,
        }
    }

    /// The key by which a store knows that an event repeats another of its connection, and keeps the first alone: servers that
    /// look in the same moment, and each start of one, find anew what nears its end. A key never changes: migration 0035 has
    /// given such keys to the rows of earlier versions.
    pub fn repeat_key(&self) -> Option<String> {
        match self {
            Happened::CertificateExpiring {
                fingerprint,
                not_after,
                days,
            } => Some(format!("certificate {fingerprint} {not_after} {days}")),
            Happened::SignOnStopping {
                fingerprint,
                not_after,
                days,
            } => Some(format!("sign-on {fingerprint} {not_after} {days}")),
            Happened::CredentialExpiring {
                credential,
                expires,
                days,
            } => Some(format!("credential {credential} {expires} {days}")),
            _ => None,
        }
    }
}
