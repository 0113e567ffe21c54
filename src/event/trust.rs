//! The events of a connection that is put, and of metadata that is refreshed: keys of ours, and certificates that are trusted from
//! now on or no longer.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Event;
use super::Happened;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeyState;
use crate::connection::SpKeyId;
use crate::crypto::Fingerprint;
use crate::metadata::KeyHistory;
use crate::metadata::MetadataCopy;

/// The events of a connection that takes the place of another one, or of none: first those of our keys, then those of the
/// certificates that are trusted. `kept` is the copy of the metadata that the store holds; `copy` takes its place, if there is one.
pub(crate) fn connection_changed(
    before: Option<&Connection>,
    kept: Option<&MetadataCopy>,
    after: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Vec<Event> {
    let trusted = |of: &Connection, copy| of.trust().fingerprints(copy, now);
    let was = before.map(|before| trusted(before, kept));
    let is = trusted(after, copy.or(kept));
    let mut changes = key_changes(before, after);
    changes.extend(trust_changes(&was.unwrap_or_default(), &is));
    told(after.id(), now, changes)
}

/// The events of certificates that a refresh of a connection's metadata brought, and of those that it took.
pub(crate) fn keys_refreshed(
    connection: &ConnectionId,
    before: &KeyHistory,
    after: &KeyHistory,
    at: Timestamp,
) -> Vec<Event> {
    let active = |history: &KeyHistory| -> BTreeSet<Fingerprint> {
        history.active().map(|key| key.fingerprint).collect()
    };
    told(
        connection,
        at,
        trust_changes(&active(before), &active(after)),
    )
}

fn told(connection: &ConnectionId, at: Timestamp, changes: Vec<Happened>) -> Vec<Event> {
    let event = |happened| Event {
        connection: connection.clone(),
        at,
        happened,
    };
    changes.into_iter().map(event).collect()
}

/// The changes of our own keys.
fn key_changes(before: Option<&Connection>, after: &Connection) -> Vec<Happened> {
    let states = |connection: &Connection| -> BTreeMap<String, (SpKeyId, KeyState)> {
        let keys = connection.sp_keys().iter();
        let keys = keys.map(|(id, state, _)| (id.to_string(), (id.clone(), state)));
        keys.collect()
    };
    let (mut was, is) = (before.map(states).unwrap_or_default(), states(after));
    let mut changed = Vec::new();
    for (id, (key, state)) in is {
        if was.remove(&id).is_none_or(|(_, before)| before != state) {
            changed.push(Happened::KeyChanged { key, state });
        }
    }
    let gone = was.into_values();
    changed.extend(gone.map(|(key, _)| Happened::KeyRetired { key }));
    changed
}

/// The certificates that a connection trusts from now on, and those that it trusts no longer.
fn trust_changes(before: &BTreeSet<Fingerprint>, now: &BTreeSet<Fingerprint>) -> Vec<Happened> {
    let came = now.difference(before).copied();
    let came = came.map(|fingerprint| Happened::CertificateTrusted { fingerprint });
    let went = before.difference(now).copied();
    let went = went.map(|fingerprint| Happened::CertificateRetired { fingerprint });
    came.chain(went).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::SpKey;
    use crate::connection::SpKeys;
    use crate::crypto::Certificate;
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

    fn happened(told: Vec<Event>, now: Timestamp) -> Vec<Happened> {
        let event = |event: Event| {
            assert_eq!((event.connection.as_str(), event.at), ("acme", now));
            event.happened
        };
        told.into_iter().map(event).collect()
    }

    fn trusted(fingerprint: Fingerprint) -> Happened {
        Happened::CertificateTrusted { fingerprint }
    }

    fn retired(fingerprint: Fingerprint) -> Happened {
        Happened::CertificateRetired { fingerprint }
    }

    #[test]
    fn trust_that_begins_or_changes_is_told_by_fingerprints_at_the_moment_that_is_given() {
        let now = at("2026-11-22T12:00:00Z");
        let (one, two) = (pinned("AA", SpKeys::none()), pinned("BB", SpKeys::none()));
        let pin = |of: &Connection| of.trust().pins()[0];
        let begun = connection_changed(None, None, &one, None, now);
        assert_eq!(happened(begun, now), [trusted(pin(&one))]);
        let changed = connection_changed(Some(&one), None, &two, None, now);
        let expected = [trusted(pin(&two)), retired(pin(&one))];
        assert_eq!(happened(changed, now), expected);
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
        let changed = |key: &SpKeyId, state| Happened::KeyChanged {
            key: key.clone(),
            state,
        };
        let told = happened(told, now);
        assert_eq!(told.len(), 2);
        assert!(told.contains(&changed(&first_id, KeyState::Old)));
        assert!(told.contains(&changed(&second_id, KeyState::Active)));
        let told = connection_changed(Some(&both), None, &after, None, now);
        assert_eq!(
            happened(told, now),
            [Happened::KeyRetired { key: first_id }]
        );
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
        let expected = [trusted(new.fingerprint()), retired(old.fingerprint())];
        assert_eq!(happened(told, now), expected);
        assert_eq!(keys_refreshed(&acme, &after, &after, now), []);
    }
}
