//! The state of a connection.

use jiff::Timestamp;
use serde::Serialize;

use super::Admin;
use super::Done;
use super::metadata_copy;
use super::pinned_ends;
use super::refresh_record;
use crate::address;
use crate::connection::Connection;
use crate::metadata::KnownKey;
use crate::metadata::RefreshFailure;

/// The state of a connection: the ends of its certificates, the age of its metadata, and its refreshing.
#[derive(Serialize)]
pub struct ConnectionStatus {
    /// The moment when the first of the trusted certificates expires, if they are known; of pinned ones, the last.
    pub(crate) expires: Option<Timestamp>,
    pub(crate) days_left: Option<i64>,
    /// The last moment when the source vouched for the metadata; `null` where nothing is fetched or watched.
    pub(crate) confirmed: Option<Timestamp>,
    pub(crate) last_attempt: Option<Timestamp>,
    pub(crate) next_refresh: Option<Timestamp>,
    /// Failures since the source last vouched.
    pub(crate) failures: u32,
    pub(crate) last_failure: Option<RefreshFailure>,
    /// True if a certificate is pinned beside it that was not used yet.
    #[serde(skip)]
    pub next_in_place: bool,
    /// The moment of the look.
    #[serde(skip)]
    pub now: Timestamp,
}

pub(crate) async fn standing(
    admin: &Admin,
    connection: &Connection,
    now: Timestamp,
) -> Done<ConnectionStatus> {
    let copy = metadata_copy(admin, connection).await?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, now);
    let certificates = trust.as_ref().map_or(&[][..], |trust| trust.certificates());
    let expires = certificates.iter().map(|one| one.not_after()).min();
    let pinned = pinned_ends(admin, connection).await?;
    let expires = expires.or(pinned.last().map(|(_, end)| end));
    let state = refresh_record(admin, connection).await?.state;
    let fetched = copy.map(|copy| copy.fetched);
    Ok(ConnectionStatus {
        expires,
        days_left: expires.map(|end| days_between(now, end)),
        confirmed: state.last_success.or(fetched),
        last_attempt: state.last_attempt,
        next_refresh: state.next_due,
        failures: state.failures,
        last_failure: state.last_failure,
        next_in_place: pinned.last().is_some() && pinned.has_next(),
        now,
    })
}

impl ConnectionStatus {
    /// The failure of the last refresh, if it failed.
    pub fn failure(&self) -> Option<&RefreshFailure> {
        self.last_failure.as_ref().filter(|_| self.failures > 0)
    }
}

/// A key whose source is an address as it may be shown.
pub(crate) fn harmless(key: &KnownKey) -> KnownKey {
    KnownKey {
        source: address::shown(&key.source).into_owned(),
        ..key.clone()
    }
}

pub(crate) fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}
