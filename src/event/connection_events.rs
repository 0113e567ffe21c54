//! The events of a connection that is put, and of metadata that is refreshed: settings, our keys, trusted certificates.

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
use crate::ports::Actor;

/// The events of a connection that takes the place of another one, or of none: first that of its settings, then those of our keys, and
/// those of the certificates that are trusted. `kept` is the copy of the metadata that the store holds; `copy` takes its place, if there is one.
pub(crate) fn connection_changed(
    before: Option<&Connection>,
    kept: Option<&MetadataCopy>,
    after: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
    by: &Actor,
) -> Vec<Event> {
    let trusted = |of: &Connection, copy| of.trust().fingerprints(copy, now);
    let was = before.map(|before| trusted(before, kept));
    let is = trusted(after, copy.or(kept));
    let mut changes: Vec<Happened> = setting_changes(before, after).into_iter().collect();
    changes.extend(key_changes(before, after));
    changes.extend(trust_changes(&was.unwrap_or_default(), &is));
    let told = told(after.id(), now, changes).into_iter();
    told.map(|event| event.by(Some(by))).collect()
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
    let event = |happened| Event::new(connection, at, happened);
    changes.into_iter().map(event).collect()
}

/// The settings that differ. A row stays small: values for which there is no room are left out.
fn setting_changes(before: Option<&Connection>, after: &Connection) -> Option<Happened> {
    let mut settings = Connection::differences(before, after);
    let mut room = VALUES_MAX;
    for value in settings
        .iter_mut()
        .flat_map(|change| [&mut change.before, &mut change.after])
    {
        let bytes = value.as_ref().map_or(0, |value| value.to_string().len());
        match room.checked_sub(bytes) {
            Some(left) => room = left,
            None => *value = None,
        }
    }
    match before {
        None => Some(Happened::ConnectionAdded { settings }),
        Some(_) if settings.is_empty() => None,
        Some(_) => Some(Happened::ConnectionChanged { settings }),
    }
}

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

/// Bytes of values in one event at most: two sources of trust with addresses of 2,000 bytes each, and what else is usual.
const VALUES_MAX: usize = 7_000;

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

    /// The change of a connection without metadata, and the event of its settings, if there is one.
    fn changed(
        before: Option<&Connection>,
        after: &Connection,
        now: Timestamp,
    ) -> (Option<Happened>, Vec<Happened>) {
        let told = connection_changed(before, None, after, None, now, &Actor::App);
        assert!(told.iter().all(|event| event.by == Some(Actor::App)));
        let (settings, others): (Vec<_>, Vec<_>) = happened(told, now)
            .into_iter()
            .partition(|one| one.fields().contains_key("settings"));
        (settings.into_iter().next(), others)
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
        assert_eq!(changed(None, &one, now).1, [trusted(pin(&one))]);
        let expected = [trusted(pin(&two)), retired(pin(&one))];
        assert_eq!(changed(Some(&one), &two, now).1, expected);
        assert_eq!(changed(Some(&two), &two, now), (None, Vec::new()));
    }

    #[test]
    fn settings_are_told_with_their_values_as_far_as_there_is_room() {
        let now = at("2026-11-22T12:00:00Z");
        let one = pinned("AA", SpKeys::none());
        let Some(Happened::ConnectionAdded { settings }) = changed(None, &one, now).0 else {
            panic!("it came");
        };
        assert_eq!(settings, Connection::differences(None, &one));
        let long = |name: &str| {
            let url = format!("https://idp.example/{}", name.repeat(1_500));
            let acme = Connection::builder("acme").metadata_url(url);
            let targets = (100..200).map(|number| format!("/reports/of/{name}/{number}/"));
            let acme = targets.fold(acme, |acme, target| acme.relay_state_target(target));
            acme.build().unwrap()
        };
        let (one, two) = (long("a"), long("b"));
        let Some(Happened::ConnectionChanged { settings }) = changed(Some(&one), &two, now).0
        else {
            panic!("it has changed");
        };
        let names: Vec<&str> = settings.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["relay-state-targets", "trust"]);
        assert!(settings[0].before.is_some() && settings[0].after.is_some());
        assert!(settings[1].before.is_some() && settings[1].after.is_none());
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

        let state = |key: &SpKeyId, state| Happened::KeyChanged {
            key: key.clone(),
            state,
        };
        let (settings, told) = changed(Some(&before), &both, now);
        assert_eq!((settings, told.len()), (None, 2));
        assert!(told.contains(&state(&first_id, KeyState::Old)));
        assert!(told.contains(&state(&second_id, KeyState::Active)));
        let (_, told) = changed(Some(&both), &after, now);
        assert_eq!(told, [Happened::KeyRetired { key: first_id }]);
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
