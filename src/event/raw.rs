//! An event as stores and JSON have it: the name of the kind, the ids by which events are asked for, and the other fields by their
//! names.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;

use super::EventKind;
use super::GroupMember;
use super::Happened;
use super::earlier;

/// An event whose fields nobody has looked at yet. A store keeps what [`Happened::to_raw`] says, and makes a [`Happened`] of
/// what it reads by `Happened::from`, which never fails: what cannot be read stays [`Happened::Unknown`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RawEvent {
    /// The name of the kind.
    pub kind: String,
    /// The id of the user that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// The id of the group that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// The handle of the session that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<String>,
    /// The text that earlier versions wrote in place of fields. Rows of this version have none; JSON has it for readers who know
    /// no fields.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The other fields. None of them is called like a key of the object around it: `id`, `at`, `connection`, `user_name`,
    /// `group_name` or `text`.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Happened {
    /// The event as a store keeps it. `detail` is that of an unknown event alone.
    pub fn to_raw(&self) -> RawEvent {
        if let Happened::Unknown(raw) = self {
            return raw.clone();
        }
        let mut fields = self.fields();
        if self.user().is_some() {
            // The member is the user.
            fields.remove(MEMBER);
        }
        RawEvent {
            kind: self.kind_name().to_owned(),
            user: self.user().map(str::to_owned),
            group: self.group().map(str::to_owned),
            session: self.session().map(str::to_owned),
            detail: None,
            fields,
        }
    }

    /// The fields beside `user`, `group` and `session`, by their names in JSON.
    pub fn fields(&self) -> Map<String, Value> {
        let named = match self {
            Happened::MemberAdded { member, .. } | Happened::MemberRemoved { member, .. } => {
                vec![(MEMBER, text(member.id()))]
            }
            Happened::SessionEnded { reason, .. } => vec![(REASON, text(reason))],
            Happened::SignOnRefused { code, .. } => vec![(CODE, text(code))],
            Happened::UserLinked { rule, .. } => vec![(RULE, text(rule.name()))],
            Happened::CertificateTrusted { fingerprint } => {
                vec![(CHANGE, text(ADDED)), (FINGERPRINT, text(fingerprint))]
            }
            Happened::CertificateRetired { fingerprint } => {
                vec![(CHANGE, text(RETIRED)), (FINGERPRINT, text(fingerprint))]
            }
            Happened::KeyChanged { key, state } => {
                vec![(KEY, text(key)), (STATE, text(state.name()))]
            }
            Happened::KeyRetired { key } => vec![(KEY, text(key)), (STATE, text(RETIRED))],
            Happened::CertificateExpiring {
                fingerprint,
                not_after,
                days,
            } => vec![
                (FINGERPRINT, text(fingerprint)),
                (NOT_AFTER, text(not_after)),
                (DAYS, Value::from(*days)),
            ],
            Happened::CredentialExpiring {
                credential,
                expires,
                days,
            } => vec![
                (CREDENTIAL, text(credential)),
                (EXPIRES, text(expires)),
                (DAYS, Value::from(*days)),
            ],
            Happened::MetadataRejected { code, reason } => {
                vec![(CODE, text(code)), (REASON, text(reason))]
            }
            Happened::CopyExpiring { valid_until, days } => {
                vec![(VALID_UNTIL, text(valid_until)), (DAYS, Value::from(*days))]
            }
            Happened::CopyStale { confirmed, days } => {
                vec![(CONFIRMED, text(confirmed)), (DAYS, Value::from(*days))]
            }
            Happened::CopyExpired { valid_until } => vec![(VALID_UNTIL, text(valid_until))],
            Happened::Unknown(raw) => return raw.fields.clone(),
            _ => Vec::new(),
        };
        let named = named.into_iter();
        named
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The fields in one text, as earlier versions wrote it; scripts know it as `detail`.
    pub fn detail(&self) -> Option<String> {
        match self {
            Happened::Unknown(raw) => raw.detail.clone(),
            known => earlier::detail(known),
        }
    }
}

fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

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

pub(super) const MEMBER: &str = "member";
pub(super) const REASON: &str = "reason";
pub(super) const CODE: &str = "code";
pub(super) const RULE: &str = "rule";
pub(super) const CHANGE: &str = "change";
pub(super) const FINGERPRINT: &str = "fingerprint";
pub(super) const KEY: &str = "key";
pub(super) const STATE: &str = "state";
pub(super) const NOT_AFTER: &str = "not_after";
pub(super) const CREDENTIAL: &str = "credential";
pub(super) const EXPIRES: &str = "expires";
pub(super) const DAYS: &str = "days";
const VALID_UNTIL: &str = "valid_until";
const CONFIRMED: &str = "confirmed";

const ADDED: &str = "added";
const RETIRED: &str = "retired";
