//! How a connection stands: when its certificates end, how old its metadata is, and how the last refresh went.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::super::certificate::days;
use super::super::error::CliError;
use super::super::site::Site;
use crate::address;
use crate::connection::Connection;
use crate::metadata::KnownKey;
use crate::metadata::RefreshFailure;

/// How a connection stands.
#[derive(Serialize)]
pub(in crate::cli) struct Standing {
    /// When the first of the certificates that are trusted expires, if they are known; of pinned ones, the last.
    expires: Option<Timestamp>,
    days_left: Option<i64>,
    /// When the source last vouched for the metadata; `null` where nothing is fetched or watched.
    confirmed: Option<Timestamp>,
    last_attempt: Option<Timestamp>,
    next_refresh: Option<Timestamp>,
    /// Failures since the source last vouched.
    failures: u32,
    last_failure: Option<RefreshFailure>,
    /// Whether a certificate is pinned beside it that was not used yet.
    #[serde(skip)]
    next_in_place: bool,
    #[serde(skip)]
    now: Timestamp,
}

impl Standing {
    pub(in crate::cli) fn of(
        site: &Site,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Standing, CliError> {
        let copy = site.metadata_copy(connection)?;
        let document = copy.as_ref().map(|copy| copy.document.as_slice());
        let trust = connection.trust().trust(document, now);
        let certificates = trust.as_ref().map_or(&[][..], |trust| trust.certificates());
        let expires = certificates.iter().map(|one| one.not_after()).min();
        let pinned = site.pinned_ends(connection)?;
        let expires = expires.or(pinned.last().map(|(_, end)| end));
        let state = site.refresh_record(connection)?.state;
        let fetched = copy.map(|copy| copy.fetched);
        Ok(Standing {
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

    /// When the certificates end, in words.
    pub(super) fn expiry(&self) -> String {
        match self.days_left {
            None => "-".to_owned(),
            Some(left) if left < 0 => format!("EXPIRED {} ago", days(-left)),
            Some(left) if self.next_in_place => {
                format!("expires in {}, next one pinned", days(left))
            }
            Some(left) => format!("expires in {}", days(left)),
        }
    }

    /// How old the metadata is, in words.
    pub(super) fn age(&self) -> String {
        let Some(confirmed) = self.confirmed else {
            return "-".to_owned();
        };
        let age = days_between(confirmed, self.now);
        match (age, self.failures) {
            (1.., _) => format!("STALE since {}", days(age)),
            (_, 0) => "fresh".to_owned(),
            (_, 1) => "fresh, 1 failure".to_owned(),
            (_, failures) => format!("fresh, {failures} failures"),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let moment = |label, at: Option<Timestamp>| at.map(|at| (label, at.to_string().into()));
        let mut facts = Vec::new();
        facts.extend(moment("Last confirmed", self.confirmed));
        facts.extend(moment("Last refresh", self.last_attempt));
        facts.extend(moment("Next refresh", self.next_refresh));
        facts.extend(self.last_failure.as_ref().map(|failure| {
            let RefreshFailure { at, code, reason } = failure;
            let over = match self.failures {
                0 => ", mended since",
                _ => "",
            };
            (
                "Last failure",
                format!("{at}{over}: {reason} [{code}]").into(),
            )
        }));
        facts
    }

    /// Whether the last refresh failed, and why.
    pub(in crate::cli) fn failure(&self) -> Option<&RefreshFailure> {
        self.last_failure.as_ref().filter(|_| self.failures > 0)
    }
}

/// A key whose source is an address as it may be shown.
pub(super) fn harmless(key: &KnownKey) -> KnownKey {
    KnownKey {
        source: address::shown(&key.source).into_owned(),
        ..key.clone()
    }
}

/// A key of the history on two lines.
pub(super) fn key_text(key: &KnownKey) -> String {
    let fate = match key.retired {
        None => format!("active, last seen {}", moment(key.last_seen)),
        Some(at) => format!("retired {at}"),
    };
    let source = super::super::output::printable(&key.source);
    format!(
        "  {}\n    first seen {}, {fate}, expires {}, from {source}\n",
        key.fingerprint,
        moment(key.first_seen),
        key.not_after
    )
}

/// A moment of the history. Earlier versions wrote 1970 where nobody had written it down.
fn moment(at: Timestamp) -> String {
    match at == Timestamp::UNIX_EPOCH {
        true => "at a time not on record".to_owned(),
        false => at.to_string(),
    }
}

fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}
