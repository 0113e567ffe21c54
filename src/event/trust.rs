//! The events of a connection that is put, and of metadata that is refreshed: keys of ours, and certificates that are trusted from
//! now on or no longer.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Event;
use super::EventKind;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeyState;
use crate::metadata::KeyHistory;
use crate::metadata::MetadataCopy;

/// The events of a connection that takes the place of another one, or of none: first those of our keys, then those of the
/// certificates that are trusted. `kept` is the copy of the metadata that the store holds; `copy` takes its place, if there is one.
pub fn connection_changed(
    before: Option<&Connection>,
    kept: Option<&MetadataCopy>,
    after: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Vec<Event> {
    let trusted = |of: &Connection, copy| of.trust().fingerprints(copy, now);
    let was = before.map(|before| trusted(before, kept));
    let is = trusted(after, copy.or(kept));
    let mut told = key_changes(before, after, now);
    told.extend(trust_changes(
        after.id(),
        &was.unwrap_or_default(),
        &is,
        now,
    ));
    told
}

/// The events of certificates that a refresh of a connection's metadata brought, and of those that it took.
pub fn keys_refreshed(
    connection: &ConnectionId,
    before: &KeyHistory,
    after: &KeyHistory,
    at: Timestamp,
) -> Vec<Event> {
    let active = |history: &KeyHistory| -> BTreeSet<String> {
        let keys = history.active();
        keys.map(|key| key.fingerprint.to_string()).collect()
    };
    trust_changes(connection, &active(before), &active(after), at)
}

/// The events of our own keys.
fn key_changes(before: Option<&Connection>, after: &Connection, now: Timestamp) -> Vec<Event> {
    let states = |connection: &Connection| -> BTreeMap<String, KeyState> {
        let keys = connection.sp_keys().iter();
        keys.map(|(id, state, _)| (id.to_string(), state)).collect()
    };
    let (was, is) = (before.map(states).unwrap_or_default(), states(after));
    let changed = is.iter().filter(|(id, state)| was.get(*id) != Some(*state));
    let changed = changed.map(|(id, state)| format!("{id} {}", state.name()));
    let gone = was.keys().filter(|id| !is.contains_key(*id));
    let gone = gone.map(|id| format!("{id} retired"));
    let told = |detail| Event {
        detail: Some(detail),
        ..Event::new(after.id().clone(), EventKind::KeyChanged, now)
    };
    changed.chain(gone).map(told).collect()
}

/// The events of certificates that a connection trusts from now on, and of those that it trusts no longer, by their fingerprints.
fn trust_changes(
    connection: &ConnectionId,
    before: &BTreeSet<String>,
    now: &BTreeSet<String>,
    at: Timestamp,
) -> Vec<Event> {
    let came = now.difference(before).map(|key| format!("added {key}"));
    let went = before.difference(now).map(|key| format!("retired {key}"));
    let told = came.chain(went).map(|detail| Event {
        detail: Some(detail),
        ..Event::new(connection.clone(), EventKind::TrustChanged, at)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::SpKey;
    use crate::connection::SpKeys;
    use crate::crypto::Certificate;
    use crate::crypto::Fingerprint;
    use crate::crypto::SigningKey;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn pinned(pin: &str, keys: SpKeys) -> Connection {
        let pin = Fingerprint::parse(&pin.repeat(32)).unwrap();
        let acme = Connection::builder("acme").sp_keys(keys);
        let acme = acme.fingerprint(pin, "urn:idp", "https://idp.example/sso");
        acme.build().unwrap()
    }

    fn certificate(name: &str) -> (SigningKey, Certificate) {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (begin, end) = (at("2026-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z"));
        let certificate = Certificate::self_signed(&key, name, 1, begin, end);
        (key, certificate.unwrap())
    }

    fn details(told: &[Event], kind: EventKind, now: Timestamp) -> Vec<&str> {
        assert!(
            told.iter()
                .all(|event| (event.kind, event.at) == (kind, now))
        );
        let details = told.iter().map(|event| event.detail.as_deref());
        details.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn trust_that_begins_or_changes_is_told_by_fingerprints_at_the_moment_that_is_given() {
        let now = at("2026-11-22T12:00:00Z");
        let (one, two) = (pinned("AA", SpKeys::none()), pinned("BB", SpKeys::none()));
        let pin = |of: &Connection| of.trust().pins()[0].to_string();
        let begun = connection_changed(None, None, &one, None, now);
        let added = format!("added {}", pin(&one));
        assert_eq!(details(&begun, EventKind::TrustChanged, now), [added]);
        let changed = connection_changed(Some(&one), None, &two, None, now);
        let expected = [
            format!("added {}", pin(&two)),
            format!("retired {}", pin(&one)),
        ];
        assert_eq!(details(&changed, EventKind::TrustChanged, now), expected);
        assert_eq!(connection_changed(Some(&two), None, &two, None, now), []);
    }

    #[test]
    fn a_key_of_ours_is_told_with_its_state_and_once_it_is_gone() {
        let now = at("2026-11-22T12:00:00Z");
        let key = || {
            let (key, certificate) = certificate("ours");
            SpKey::new(key.to_pem(), certificate.to_pem())
        };
        let keys = SpKeys::none().with_active(key()).unwrap();
        let before = pinned("AA", keys.clone());
        let keys = keys.with_active(key()).unwrap();
        let both = pinned("AA", keys.clone());
        let id = |state| {
            let mut all = keys.iter().filter(|(_, is, _)| *is == state);
            all.next().unwrap().0.clone()
        };
        let (first_id, second_id) = (id(KeyState::Old), id(KeyState::Active));
        let after = pinned("AA", keys.clone().retired(&first_id).unwrap());

        let told = connection_changed(Some(&before), None, &both, None, now);
        let mut told = details(&told, EventKind::KeyChanged, now);
        told.sort();
        let mut expected = [format!("{first_id} old"), format!("{second_id} active")];
        expected.sort();
        assert_eq!(told, expected);
        let told = connection_changed(Some(&both), None, &after, None, now);
        let expected = [format!("{first_id} retired")];
        assert_eq!(details(&told, EventKind::KeyChanged, now), expected);
    }

    #[test]
    fn keys_that_a_refresh_brought_and_took_are_told() {
        let now = at("2026-11-22T12:00:00Z");
        let (old, new) = (certificate("old").1, certificate("new").1);
        let acme: ConnectionId = "acme".parse().unwrap();
        let mut before = KeyHistory::default();
        let _ = before.observe(std::slice::from_ref(&old), "idp", now);
        let mut after = before.clone();
        let _ = after.observe(std::slice::from_ref(&new), "idp", now);
        let told = keys_refreshed(&acme, &before, &after, now);
        let expected = [
            format!("added {}", new.fingerprint()),
            format!("retired {}", old.fingerprint()),
        ];
        assert_eq!(details(&told, EventKind::TrustChanged, now), expected);
        assert_eq!(keys_refreshed(&acme, &after, &after, now), []);
    }
}
