//! The fields of events by their names in JSON and in rows, which are those of the fields in Rust, and the way back to the event.

use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::EventKind;
use super::GroupMember;
use super::Happened;
use super::RawEvent;
use super::earlier;

/// The table of events: the kind of each, and the field that tells it from others of its kind.
macro_rules! events {
    ($($event:ident { $($field:ident),* } is $kind:ident $(with $name:literal = $text:literal)?;)*) => {
        impl Happened {
            /// The kind; [`EventKind::Unknown`] for a kind that this version does not know.
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Happened::$event { .. } => EventKind::$kind,)*
                    Happened::MemberAdded { .. } => EventKind::MemberAdded,
                    Happened::MemberRemoved { .. } => EventKind::MemberRemoved,
                    Happened::Unknown(raw) => {
                        EventKind::named(&raw.kind).unwrap_or(EventKind::Unknown)
                    }
                }
            }

            /// The fields beside `user`, `group` and `session`, by their names in JSON.
            pub fn fields(&self) -> Map<String, Value> {
                let fields = match self {
                    $(Happened::$event { $($field),* } => vec![
                        $((stringify!($field), json!($field)),)*
                        $(($name, json!($text)),)?
                    ],)*
                    Happened::MemberAdded { member, .. }
                    | Happened::MemberRemoved { member, .. } => {
                        vec![("member", json!(member.id()))]
                    }
                    Happened::Unknown(raw) => return raw.fields.clone(),
                };
                let fields = fields.into_iter().filter(|(name, _)| !IDS.contains(name));
                fields.map(|(name, value)| (name.to_owned(), value)).collect()
            }
        }

        /// The first event of a kind that these are the fields of.
        fn read(kind: EventKind, fields: &Map<String, Value>) -> Option<Happened> {
            $(
                let read = || {
                    Some(Happened::$event { $($field: field(fields, stringify!($field))?),* })
                };
                if kind == EventKind::$kind $(&& fields.get($name) == Some(&json!($text)))?
                    && let Some(happened) = read()
                {
                    return Some(happened);
                }
            )*
            None
        }
    };
}

events! {
    UserCreated { user } is UserCreated;
    UserUpdated { user } is UserUpdated;
    UserDeactivated { user } is UserDeactivated;
    UserReactivated { user } is UserReactivated;
    UserDeleted { user } is UserDeleted;
    GroupCreated { group } is GroupCreated;
    GroupUpdated { group } is GroupUpdated;
    GroupDeleted { group } is GroupDeleted;
    SessionOpened { session, user } is SessionOpened;
    SessionEnded { session, user, reason } is SessionEnded;
    SessionRefreshed { session, user } is SessionRefreshed;
    SignOnRefused { user, code } is SignOnRefused;
    UserLinked { user, rule } is UserLinked;
    UserUnlinked { user } is UserUnlinked;
    ConnectionAdded { settings } is ConnectionAdded;
    ConnectionChanged { settings } is ConnectionChanged;
    CertificateTrusted { fingerprint } is TrustChanged with "change" = "added";
    CertificateRetired { fingerprint } is TrustChanged with "change" = "retired";
    KeyRetired { key } is KeyChanged with "state" = "retired";
    KeyChanged { key, state } is KeyChanged;
    CredentialExpiring { credential, expires, days } is Expiring;
    SignOnStopping { fingerprint, not_after, days } is Expiring with "effect" = "sign-on-stops";
    CertificateExpiring { fingerprint, not_after, days } is Expiring;
    MetadataRefreshed {} is MetadataRefreshed;
    MetadataUnchanged {} is MetadataUnchanged;
    MetadataRejected { code, reason } is MetadataRejected;
    CopyExpiring { valid_until, days } is CopyExpiring;
    CopyStale { confirmed, days } is CopyStale;
    CopyExpired { valid_until } is CopyExpired;
    CopyMissing {} is CopyMissing;
}

/// The ids by which events are asked for; they have columns of their own.
const IDS: [&str; 3] = ["user", "group", "session"];

fn field<T: DeserializeOwned>(fields: &Map<String, Value>, name: &str) -> Option<T> {
    let value = fields.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).ok()
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
            fields.remove("member");
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

    /// The fields in one text, as earlier versions wrote it; scripts know it as `detail`.
    pub fn detail(&self) -> Option<String> {
        match self {
            Happened::Unknown(raw) => raw.detail.clone(),
            known => earlier::detail(known),
        }
    }
}

impl From<RawEvent> for Happened {
    /// Reads an event. One without fields is read from its `detail`, as earlier versions wrote it.
    fn from(raw: RawEvent) -> Happened {
        let known = EventKind::named(&raw.kind);
        let read = known.and_then(|kind| of_kind(kind, &raw));
        read.unwrap_or(Happened::Unknown(raw))
    }
}

fn of_kind(kind: EventKind, raw: &RawEvent) -> Option<Happened> {
    let detail = raw.detail.as_deref();
    let mut fields = detail.and_then(|detail| earlier::fields(kind, detail));
    let fields = fields.get_or_insert_default();
    fields.extend(raw.fields.clone());
    match kind {
        EventKind::MemberAdded => Some(Happened::MemberAdded {
            group: raw.group.clone()?,
            member: member(raw, fields)?,
        }),
        EventKind::MemberRemoved => Some(Happened::MemberRemoved {
            group: raw.group.clone()?,
            member: member(raw, fields)?,
        }),
        kind => {
            let ids = [&raw.user, &raw.group, &raw.session];
            fields.extend(
                IDS.iter()
                    .zip(ids)
                    .map(|(name, id)| ((*name).to_owned(), json!(id))),
            );
            read(kind, fields)
        }
    }
}

fn member(raw: &RawEvent, fields: &Map<String, Value>) -> Option<GroupMember> {
    match raw.user.clone() {
        Some(user) => Some(GroupMember::User(user)),
        None => field(fields, "member").map(GroupMember::Group),
    }
}
