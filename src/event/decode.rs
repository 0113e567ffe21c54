//! From the fields that stores and JSON have to the event.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;

use super::EventKind;
use super::GroupMember;
use super::Happened;
use super::RawEvent;
use super::earlier;
use super::field_name::ADDED;
use super::field_name::CHANGE;
use super::field_name::CODE;
use super::field_name::CONFIRMED;
use super::field_name::CREDENTIAL;
use super::field_name::DAYS;
use super::field_name::EXPIRES;
use super::field_name::FINGERPRINT;
use super::field_name::KEY;
use super::field_name::MEMBER;
use super::field_name::NOT_AFTER;
use super::field_name::REASON;
use super::field_name::RETIRED;
use super::field_name::RULE;
use super::field_name::STATE;
use super::field_name::VALID_UNTIL;

impl From<RawEvent> for Happened {
    /// Reads an event. One without fields is read from its `detail`, as earlier versions wrote it.
    fn from(raw: RawEvent) -> Happened {
        let known = EventKind::named(&raw.kind);
        let read = known.and_then(|kind| Reader::of(kind, &raw).happened(kind));
        read.unwrap_or(Happened::Unknown(raw))
    }
}

/// A look at the fields of an event.
struct Reader<'r> {
    raw: &'r RawEvent,
    /// The fields that `detail` stands for.
    earlier: Map<String, Value>,
}

impl Reader<'_> {
    fn of(kind: EventKind, raw: &RawEvent) -> Reader<'_> {
        let detail = raw.detail.as_deref();
        let earlier = detail.and_then(|detail| earlier::fields(kind, detail));
        Reader {
            raw,
            earlier: earlier.unwrap_or_default(),
        }
    }

    /// The event; `None` where a field is missing or has another form.
    fn happened(&self, kind: EventKind) -> Option<Happened> {
        let happened = match kind {
            EventKind::UserCreated => Happened::UserCreated { user: self.user()? },
            EventKind::UserUpdated => Happened::UserUpdated { user: self.user()? },
            EventKind::UserDeactivated => Happened::UserDeactivated { user: self.user()? },
            EventKind::UserReactivated => Happened::UserReactivated { user: self.user()? },
            EventKind::UserDeleted => Happened::UserDeleted { user: self.user()? },
            EventKind::GroupCreated => Happened::GroupCreated {
                group: self.group()?,
            },
            EventKind::GroupUpdated => Happened::GroupUpdated {
                group: self.group()?,
            },
            EventKind::GroupDeleted => Happened::GroupDeleted {
                group: self.group()?,
            },
            EventKind::MemberAdded => Happened::MemberAdded {
                group: self.group()?,
                member: self.member()?,
            },
            EventKind::MemberRemoved => Happened::MemberRemoved {
                group: self.group()?,
                member: self.member()?,
            },
            EventKind::SessionOpened => Happened::SessionOpened {
                session: self.session()?,
                user: self.user(),
            },
            EventKind::SessionEnded => Happened::SessionEnded {
                session: self.session()?,
                user: self.user(),
                reason: self.field(REASON)?,
            },
            EventKind::SessionRefreshed => Happened::SessionRefreshed {
                session: self.session()?,
                user: self.user(),
            },
            EventKind::SignOnRefused => Happened::SignOnRefused {
                user: self.user(),
                code: self.field(CODE)?,
            },
            EventKind::UserLinked => Happened::UserLinked {
                user: self.user()?,
                rule: self.field(RULE)?,
            },
            EventKind::UserUnlinked => Happened::UserUnlinked { user: self.user()? },
            EventKind::TrustChanged => self.trust_changed()?,
            EventKind::KeyChanged => self.key_changed()?,
            EventKind::Expiring => self.expiring()?,
            EventKind::MetadataRefreshed => Happened::MetadataRefreshed,
            EventKind::MetadataUnchanged => Happened::MetadataUnchanged,
            EventKind::MetadataRejected => Happened::MetadataRejected {
                code: self.field(CODE)?,
                reason: self.field(REASON)?,
            },
            EventKind::CopyExpiring => Happened::CopyExpiring {
                valid_until: self.field(VALID_UNTIL)?,
                days: self.field(DAYS)?,
            },
            EventKind::CopyStale => Happened::CopyStale {
                confirmed: self.field(CONFIRMED)?,
                days: self.field(DAYS)?,
            },
            EventKind::CopyExpired => Happened::CopyExpired {
                valid_until: self.field(VALID_UNTIL)?,
            },
            EventKind::CopyMissing => Happened::CopyMissing,
            EventKind::Unknown => return None,
        };
        Some(happened)
    }

    fn trust_changed(&self) -> Option<Happened> {
        let fingerprint = self.field(FINGERPRINT)?;
        match self.field::<String>(CHANGE)?.as_str() {
            ADDED => Some(Happened::CertificateTrusted { fingerprint }),
            RETIRED => Some(Happened::CertificateRetired { fingerprint }),
            _ => None,
        }
    }

    fn key_changed(&self) -> Option<Happened> {
        let key = self.field(KEY)?;
        if self.field::<String>(STATE)? == RETIRED {
            return Some(Happened::KeyRetired { key });
        }
        Some(Happened::KeyChanged {
            key,
            state: self.field(STATE)?,
        })
    }

    fn expiring(&self) -> Option<Happened> {
        let days = self.field(DAYS)?;
        if let Some(credential) = self.field(CREDENTIAL) {
            return Some(Happened::CredentialExpiring {
                credential,
                expires: self.field::<Timestamp>(EXPIRES)?,
                days,
            });
        }
        Some(Happened::CertificateExpiring {
            fingerprint: self.field(FINGERPRINT)?,
            not_after: self.field::<Timestamp>(NOT_AFTER)?,
            days,
        })
    }

    fn user(&self) -> Option<String> {
        self.raw.user.clone()
    }

    fn group(&self) -> Option<String> {
        self.raw.group.clone()
    }

    fn session(&self) -> Option<String> {
        self.raw.session.clone()
    }

    fn member(&self) -> Option<GroupMember> {
        match self.user() {
            Some(user) => Some(GroupMember::User(user)),
            None => self.field(MEMBER).map(GroupMember::Group),
        }
    }

    fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.raw.fields.get(name);
        let value = value.or_else(|| self.earlier.get(name))?;
        serde_json::from_value(value.clone()).ok()
    }
}
