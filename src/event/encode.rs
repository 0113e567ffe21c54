//! From an event to its fields, as stores and JSON have them.

use serde_json::Map;
use serde_json::Value;

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
