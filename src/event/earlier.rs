//! The one text in which earlier versions wrote the fields of an event; scripts still read it as `detail`.

use serde_json::Map;
use serde_json::Value;

use super::EventKind;
use super::GroupMember;
use super::Happened;

pub(super) fn detail(happened: &Happened) -> Option<String> {
    let detail = match happened {
        Happened::MemberAdded {
            member: GroupMember::Group(member),
            ..
        }
        | Happened::MemberRemoved {
            member: GroupMember::Group(member),
            ..
        } => member.clone(),
        Happened::SessionEnded { reason, .. } => reason.to_string(),
        Happened::SignOnRefused { code, .. } => code.clone(),
        Happened::UserLinked { rule, .. } => rule.name().to_owned(),
        Happened::CertificateTrusted { fingerprint } => format!("added {fingerprint}"),
        Happened::CertificateRetired { fingerprint } => format!("retired {fingerprint}"),
        Happened::KeyChanged { key, state } => format!("{key} {}", state.name()),
        Happened::KeyRetired { key } => format!("{key} retired"),
        Happened::CertificateExpiring {
            fingerprint,
            not_after,
            days,
        } => format!("certificate {fingerprint} on {not_after}, within {days} days"),
        Happened::SignOnStopping {
            fingerprint,
            not_after,
            days,
        } => format!("{SIGN_ON} {fingerprint} on {not_after}, within {days} days"),
        Happened::CredentialExpiring {
            credential,
            expires,
            days,
        } => format!("credential {credential} on {expires}, within {days} days"),
        _ => return None,
    };
    Some(detail)
}

/// Reads the fields in the text of an event of a kind; `None` where it has another form.
pub(super) fn fields(kind: EventKind, detail: &str) -> Option<Map<String, Value>> {
    let fields = match kind {
        EventKind::MemberAdded | EventKind::MemberRemoved => vec![("member", detail.into())],
        EventKind::SessionEnded => vec![("reason", detail.into())],
        EventKind::SignOnRefused => vec![("code", detail.into())],
        EventKind::UserLinked => vec![("rule", detail.into())],
        EventKind::TrustChanged => {
            let (change, fingerprint) = detail.split_once(' ')?;
            vec![
                ("change", change.into()),
                ("fingerprint", fingerprint.into()),
            ]
        }
        EventKind::KeyChanged => {
            let (key, state) = detail.split_once(' ')?;
            vec![("key", key.into()), ("state", state.into())]
        }
        EventKind::Expiring => expiring(detail)?,
        _ => Vec::new(),
    };
    let named = fields.into_iter();
    Some(
        named
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn expiring(detail: &str) -> Option<Vec<(&'static str, Value)>> {
    let (what, rest) = detail.split_once(' ')?;
    let (id, rest) = rest.split_once(" on ")?;
    let (end, rest) = rest.split_once(", within ")?;
    let days: i64 = rest.strip_suffix(" days")?.parse().ok()?;
    let (id_name, end_name) = match what {
        "certificate" | SIGN_ON => ("fingerprint", "not_after"),
        "credential" => ("credential", "expires"),
        _ => return None,
    };
    let mut fields = vec![
        (id_name, id.into()),
        (end_name, end.into()),
        ("days", days.into()),
    ];
    if what == SIGN_ON {
        fields.push(("effect", "sign-on-stops".into()));
    }
    Some(fields)
}

/// The last certificate, after which nobody signs on. No earlier version wrote it; its text is read all the same.
const SIGN_ON: &str = "sign-on";

#[cfg(test)]
mod tests {
    use super::super::EndReason;
    use super::super::RawEvent;
    use super::*;
    use crate::connection::KeyState;
    use crate::connection::LinkRule;
    use crate::crypto::Fingerprint;

    const PIN: &str = "2E:3B:D8:78:DA:B0:8E:15:01:FF:11:2B:A6:C0:64:70:2F:9A:D4:25:BB:81:A7:99:2B:A6:21:A8:B6:D9:14:E3";

    fn row(kind: EventKind, detail: &str) -> RawEvent {
        let text = |text: &str| Some(text.to_owned());
        RawEvent {
            kind: kind.name().to_owned(),
            group: text("board"),
            session: text("0123456789abcdef"),
            detail: text(detail),
            ..RawEvent::default()
        }
    }

    fn of_ada(kind: EventKind, detail: &str) -> RawEvent {
        RawEvent {
            user: Some("ada".to_owned()),
            ..row(kind, detail)
        }
    }

    #[test]
    fn every_text_of_an_earlier_version_becomes_the_event_and_is_what_the_event_says() {
        let (user, session) = (None::<String>, "0123456789abcdef".to_owned());
        let (fingerprint, key) = (Fingerprint::parse(PIN).unwrap(), "0123456789abcdef");
        let key = || key.parse().unwrap();
        let end = "2027-01-31T00:00:00.5Z";
        let (pinned, credential) = (
            format!("certificate {PIN} on 2027-01-31T00:00:00Z, within 30 days"),
            format!("credential fedcba9876543210 on {end}, within 0 days"),
        );
        let (added, retired) = (format!("added {PIN}"), format!("retired {PIN}"));
        for (raw, expected) in [
            (
                row(EventKind::MemberAdded, "staff"),
                Happened::MemberAdded {
                    group: "board".to_owned(),
                    member: GroupMember::Group("staff".to_owned()),
                },
            ),
            (
                row(EventKind::SessionEnded, "provisioning-began"),
                Happened::SessionEnded {
                    session,
                    user: user.clone(),
                    reason: EndReason::ProvisioningBegan,
                },
            ),
            (
                row(EventKind::SignOnRefused, "user-inactive"),
                Happened::SignOnRefused {
                    user,
                    code: "user-inactive".to_owned(),
                },
            ),
            (
                of_ada(EventKind::UserLinked, "name-id"),
                Happened::UserLinked {
                    user: "ada".to_owned(),
                    rule: LinkRule::NameId,
                },
            ),
            (
                row(EventKind::TrustChanged, &added),
                Happened::CertificateTrusted { fingerprint },
            ),
            (
                row(EventKind::TrustChanged, &retired),
                Happened::CertificateRetired { fingerprint },
            ),
            (
                row(EventKind::KeyChanged, "0123456789abcdef old"),
                Happened::KeyChanged {
                    key: key(),
                    state: KeyState::Old,
                },
            ),
            (
                row(EventKind::KeyChanged, "0123456789abcdef retired"),
                Happened::KeyRetired { key: key() },
            ),
            (
                row(EventKind::Expiring, &pinned),
                Happened::CertificateExpiring {
                    fingerprint,
                    not_after: "2027-01-31T00:00:00Z".parse().unwrap(),
                    days: 30,
                },
            ),
            (
                row(EventKind::Expiring, &credential),
                Happened::CredentialExpiring {
                    credential: "fedcba9876543210".parse().unwrap(),
                    expires: end.parse().unwrap(),
                    days: 0,
                },
            ),
        ] {
            assert_eq!(Happened::from(raw.clone()), expected);
            assert_eq!(expected.detail(), raw.detail);
        }
    }

    #[test]
    fn a_text_that_no_version_wrote_harms_nobody() {
        for (kind, detail) in [
            (EventKind::SessionEnded, "tired"),
            (EventKind::TrustChanged, "added"),
            (EventKind::TrustChanged, "added AB:CD"),
            (EventKind::KeyChanged, "0123456789abcdef lost"),
            (EventKind::Expiring, "certificate"),
            (EventKind::Expiring, "credential x on Monday, within 3 days"),
            (EventKind::UserLinked, "name-id"),
        ] {
            let raw = row(kind, detail);
            let read = Happened::from(raw.clone());
            assert_eq!(read, Happened::Unknown(raw), "{detail}");
            assert_eq!(
                (read.kind(), read.detail().as_deref()),
                (kind, Some(detail))
            );
        }
    }
}
